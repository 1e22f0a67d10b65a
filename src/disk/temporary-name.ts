// Names of temporary files, which are written first and renamed when they are complete. A name contains the number of the process that
// made it, so that garbage collection can leave the files of living processes alone.
import { randomBytes } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { errno } from '../base/problem.ts';

// Two machines that share a cache can have processes of the same number, and numbers are used again.
let token: string | undefined;
let count = 0;

/** `<pid>-<token>-<n>.tmp`: unique. */
export function temporaryName(): string {
  count += 1;
  token ??= randomBytes(4).toString('hex');
  return `${process.pid}-${token}-${count}.tmp`;
}

/** The number of the process that made a temporary file or folder; undefined for other names. */
export function temporaryOwner(name: string): number | undefined {
  const pid = /(?:^|\.)(\d+)-[0-9a-f]{8}-\d+\.tmp$/.exec(name)?.[1];
  return pid === undefined ? undefined : Number(pid);
}

/** Whether a process with this number exists, of whatever user. */
export function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return errno(error) !== 'ESRCH';
  }
}

/** Leaves room in a name of 255 bytes for what is added. */
const MAX_BYTES = 200;

/** A new path in the same folder, for a file that will replace the one at `path`. */
export function temporaryBeside(path: string): string {
  const name = Buffer.from(basename(path)).subarray(0, MAX_BYTES).toString();
  return join(dirname(path), `.${name}.pipe-${temporaryName()}`);
}
