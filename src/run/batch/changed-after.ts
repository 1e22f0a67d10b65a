// Whether somebody changed the outputs of a job after it wrote its result, while no run watched.
import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** @param time milliseconds, by the clock of the disk; @param paths from the root. */
export function changedAfter(time: number, root: string, paths: readonly string[]): boolean {
  return paths.some((path) => isNewer(join(root, path), time));
}

function isNewer(path: string, time: number): boolean {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (!stats) return false;
  // Of a file that was moved there it is the time of the move, of a folder the one at which a name in it came or went.
  if (stats.ctimeMs > time) return true;
  return stats.isDirectory() && readdirSync(path).some((name) => isNewer(join(path, name), time));
}
