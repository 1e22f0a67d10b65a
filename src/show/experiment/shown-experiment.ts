// An experiment as it is shown: its record, whether it still runs, and how far it is.
import type { ExperimentRecord, ExperimentState } from '../../experiment/record.ts';
import { toJson, type Json } from '../../base/spelling.ts';
import type { Value } from '../../base/value.ts';

export interface ShownExperiment {
  readonly record: ExperimentRecord;
  readonly state: ExperimentState;
}

export interface Progress {
  readonly done: number;
  readonly total: number;
}

const ENDED: readonly string[] = ['ran', 'known'];

export function progressOf({ stages }: ExperimentRecord): Progress {
  const states = [...stages.values()];
  return { done: states.filter(({ state }) => ENDED.includes(state)).length, total: states.length };
}

export const stateText = ({ state }: ShownExperiment, { done, total }: Progress): string =>
  state === 'running' || state === 'interrupted' ? `${state} ${done}/${total}` : state;

/** As `pipe exp show --json` prints it. */
export function experimentJson({ record, state }: ShownExperiment): Json {
  const values = (files: ReadonlyMap<string, Value>): Json =>
    Object.fromEntries([...files].map(([file, value]) => [file, toJson(value)]));
  return {
    name: record.name,
    state,
    ...(state === 'running' && { progress: { ...progressOf(record) } }),
    params: values(record.params),
    metrics: values(record.metrics),
  };
}
