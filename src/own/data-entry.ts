// The record of a file or folder that no stage makes, as an entry of a lock file.
import type { LockedPath, LockEntry } from '../lock/lock-entry.ts';

/** @param out its path is relative to the lock file, and is the name of the entry. */
export const dataEntry = (out: LockedPath): LockEntry => ({
  data: true,
  cmd: '',
  wdir: '.',
  env: {},
  deps: [],
  params: new Map(),
  outs: [out],
});
