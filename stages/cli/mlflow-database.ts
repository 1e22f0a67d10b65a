// A kill or a power cut can interrupt the creation of MLflow's database. The unfinished file is neither empty nor complete, and no
// server starts on it again. A note beside it, kept until a server has started, marks such a file.
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export const DATABASE = 'mlflow.db';

const note = (root: string): string => join(root, '.tracking', 'database-in-the-making');

/** Call before a server is started. */
export function noteMaking(root: string): void {
  if (existsSync(join(root, DATABASE))) return;
  mkdirSync(dirname(note(root)), { recursive: true });
  writeFileSync(note(root), '');
}

/** Call when a server has started. */
export function noteMade(root: string): void {
  rmSync(note(root), { force: true });
}

/**
 * Moves an unfinished database out of the way.
 * @returns its new path; undefined where there is none, or a server has started on it once
 */
export function setUnfinishedAside(root: string): string | undefined {
  const database = join(root, DATABASE);
  if (!existsSync(note(root)) || !existsSync(database)) return undefined;
  const aside = `${DATABASE}.unfinished`;
  for (const part of ['-journal', '-wal', '-shm']) rmSync(database + part, { force: true });
  renameSync(database, join(root, aside));
  return aside;
}
