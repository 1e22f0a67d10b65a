// What differs between two experiments, by file and key.
import { canonicalJson } from '../base/spelling.ts';
import type { Value } from '../base/value.ts';
import { isMetric, leavesOf } from './leaves.ts';
import type { ExperimentRecord } from './record.ts';

export interface Difference {
  readonly kind: 'param' | 'metric';
  readonly file: string;
  readonly path: readonly string[];
  readonly old: Value | undefined;
  readonly new: Value | undefined;
  /** New less old, of two numbers. */
  readonly diff?: number | bigint;
}

type Values = Pick<ExperimentRecord, 'params' | 'metrics'>;

/** @param all also what is equal. */
export function differencesBetween(a: Values, b: Values, all = false): readonly Difference[] {
  const params = between('param', leavesOf(a.params), leavesOf(b.params));
  const metrics = between(
    'metric',
    leavesOf(a.metrics).filter(isMetric),
    leavesOf(b.metrics).filter(isMetric),
  );
  return [...params, ...metrics].filter(
    (difference) => all || textOf(difference.old) !== textOf(difference.new),
  );
}

function between(
  kind: Difference['kind'],
  before: ReturnType<typeof leavesOf>,
  after: ReturnType<typeof leavesOf>,
): readonly Difference[] {
  const found = new Map<string, Difference>();
  for (const { file, path, value } of before)
    found.set(JSON.stringify([file, path]), { kind, file, path, old: value, new: undefined });
  for (const { file, path, value } of after) {
    const identity = JSON.stringify([file, path]);
    const old = found.get(identity)?.old;
    const diff = difference(old, value);
    found.set(identity, { kind, file, path, old, new: value, ...(diff !== undefined && { diff }) });
  }
  return [...found.values()];
}

const textOf = (value: Value | undefined): string => (value === undefined ? '' : canonicalJson(value));

function difference(a: Value | undefined, b: Value | undefined): number | bigint | undefined {
  if (typeof a === 'bigint' && typeof b === 'bigint') return b - a;
  const [x, y] = [a, b].map((value) => (typeof value === 'bigint' ? Number(value) : value));
  if (typeof x !== 'number' || typeof y !== 'number') return undefined;
  return Number.isFinite(y - x) ? y - x : undefined;
}
