// The front door of this room: what tests use of it. Files inside of the room import each other directly.
export { diffValues } from './diff-values.ts';
export { flattened } from './flatten-values.ts';
export { metricTree } from './metric-tree.ts';
