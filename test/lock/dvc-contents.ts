// Contents as DVC records them, and repositories that declare data.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import type { WorkspacePath } from '../../src/base/base.ts';
import type { Content, Digest } from '../../src/hash/hash.ts';
import type { Project, Stage } from '../../src/pipeline/pipeline.ts';
import { dvcLoading } from '../../src/dvc/dvc.ts';

export const content = (digest: string, more: Partial<Content> = {}): Content => ({
  digest: digest as Digest,
  size: 7,
  ...more,
});
export const old = '401b30e3b8b5d629635a5c613cdb7919';
export const now = 'd8e8fca2dc0f896fd7cb4cb0031ba249';

/** A repository with these files; each `.dvc` file as a stage. */
export function declared(
  t: TestContext,
  files: Readonly<Record<string, string>>,
): { project: Project; stage: (file: string) => Stage } {
  const root = mkdtempSync(join(tmpdir(), 'pipe-data-'));
  t.after(() => rmSync(root, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return {
    project: { root } as Project,
    stage: (file) => dvcLoading.loadDataFile(root, file as WorkspacePath),
  };
}

export const at = (path: string): WorkspacePath => path as WorkspacePath;
