// A folder for records of runs.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

export function folder(t: TestContext): string {
  const root = mkdtempSync(join(tmpdir(), 'tracking-'));
  t.after(() => rmSync(root, { recursive: true }));
  return root;
}
