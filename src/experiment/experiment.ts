// The front door of this room: what tests use of it. Files inside of the room import each other directly.
export { bestOf, ranked, readRanking } from './best.ts';
export { effectiveTexts, isRelative } from './effective-texts.ts';
export { contentsOf } from './record-locks.ts';
export { columnsOf } from './table.ts';
export type { ExperimentRecord } from './record.ts';
export { readAllRecords, readRecords, findRecord, writeRecord } from './record-files.ts';
export { stateOf, thisRunner } from './record-state.ts';
export { formatRecord, parseRecord } from './record-text.ts';
export { readGrid } from './sweep/grid-file.ts';
export { makeUpName } from './sweep/made-up-name.ts';
export { allMembers, randomMembers } from './sweep/members.ts';
export { nameMembers } from './sweep/name-members.ts';
export { readSweep } from './sweep/sweep.ts';
export { wantedTexts } from './wanted-texts.ts';
