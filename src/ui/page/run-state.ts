// The state of a run, folded from its record.
import type { RecordedEvent } from '../../show/live/recorded-event.ts';

export type Outcome = 'ran' | 'restored' | 'failed';

/** One stage in one run. Times are milliseconds since 1970. */
export interface Bar {
  readonly stage: string;
  /** When what it depends on was done; undefined where that is not known. */
  readonly ready: number | undefined;
  readonly start: number;
  /** When its latest attempt began. */
  attemptStart: number;
  /** Undefined while it runs. */
  end: number | undefined;
  attempts: number;
  what: Outcome | 'running' | 'stopped';
  problem?: string;
  unchanged?: true;
}

export type RunStageState = 'ready' | 'running' | 'fresh' | Outcome | 'skipped';

export interface RunState {
  run: string | undefined;
  start: number;
  /** Undefined while it goes on, and where it died. */
  end: number | undefined;
  total: number;
  jobs: number;
  interrupted: string | undefined;
  stopping: boolean;
  readonly states: Map<string, RunStageState>;
  readonly bars: Map<string, Bar>;
  readonly progress: Map<string, { readonly done: number; readonly total?: number; readonly note?: string }>;
  readonly ready: Map<string, number>;
  /** Settled stages. */
  done: number;
}

export function newRunState(): RunState {
  return {
    run: undefined,
    start: 0,
    end: undefined,
    total: 0,
    jobs: 1,
    interrupted: undefined,
    stopping: false,
    states: new Map(),
    bars: new Map(),
    progress: new Map(),
    ready: new Map(),
    done: 0,
  };
}

export function foldRun(events: readonly RecordedEvent[]): RunState {
  const state = newRunState();
  for (const event of events) takeEvent(state, event);
  return state;
}

export function takeEvent(state: RunState, event: RecordedEvent): void {
  switch (event.type) {
    case 'run-start':
      Object.assign(state, newRunState(), {
        run: event.run,
        start: event.time,
        total: event.stages,
        jobs: event.jobs,
      });
      return;
    case 'ready':
      state.ready.set(event.stage, event.time);
      state.states.set(event.stage, 'ready');
      return;
    case 'start': {
      const begun = state.bars.get(event.stage);
      // What an earlier attempt said of itself is over.
      state.progress.delete(event.stage);
      if (begun) Object.assign(begun, { attempts: event.attempt, attemptStart: event.time });
      else
        state.bars.set(event.stage, {
          stage: event.stage,
          ready: state.ready.get(event.stage),
          start: event.time,
          attemptStart: event.time,
          end: undefined,
          attempts: event.attempt,
          what: 'running',
        });
      state.states.set(event.stage, 'running');
      return;
    }
    case 'job':
      state.states.set(event.stage, event.state === 'queued' ? 'ready' : 'running');
      return;
    case 'progress':
      state.progress.set(event.stage, event.progress);
      return;
    case 'fresh':
      settle(state, event.stage, 'fresh');
      return;
    case 'ran':
    case 'restored':
    case 'failed':
      endBar(state, event);
      settle(state, event.stage, event.type);
      return;
    case 'skipped': {
      const bar = state.bars.get(event.stage);
      if (bar && bar.end === undefined) bar.what = 'stopped';
      settle(state, event.stage, 'skipped');
      return;
    }
    case 'stopping':
      state.stopping = true;
      return;
    case 'run-end':
      state.end = event.time;
      state.interrupted = event.interrupted;
      for (const bar of state.bars.values()) bar.end ??= event.time;
      return;
    case 'waiting':
      return;
  }
}

function settle(state: RunState, stage: string, to: RunStageState): void {
  state.progress.delete(stage);
  state.states.set(stage, to);
  state.done += 1;
}

function endBar(state: RunState, event: Extract<RecordedEvent, { type: Outcome }>): void {
  const { stage, time, seconds, type } = event;
  const start = time - seconds * 1000;
  const bar: Bar = state.bars.get(stage) ?? {
    stage,
    ready: undefined,
    start,
    attemptStart: start,
    end: time,
    attempts: 1,
    what: type,
  };
  bar.end = time;
  bar.what = type;
  if (event.type === 'failed') bar.problem = event.problem;
  if (event.type === 'ran' && event.unchanged) bar.unchanged = true;
  state.bars.set(stage, bar);
}
