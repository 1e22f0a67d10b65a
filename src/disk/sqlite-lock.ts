// Locks of the operating system on files of SQLite: they end with their process, however that ends.
import type { DatabaseSync } from 'node:sqlite';

/** Takes the lock, which one process has at a time. @returns false where somebody has it. @throws what SQLite throws otherwise. */
export function lockAlone(database: DatabaseSync): boolean {
  try {
    database.exec('BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    if (isBusy(error)) return false;
    throw error;
  }
}

/** Somebody else has the lock. */
export const isBusy = (error: unknown): boolean => sqliteCode(error) === SQLITE_BUSY;

/** https://sqlite.org/rescode.html; undefined for an error of something else. */
export function sqliteCode(error: unknown): unknown {
  return error instanceof Error && 'errcode' in error ? error.errcode : undefined;
}

const SQLITE_BUSY = 5;
