import type { ExperimentRecord } from '../src/experiment/experiment.ts';

/** Of an experiment that is done, changed nothing and has nothing. */
export const BLANK_RECORD = {
  state: 'done',
  overlays: [],
  targets: [],
  started: '2026-01-01T00:00:00.000Z',
  stages: new Map(),
  params: new Map(),
  metrics: new Map(),
  locks: new Map(),
} as const satisfies Omit<ExperimentRecord, 'name'>;
