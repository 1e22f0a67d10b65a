// The front door of this room: what tests use of it. Files inside of the room import each other directly.
export { activeGraph } from './active-graph.ts';
export { refuseAliases } from './aliases.ts';
export { buildGraph } from './build-graph.ts';
export { makersByPath } from './makers.ts';
export { nearestSources } from './nearest-sources.ts';
export { withDependencies, withDependents } from './order.ts';
export { withLinkedPlaces } from './linked-places.ts';
export type { StageGraph } from './stage-graph.ts';
export { partsAmong, selectTargets, type TargetOptions } from './targets.ts';
