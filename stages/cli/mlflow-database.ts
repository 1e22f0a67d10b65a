// The first making of MLflow's database can be cut short, by a kill or a power cut: what is left is neither empty nor
// whole, and no server starts on it again. A note beside it lives until a server was seen well, so that such a rest is known.
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

/** Call when a server was seen well. */
export function noteMade(root: string): void {
  rmSync(note(root), { force: true });
}

/**
 * Moves a database that was never seen whole out of the way, for one that no server starts on.
 * @returns where it lies now; undefined when there is none, or it was whole once.
 */
export function setUnfinishedAside(root: string): string | undefined {
  const database = join(root, DATABASE);
  if (!existsSync(note(root)) || !existsSync(database)) return undefined;
  const aside = `${DATABASE}.unfinished`;
  for (const part of ['-journal', '-wal', '-shm']) rmSync(database + part, { force: true });
  renameSync(database, join(root, aside));
  return aside;
}
