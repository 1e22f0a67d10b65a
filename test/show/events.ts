// Events of a run, made from no more than what a test is about.
import type { Reason } from '../../src/plan/plan.ts';
import type { Exit, RunCounts, RunEvent } from '../../src/run/run.ts';
import { address } from './stages.ts';

export const isNew: Reason = { kind: 'new' };

export const cmdChanged: Reason = {
  kind: 'changed',
  change: { kind: 'cmd', key: [], status: 'modified', old: 't --epochs 50', new: 't --epochs 40' },
};

export const runStart = (stages: number, jobs = 2, dry = false): RunEvent => ({
  type: 'run-start',
  time: 0,
  stages,
  jobs,
  dry,
});

export const start = (stage: string, attempt = 1, reasons: readonly Reason[] = [isNew]): RunEvent => ({
  type: 'start',
  time: 0,
  stage: address(stage),
  cmd: `make ${stage}`,
  reasons,
  log: `cache/logs/${stage}/1.log`,
  attempt,
});

export const output = (stage: string, line: string): RunEvent => ({
  type: 'output',
  stage: address(stage),
  stream: 'stdout',
  line,
});

export const progress = (stage: string, done: number, total: number, note?: string): RunEvent => ({
  type: 'progress',
  stage: address(stage),
  progress: { done, total, unit: 'epoch', ...(note !== undefined && { note }) },
});

export const ran = (
  stage: string,
  seconds: number,
  reasons: readonly Reason[] = [isNew],
  unchanged = false,
): RunEvent => ({
  type: 'ran',
  time: 0,
  stage: address(stage),
  reasons,
  seconds,
  unchanged,
});

export const fresh = (stage: string): RunEvent => ({ type: 'fresh', time: 0, stage: address(stage) });

export const restored = (stage: string, reasons: readonly Reason[] = [cmdChanged]): RunEvent => ({
  type: 'restored',
  time: 0,
  stage: address(stage),
  reasons,
  seconds: 0.1,
});

export const failed = (stage: string, exit: Exit, tail: readonly string[] = []): RunEvent => ({
  type: 'failed',
  time: 0,
  stage: address(stage),
  problem: { code: 'stage-failed', title: `the stage '${stage}' failed: exit code 2` },
  exit,
  tail,
  log: `cache/logs/${stage}/1.log`,
  seconds: 3.21,
});

export const fetching = (stage: string, done: number, bytes: number): RunEvent => ({
  type: 'fetch',
  stage: address(stage),
  objects: { done, total: 20 },
  bytes: { done: bytes, total: 100_000_000 },
});

export const skipped = (stage: string, ...because: readonly string[]): RunEvent => ({
  type: 'skipped',
  stage: address(stage),
  because: because.map(address),
});

export const runEnd = (counts: Partial<RunCounts>, seconds = 12, interrupted?: string): RunEvent => ({
  type: 'run-end',
  time: 0,
  seconds,
  counts: { fresh: 0, restored: 0, ran: 0, failed: 0, skipped: 0, ...counts },
  ...(interrupted !== undefined && { interrupted }),
});
