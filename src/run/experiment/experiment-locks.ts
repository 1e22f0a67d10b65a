// The lock file of an experiment, which is in memory: what the stages of this run recorded, what an earlier run of the experiment
// recorded, and what the workspace's lock files record.
import { posix } from 'node:path';
import type { LockEntry } from '../../lock/lock-entry.ts';
import type { Locks } from '../../lock/locks.ts';
import type { Stage, StageAddress } from '../../pipeline/stage.ts';
import type { WorkspacePath } from '../../base/workspace-path.ts';
import { noOverlay } from '../../pipeline/params/overlay.ts';

/** @param entryOf what was recorded before this run. */
export function experimentLocks(entryOf: (stage: Stage) => LockEntry | undefined): Locks {
  const own = new Map<StageAddress, LockEntry>();
  return {
    entry: (stage) => own.get(stage.address) ?? entryOf(stage),
    begin: () => undefined,
    record: (stage, entry) => void own.set(stage.address, entry),
    folder: ({ file }) => posix.dirname(file) as WorkspacePath,
    recorded: () => [],
    vanished: () => [],
    attempts: () => [],
    digests: () => undefined,
    overlay: () => noOverlay,
    forget: () => undefined,
    fold: () => undefined,
  };
}
