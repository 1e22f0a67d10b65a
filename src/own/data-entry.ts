// The record of a file or folder that no stage makes, as an entry of a lock file.
import type { LockedPath, LockEntry } from '../lock/lock-entry.ts';

/**
 * @param out its path is relative to the lock file, and is the name of the entry; undefined for an import without its data.
 */
export const dataEntry = (out: LockedPath | undefined): LockEntry => ({
  data: true,
  cmd: '',
  wdir: '.',
  env: {},
  deps: [],
  params: new Map(),
  outs: out ? [out] : [],
});
