// What a run of experiments needs, and who learns how far it is. Types only.
import type { Stage } from '../../pipeline/stage.ts';
import type { Outcome } from '../../plan/walk.ts';
import type { Workspace } from '../../plan/workspace.ts';
import type { BesideRun } from '../beside-run.ts';
import type { Emit } from '../event.ts';
import type { SubmittedJobs } from '../process/submitted-jobs.ts';
import type { LoadExecutor } from '../process/executor-starter.ts';
import type { Capacity } from '../schedule/slots.ts';
import type { Clock, StopControl } from '../schedule/stop.ts';
import type { PlaceOptions } from './experiment-place.ts';
import type { Keeper } from './experiment-stage.ts';
import type { PlannedExperiment } from './planned-experiment.ts';
import type { Results } from './results.ts';

export interface ExperimentsContext {
  /** The workspace that the experiments start from; nothing in it changes. */
  readonly workspace: Workspace;
  readonly capacity: Capacity;
  readonly stop: StopControl;
  readonly clock: Clock;
  readonly emit: Emit;
  /** Absolute path of the history. */
  readonly history: string;
  readonly loadExecutor: LoadExecutor;
  readonly run: string;
  /** Learns of the jobs that the run submits. */
  readonly jobs: SubmittedJobs;
  readonly beside: BesideRun | undefined;
  readonly places: Omit<PlaceOptions, 'warn' | 'reported'>;
  readonly keeper: Keeper;
  readonly listener: ExperimentListener;
}

/** Learns how far each experiment is. */
export interface ExperimentListener {
  /** The digest of everything that decides the result of a stage. */
  key(experiment: PlannedExperiment, stage: Stage, key: string): void;
  started(experiment: PlannedExperiment, stage: Stage): void;
  ended(experiment: PlannedExperiment, stage: Stage, how: EndedStage): void;
  /** All its stages have ended. */
  done(experiment: PlannedExperiment, results: Results): void;
}

export interface EndedStage {
  readonly outcome: Outcome;
  readonly results: Results;
  readonly seconds?: number;
  readonly problem?: string;
}
