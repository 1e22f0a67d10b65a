// Removes what a failure left half made. The failure itself is what counts: it must not be hidden by another.
import { rmSync } from 'node:fs';

/** @param path absolute, of a file of ours; stays where it cannot be removed, for garbage collection to find. */
export function discard(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // What made it fail keeps it from being removed, too.
  }
}
