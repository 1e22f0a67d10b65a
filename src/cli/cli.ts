// The front door of this room: what tests use of it. Files inside of the room import each other directly.
export { bringUpdates } from './imports/update.ts';
export { remoteGarbageJson, remoteGarbageLines } from './remotes/garbage-text.ts';
export { neededContents } from '../session/needed-contents.ts';
export { bytes, digits, milliseconds, naturalNumber, wholeNumber } from './options.ts';
export { makeProgram } from './program.ts';
export { reportError } from './report-error.ts';
