// What a run writes down for those who watch it from another process: its events without what stages print, and without values.
import { describeExit, type RunCounts, type RunEvent, type StageProgress } from '../../run/event.ts';

/** One line of the record. Times are milliseconds since 1970. */
export type RecordedEvent =
  | {
      readonly type: 'run-start';
      readonly run: string;
      readonly time: number;
      readonly stages: number;
      readonly jobs: number;
    }
  | { readonly type: 'waiting'; readonly owner: string }
  /** What it depends on is done: it waits for a free slot. */
  | { readonly type: 'ready'; readonly time: number; readonly stage: string }
  | { readonly type: 'start'; readonly time: number; readonly stage: string; readonly attempt: number }
  /** What a batch system says of its job. */
  | {
      readonly type: 'job';
      readonly stage: string;
      readonly id: string;
      readonly state: 'queued' | 'running';
      readonly reason?: string;
      readonly node?: string;
    }
  | { readonly type: 'progress'; readonly stage: string; readonly progress: StageProgress }
  | { readonly type: 'fresh'; readonly stage: string }
  | {
      readonly type: 'ran';
      readonly time: number;
      readonly stage: string;
      readonly seconds: number;
      /** Its outputs are as they were. */
      readonly unchanged?: true;
    }
  | { readonly type: 'restored'; readonly time: number; readonly stage: string; readonly seconds: number }
  | {
      readonly type: 'failed';
      readonly time: number;
      readonly stage: string;
      readonly seconds: number;
      readonly problem: string;
    }
  | { readonly type: 'skipped'; readonly stage: string; readonly because: readonly string[] }
  | { readonly type: 'stopping'; readonly signal: string }
  | {
      readonly type: 'run-end';
      readonly time: number;
      readonly seconds: number;
      readonly counts: RunCounts;
      readonly interrupted?: string;
    };

/** @returns undefined for what is not recorded. */
export function recordedEvent(event: RunEvent, run: string): RecordedEvent | undefined {
  switch (event.type) {
    case 'run-start': {
      const { time, stages, jobs } = event;
      return { type: 'run-start', run, time, stages, jobs };
    }
    case 'decided':
      return event.decision.kind === 'run'
        ? { type: 'ready', time: event.time, stage: event.stage }
        : undefined;
    case 'start':
      return { type: 'start', time: event.time, stage: event.stage, attempt: event.attempt };
    case 'fresh':
      return { type: 'fresh', stage: event.stage };
    case 'ran': {
      const { time, stage, seconds, unchanged } = event;
      return { type: 'ran', time, stage, seconds, ...(unchanged && { unchanged }) };
    }
    case 'restored':
      return { type: 'restored', time: event.time, stage: event.stage, seconds: event.seconds };
    case 'failed': {
      const { time, stage, seconds, problem, exit } = event;
      return {
        type: 'failed',
        time,
        stage,
        seconds,
        problem: exit ? describeExit(exit) : problem.title,
      };
    }
    case 'skipped':
      return { type: 'skipped', stage: event.stage, because: event.because.slice(0, 3) };
    case 'job': {
      const { stage, id, state, reason, node } = event;
      return { type: 'job', stage, id, state, ...(reason && { reason }), ...(node && { node }) };
    }
    case 'progress':
    case 'waiting':
    case 'stopping':
    case 'run-end':
      return event;
    case 'hash':
    case 'fetch':
    case 'vanished':
    case 'saved':
    case 'output':
    case 'work':
    case 'ignored':
    case 'warning':
      return undefined;
  }
}
