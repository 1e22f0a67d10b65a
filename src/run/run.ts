// The front door of this room: what tests use of it. Files inside of the room import each other directly.
export { attempt } from './attempt.ts';
export { commit } from './commit.ts';
export type { Emit, Exit, RunCounts, RunEvent } from './event.ts';
export { ignorePattern } from './git-outputs.ts';
export { lastDurations, type HistoryEntry } from './history.ts';
export type { Executor, Job } from './process/executor.ts';
export { openForker, type Forker } from './process/forker.ts';
export { openFileLocks } from './process/flock.ts';
export { splitLines } from './process/line-splitter.ts';
export { makeLocalExecutor } from './process/local-executor.ts';
export { detectCapacity, impossibleRequests } from './process/machine.ts';
export { shellCommand, startDirectly, type StartedCommand } from './process/start-command.ts';
export { SubmittedJobs } from './process/submitted-jobs.ts';
export { writeParams } from './process/stage-params.ts';
export { newRunId, repro, type ReproOptions } from './repro.ts';
export { priorities } from './schedule/critical-path.ts';
export { makeSlots, type Capacity, type Slot } from './schedule/slots.ts';
export { makeStop, systemClock, type Clock } from './schedule/stop.ts';
