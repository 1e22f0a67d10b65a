// The front door of this room: what tests use of it. Files inside of the room import each other directly.
export { readRecords } from './csv.ts';
export { pointsOf } from './data-points.ts';
export type { Definition } from './definition.ts';
export { fillTemplate } from './fill-template.ts';
export { gatherPlots } from './gather-plots.ts';
export { withLoessFields } from './page/loess-fields.ts';
export { modernSelections } from './page/modern-selections.ts';
export { stillSpec } from './page/still.ts';
export { newRow, type Table } from './table.ts';
export { BUILT_IN } from './templates/built-in.ts';
