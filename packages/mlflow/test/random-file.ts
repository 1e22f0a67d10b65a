// A file to send, and what a server has to have then.
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

/** @param size in bytes. The file goes when the test ends. */
export function randomFile(t: TestContext, size: number): { file: string; sha256: string } {
  const folder = mkdtempSync(join(tmpdir(), 'mlflow-file-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const bytes = randomBytes(size);
  writeFileSync(join(folder, 'file'), bytes);
  return { file: join(folder, 'file'), sha256: createHash('sha256').update(bytes).digest('hex') };
}
