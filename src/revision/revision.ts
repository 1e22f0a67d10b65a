// The front door of this room: what tests use of it. Files inside of the room import each other directly.
export { collectData, recordedData } from './collect-data.ts';
export { collectGroup } from './collect-group.ts';
export { collectMetrics, experimentMetrics } from './collect-metrics.ts';
export { collectParams, experimentParams } from './collect-params.ts';
export { collectStages } from './collect-stages.ts';
export { revisionOfExperiment } from './experiment-revision.ts';
export { openRevisions, revisionsOf, workspaceRevision, type Revisions } from './open-revisions.ts';
export { openGitObjects, type GitObjects } from './git-objects.ts';
export type { Revision } from './project-at.ts';
export { plotFiles } from './plot-files.ts';
export { filesAt, isAbsence, readAt } from './read-contents.ts';
export { recordedDigests } from './recorded-digests.ts';
export { outputsOf } from './revision-at.ts';
