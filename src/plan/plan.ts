// The front door of this room: what tests use of it. Files inside of the room import each other directly.
export { allowMissing } from './allow-missing.ts';
export { rememberContents, type LookedAt } from './contents.ts';
export { decide, type Lookup } from './decide.ts';
export { isFresh, type Decision, type Reason } from './decision.ts';
export { changedFolders } from './changed-folders.ts';
export { dataChanges, type TrackedEntry, type TrackedState } from './data-changes.ts';
export { determinesDeps } from './expected.ts';
export { FileLooks } from './file-looks.ts';
export {
  changesBetween,
  fieldsOf,
  fingerprint,
  lockEntry,
  type Change,
  type Field,
  type FieldKind,
  type Inputs,
} from './fingerprint.ts';
export { folderChanges } from './folder-changes.ts';
export { keepFolders, recallFolder } from './folder-memory.ts';
export { FreshMemory, recallFresh } from './fresh-memory.ts';
export { countingChanges } from './input-changes.ts';
export { isHeld } from './held.ts';
export { lookAtAll } from './look-at-all.ts';
export { lookupFor } from './lookup.ts';
export { contains, overlap, reads, readsAny } from './overlap.ts';
export { trackedAmong } from './tracked.ts';
export { walk } from './walk.ts';
export type { Workspace } from './workspace.ts';
export { hasReusableResult, isRestorable, keepsBytes } from './reusable.ts';
