// A project in a temporary folder, for tests that load one.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Overlay, Project } from '../../src/pipeline/pipeline.ts';
import { PipeError, type Problem } from '../../src/base/base.ts';
import { problemText } from '../../src/show/show.ts';
import { loadFolder } from './load-folder.ts';

export type Files = { readonly [path: string]: string | Buffer };

/** Writes the files, calls `use` with the folder, and removes it. A path that ends in `/` makes an empty folder. */
export function withFolder<T>(files: Files, use: (root: string) => T): T {
  const root = mkdtempSync(join(tmpdir(), 'pipe-test-'));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(root, path.endsWith('/') ? path : dirname(path)), { recursive: true });
      if (!path.endsWith('/')) writeFileSync(join(root, path), text);
    }
    return use(root);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** Loads the files as a project and calls `use` while they exist. */
export function withProject<T>(
  files: Files,
  use: (project: Project) => T,
  overlay: Partial<Overlay> = {},
): T {
  return withFolder(files, (root) => use(loadFolder(root, { files: [], set: [], ...overlay })));
}

/** Name → command of every stage. */
export function commandsOf(files: Files, overlay: Partial<Overlay> = {}): { [name: string]: unknown } {
  return withProject(
    files,
    ({ stages }) => Object.fromEntries(stages.map(({ address, cmd }) => [address, cmd])),
    overlay,
  );
}

export function problemsOf(files: Files, overlay: Partial<Overlay> = {}): readonly Problem[] {
  try {
    withProject(files, () => undefined, overlay);
  } catch (error) {
    if (error instanceof PipeError) return error.problems;
    throw error;
  }
  return [];
}

/** What a reader sees. */
export function errorText(files: Files, overlay: Partial<Overlay> = {}): string {
  return problemsOf(files, overlay)
    .map((problem) => problemText(problem, false))
    .join('\n');
}
