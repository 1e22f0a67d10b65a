// The front door of this room: what tests use of it. Files inside of the room import each other directly.
export { answer as answerNames, NAMES_FILES } from './names.ts';
export { formatVerdict, stillHolds, type Circumstances, type Files } from './verdict.ts';
