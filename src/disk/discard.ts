// Removes what is incomplete after a failure. An error of the removal must not hide that failure.
import { rmSync } from 'node:fs';

/** @param path absolute, of a file of ours. Garbage collection finds a file that cannot be removed here. */
export function discard(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // The cause of the failure prevents the removal too.
  }
}

/** The same of a folder and everything in it. */
export function discardFolder(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    // The cause of the failure prevents the removal too.
  }
}
