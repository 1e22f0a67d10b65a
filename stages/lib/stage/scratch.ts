// The folder for temporary files, which are no output.
import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder in `PIPE_TMP`, which is kept between attempts of a stage, else in the system's folder for such files. */
export function scratchFolder(name: string): string {
  const folder = join(process.env['PIPE_TMP'] ?? join(tmpdir(), 'pipe-experiment'), name);
  mkdirSync(folder, { recursive: true });
  return folder;
}
