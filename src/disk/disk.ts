// The front door of this room: what tests use of it. Files inside of the room import each other directly.
export { EXISTS, MISSING, partsOfStamp, stampOf } from './path-stamp.ts';
export { entriesOf, forgetEntries } from './folder-entries.ts';
export { LineAppender, removeLine } from './append-line.ts';
export { readChecked, removeLeftovers, writeChecked } from './checked-file.ts';
export { syncPaths, syncSideBySide } from './flush.ts';
export { inFolderFor } from './folder-for.ts';
export { isInGit } from './in-git.ts';
export { openJournal, parseJournal } from './journal.ts';
export { lookingInside } from './look-inside.ts';
export type { MountedTree, TreeEntry } from './mounted-tree.ts';
export { readPieces } from './read-bytes.ts';
export { inFolder, listFolder, makeRealFolder, RealFolders, removeSeen, replaceSeen } from './real-folder.ts';
export { replaceFile } from './replace-file.ts';
export { isSettled } from './settled-stamp.ts';
export { systemProblem } from './system-problem.ts';
export { copyBySystem, isCopying, waitForCopies } from './unfinished.ts';
export { isPlaced, lookKey, sameKey, sameLook, timesOf, unsettledFor } from './stat-key.ts';
export {
  existsSync as witnessedExists,
  fileStamp,
  hearing,
  listen,
  lstatSync as witnessedLstat,
  readdirSync as witnessedReaddir,
  readFileSync as witnessedRead,
  readingTree,
  readlinkSync as witnessedReadlink,
  realpathSync as witnessedRealpath,
  statSync as witnessedStat,
} from './witnessed-fs.ts';
