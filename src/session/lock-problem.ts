// Why a lock of the operating system on a file of SQLite cannot be taken.
import { closeSync, openSync } from 'node:fs';
import { PipeError } from '../base/problem.ts';
import { sqliteCode } from '../disk/sqlite-lock.ts';
import { storeError } from '../disk/store-error.ts';

export interface LockWords {
  readonly code: 'run-lock-unavailable' | 'cache-lock-unavailable';
  /** `run lock`. */
  readonly name: string;
  /** What to do where the file is a lock, and cannot be taken all the same. */
  readonly hint: string;
}

/** @param error of the system or of SQLite. @param file absolute. @returns what to throw. */
export function lockProblem(error: unknown, file: string, { code, name, hint }: LockWords): unknown {
  const sqlite = sqliteCode(error);
  if (sqlite === undefined) return storeError(error, `take the ${name}`, file);
  return (
    refusalOf(file, name) ??
    new PipeError({
      code,
      title: `the ${name} cannot be taken`,
      facts: [
        ['file', file],
        ['reason', error instanceof Error ? error.message : String(error)],
      ],
      hint: sqlite === SQLITE_NOTADB ? 'delete this file while no run is active: it holds no data' : hint,
    })
  );
}

/** SQLite does not say why it cannot open a file; the system does. */
function refusalOf(file: string, name: string): unknown {
  try {
    closeSync(openSync(file, 'a'));
    return undefined;
  } catch (error) {
    return storeError(error, `take the ${name}`, file);
  }
}

/** https://sqlite.org/rescode.html#notadb */
const SQLITE_NOTADB = 26;
