// Reports of the state of stages.
import { noOverlay, type Stage } from '../../src/pipeline/pipeline.ts';
import type { Value } from '../../src/base/base.ts';
import type { Decision, Reason } from '../../src/plan/plan.ts';
import { statusText, type StageStatus, type StatusReport } from '../../src/show/show.ts';
import { makeStage } from './stages.ts';

export const fresh: Decision = { kind: 'fresh' };
export const run = (...reasons: Reason[]): Decision => ({ kind: 'run', reasons });
export const blocked = (on: readonly Stage[], ...reasons: Reason[]): Decision => ({
  kind: 'blocked',
  on: on.map((stage) => stage.address),
  reasons,
});
export const isNew: Reason = { kind: 'new' };
export const cmd = (old: string, now: string): Reason => ({
  kind: 'changed',
  change: { kind: 'cmd', key: [], status: 'modified', old, new: now },
});
export const dep = (path: string): Reason => ({
  kind: 'changed',
  change: { kind: 'dep', key: [path], status: 'modified' },
});

export function report(stages: readonly StageStatus[], more: Partial<StatusReport> = {}): StatusReport {
  return { stages, vanished: [], overlay: { last: noOverlay, now: noOverlay }, ...more };
}

export const text = (of: StatusReport, verbose = false): string => statusText(of, { verbose, colour: false });

/** 18 configurations × 5 folds, one of two learning rates in each. */
export const trainings = ['0.001', '0.002'].flatMap((rate) =>
  Array.from({ length: 45 }, (_, index) =>
    makeStage(`train@${index}-${rate}`, {
      item: new Map<string, Value>([
        ['config', BigInt(index)],
        ['learning_rate', Number(rate)],
        ['epochs', 50n],
      ]),
    }),
  ),
);
export const select = makeStage('select');
