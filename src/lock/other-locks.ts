// Reads the lock files of `--lock` in the cache folder, whose results garbage collection keeps besides those of the workspace.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decode } from '../yaml/read-text.ts';
import { naming } from '../disk/system-problem.ts';
import type { Lock } from './lock-entry.ts';
import type { LockFormat } from './lock-file.ts';

/** @param folder absolute. @throws PipeError for a file with the name of a lock file that cannot be read as one. */
export function locksInFolder(folder: string, format: LockFormat): Lock[] {
  const names = existsSync(folder)
    ? readdirSync(folder).filter((name) => name.endsWith('.lock') && name !== 'run.lock')
    : [];
  return names.map((name) =>
    format.parse(decode(readBytes(join(folder, name)), name, 'lock-unreadable'), name),
  );
}

const readBytes = (file: string): Buffer => naming(file, () => readFileSync(file));
