// The front door of this room: what tests use of it. Files inside of the room import each other directly.
export { openPageServer } from './server.ts';
export type { PageDocument, StageView, TableView } from './contract.ts';
export { makeMask, maskedReason, maskedWhy } from './mask.ts';
export { exportedRevisions } from './plots-view.ts';
export { maskedEvent } from './project-view.ts';
export { readLog } from './stage-log.ts';
export { stageMetrics } from './stage-metrics.ts';
export { refusalOf } from './requests.ts';
export { pageRuns } from './runs-from-page.ts';
export { betterDirection, BOX, layOut, type LayoutInput } from './page/layout.ts';
export { foldRun } from './page/run-state.ts';
export { atOnce, criticalPath, rowsOf, timeWith, type Task } from './page/schedule.ts';
export { gridOf, axesOf } from './page/grid.ts';
export { boxOf, countBy, lineage, makeModel, pictureOf, rootCauses, shownState } from './page/model.ts';
export { averaged, cellOf, compared, filterOf, inOrder, tableOf, textOf } from './page/table-model.ts';
export { runRemaining, stageRemaining, usualSeconds } from './page/remaining.ts';
export { importancesOf } from './page/importance.ts';
export { scaleOf } from './page/scale.ts';
