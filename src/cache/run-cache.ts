// The interface of the run cache: which outputs a fingerprint gave in earlier runs.
import type { Digest } from '../hash/digest.ts';
import type { LockedPath, LockEntry } from '../lock/lock-entry.ts';
import type { Problem } from '../base/problem.ts';

export interface RunCache {
  /** The outputs of the newest run with this fingerprint whose objects are all in the store. */
  find(fingerprint: Digest): readonly LockedPath[] | undefined;
  /**
   * Called after the outputs are stored and flushed.
   * @returns a warning when the same fingerprint gave other outputs before; those are kept as well.
   * @throws PipeError when it cannot be written.
   */
  save(fingerprint: Digest, entry: LockEntry): Problem | undefined;
}
