// The front door of this room: what tests use of it. Files inside of the room import each other directly.
export { EXISTS, MISSING, stampOf } from './path-stamp.ts';
export { entriesOf, forgetEntries } from './folder-entries.ts';
export { LineAppender } from './append-line.ts';
export { syncPaths } from './flush.ts';
export { replaceFile } from './replace-file.ts';
export { isSettled } from './settled-stamp.ts';
export { unsettledFor } from './stat-key.ts';
export {
  existsSync as witnessedExists,
  hearing,
  listen,
  lstatSync as witnessedLstat,
  statSync as witnessedStat,
} from './witnessed-fs.ts';
