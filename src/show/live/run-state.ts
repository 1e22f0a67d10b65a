// The state of a run, folded from its events. Owns no wording; the displays draw it.
import type { StageAddress } from '../../pipeline/stage.ts';
import { isFresh } from '../../plan/decision.ts';
import type { RunEvent, StageProgress } from '../../run/event.ts';

type Of<T extends RunEvent['type']> = Extract<RunEvent, { type: T }>;

export type Failure = Of<'failed'>;

export interface RunningStage {
  /** Seconds, of the clock that the state was given. */
  since: number;
  readonly attempt: number;
  progress?: StageProgress;
  /** The last line that it printed. */
  lastLine?: string;
  /** Its job, as the batch system last said. */
  job?: Of<'job'>;
}

export interface Fetching extends Omit<Of<'fetch'>, 'type' | 'stage'> {
  /** Seconds, of the clock that the state was given. */
  readonly since: number;
}

export interface RunState {
  /** How many stages were selected, and how many may run at a time. */
  total: number;
  /** When it began, in seconds of the clock that the state was given. */
  since: number;
  jobs: number;
  dry: boolean;
  readonly running: Map<StageAddress, RunningStage>;
  /** Stages that are settled, whatever became of them. */
  readonly done: Set<StageAddress>;
  /** Seconds that stages took which ran to their end in this run. */
  readonly took: Map<StageAddress, number>;
  readonly failures: Failure[];
  /** Stages that were not started, with those before them that failed or were not started. */
  readonly skipped: Map<StageAddress, readonly StageAddress[]>;
  /** Those of them that had begun when the end was asked for. */
  readonly interrupted: StageAddress[];
  /** Without reasons; a frozen stage that is as recorded counts as fresh. */
  readonly decisions: Map<StageAddress, Of<'decided'>['decision']['kind']>;
  /** What comes from remotes, and since when. */
  readonly fetching: Map<StageAddress, Fetching>;
  vanished: number;
  hashed: { readonly bytes: number; readonly files: number } | undefined;
  /** Who holds the lock that the run waits for. */
  waiting: string | undefined;
  /** The signal that asked for the end. */
  stopping: string | undefined;
  end: Of<'run-end'> | undefined;
}

export function newRunState(): RunState {
  return {
    total: 0,
    since: 0,
    jobs: 1,
    dry: false,
    running: new Map(),
    done: new Set(),
    took: new Map(),
    failures: [],
    skipped: new Map(),
    interrupted: [],
    decisions: new Map(),
    fetching: new Map(),
    vanished: 0,
    hashed: undefined,
    waiting: undefined,
    stopping: undefined,
    end: undefined,
  };
}

/** Takes an event in. @param now seconds, of any steady clock. */
export function track(state: RunState, event: RunEvent, now: number): void {
  switch (event.type) {
    case 'run-start':
      state.total = event.stages;
      state.since = now;
      state.jobs = event.jobs;
      state.dry = event.dry;
      state.waiting = undefined;
      return;
    case 'waiting':
      state.waiting = event.owner;
      return;
    case 'hash':
      state.hashed = { bytes: event.bytes, files: event.files };
      return;
    case 'fetch': {
      const { stage, objects, bytes } = event;
      const since = state.fetching.get(stage)?.since ?? now;
      state.fetching.set(stage, { objects, bytes, since });
      return;
    }
    case 'vanished':
      state.vanished += 1;
      return;
    case 'decided':
      state.decisions.set(event.stage, isFresh(event.decision) ? 'fresh' : event.decision.kind);
      return;
    case 'start':
      state.fetching.delete(event.stage);
      state.running.set(event.stage, { since: now, attempt: event.attempt });
      return;
    case 'output': {
      const running = state.running.get(event.stage);
      if (running && event.line.trim() !== '') running.lastLine = event.line;
      return;
    }
    case 'job': {
      const running = state.running.get(event.stage);
      if (!running) return;
      // From here on it runs: the wait in the queue says nothing about how far it is.
      if (event.state === 'running' && running.job?.state !== 'running') running.since = now;
      running.job = event;
      return;
    }
    case 'progress': {
      const running = state.running.get(event.stage);
      if (running) running.progress = event.progress;
      return;
    }
    case 'ran':
      state.took.set(event.stage, event.seconds);
      settle(state, event.stage);
      return;
    case 'fresh':
    case 'restored':
      settle(state, event.stage);
      return;
    case 'failed':
      state.failures.push(event);
      settle(state, event.stage);
      return;
    case 'skipped':
      if (state.running.has(event.stage)) state.interrupted.push(event.stage);
      state.skipped.set(event.stage, event.because);
      settle(state, event.stage);
      return;
    case 'stopping':
      state.stopping = event.signal;
      return;
    case 'work':
    case 'saved':
    case 'ignored':
    case 'warning':
      return;
    case 'run-end':
      state.end = event;
      return;
  }
}

function settle(state: RunState, stage: StageAddress): void {
  state.fetching.delete(stage);
  state.running.delete(stage);
  state.done.add(stage);
}

/** The stages that did not run because these failed, directly or through others. */
export function victimsOf(failed: readonly StageAddress[], skipped: RunState['skipped']): StageAddress[] {
  const hit = new Set(failed);
  // Events come in dependency order, so one pass is enough.
  for (const [stage, because] of skipped) if (because.some((cause) => hit.has(cause))) hit.add(stage);
  return [...hit].slice(failed.length);
}
