// The front door of this room: what tests use of it. Files inside of the room import each other directly.
export { assessStages } from './assess-stages.ts';
export { useCache, type CacheUseOptions } from './cache-use.ts';
export { leavesJobs } from './end-jobs.ts';
export { EventReader } from './detached/event-file.ts';
export { loadAt } from './load.ts';
export { openWorkspace, type OpenWorkspace } from './open-workspace.ts';
export { refuseLinkedFolders } from './refuse-links.ts';
export { acquireRunLock, runningNow } from './run-lock.ts';
export { followRecord, makeRunRecord } from './run-record.ts';
