// The front door of this room: what tests use of it. Files inside of the room import each other directly.
export { diffData, isEmptyDiff, type DataEntry } from './data-diff.ts';
export { diffValues } from './diff-values.ts';
export { flattened } from './flatten-values.ts';
export { bestOf, meansOver, sorted, type GroupRow } from './group-table.ts';
export { metricTree } from './metric-tree.ts';
export { diffStages, type StageFacts } from './stage-diff.ts';
