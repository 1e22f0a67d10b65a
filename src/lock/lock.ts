// The front door of this room: what tests use of it. Files inside of the room import each other directly.
export { emptyLock, type Lock, type LockEntry, type LockedPath } from './lock-entry.ts';
export { openLockFile, type LockFile } from './lock-file.ts';
export { openLocks, type Locks } from './locks.ts';
export { locksInFolder } from './other-locks.ts';
