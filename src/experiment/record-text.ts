// The text of a record: JSON, one value a line. Integers and floats stay distinct.
import { rawJson, toJson, type Json } from '../base/spelling.ts';
import type { Scalar, Value } from '../base/value.ts';
import type { ExperimentRecord, RecordedState, StageResult } from './record.ts';

export const SCHEMA = 'pipe-exp/1';

/** A record as JSON has it; the locks are its last part. */
interface Stored extends Omit<ExperimentRecord, 'stages' | 'params' | 'metrics' | 'locks'> {
  readonly schema: string;
  readonly stages: { readonly [stage: string]: StageResult };
  readonly params: { readonly [file: string]: unknown };
  readonly metrics: { readonly [file: string]: unknown };
  /** Lines. */
  readonly locks: { readonly [file: string]: readonly string[] };
}

export function formatRecord(record: ExperimentRecord): string {
  const { stages, params, metrics, locks, ...head } = record;
  const values = (files: ReadonlyMap<string, Value>): Json =>
    Object.fromEntries([...files].map(([file, value]) => [file, toJson(value, specialNumber)]));
  const stored = {
    schema: SCHEMA,
    ...head,
    stages: Object.fromEntries(stages),
    params: values(params),
    metrics: values(metrics),
    locks: Object.fromEntries([...locks].map(([file, text]) => [file, text.split('\n')])),
  };
  return `${JSON.stringify(stored, null, 2)}\n`;
}

/** @param name in place of the recorded one. @returns undefined for a text that is no record, or one of another version. */
export function parseRecord(text: string, name?: string): ExperimentRecord | undefined {
  // The locks are most of the text, and a table of thousands of experiments does not need them.
  const locksAt = text.lastIndexOf(LOCKS);
  if (locksAt < 0 || !text.endsWith('}\n')) return undefined;
  const stored = parse(`${text.slice(0, locksAt)}}`);
  if (!isStored(stored)) return undefined;
  const { schema: _, stages, params, metrics, ...head } = stored;
  let locks: ReadonlyMap<string, string> | undefined;
  return {
    ...head,
    name: name ?? head.name,
    stages: new Map(Object.entries(stages)),
    params: filesOf(params),
    metrics: filesOf(metrics),
    get locks() {
      return (locks ??= locksIn(text, locksAt));
    },
  };
}

const LOCKS = ',\n  "locks": {';

function parse(text: string): Partial<Stored> | undefined {
  try {
    return JSON.parse(text, HAS_FLOATS.test(text) ? exactNumber : undefined) as Partial<Stored>;
  } catch {
    return undefined;
  }
}

function locksIn(text: string, at: number): ReadonlyMap<string, string> {
  const { locks = {} } = parse(`{${text.slice(at + 1)}`) ?? {};
  return new Map(Object.entries(locks).map(([file, lines]) => [file, lines.join('\n')]));
}

/** JSON has neither: what is too large for a float is read as infinity, and no other number is written as `0e999`. */
const NAN = '0e999';
const specialNumber = (value: number): Json =>
  rawJson(Number.isNaN(value) ? NAN : value > 0 ? '1e999' : '-1e999');

/** Numbers that `JSON.parse` does not give as they are written: `1.0`, `1e3`, and integers beyond 2^53. */
const HAS_FLOATS = /^\s*(?:"[^\n]*": )?-?(?:\d+\.0|\d[\d.]*[eE][-+]?\d+|\d{16,}),?$/m;

/** JavaScript has one kind of number: whole floats are kept apart by their text, and large integers are read exactly. */
function exactNumber(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (context?.source === NAN) return NaN;
  if (!Number.isInteger(value) || context?.source === undefined) return value;
  if (!/^-?\d+$/.test(context.source)) return new Float(value as number);
  return Number.isSafeInteger(value) ? value : BigInt(context.source);
}

class Float {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

const filesOf = (files: { readonly [file: string]: unknown }): Map<string, Value> =>
  new Map(Object.entries(files).map(([file, value]) => [file, valueOf(value)]));

function valueOf(json: unknown): Value {
  if (json instanceof Float) return json.value;
  if (typeof json === 'number') return Number.isInteger(json) ? BigInt(json) : json;
  if (Array.isArray(json)) return json.map(valueOf);
  if (typeof json !== 'object' || json === null) return json as Scalar;
  return new Map<Scalar, Value>(Object.entries(json).map(([key, item]) => [key, valueOf(item)]));
}

const STATES: readonly unknown[] = ['running', 'done', 'failed'] satisfies RecordedState[];

function isStored(value: Partial<Stored> | undefined): value is Stored {
  if (value?.schema !== SCHEMA) return false;
  const { name, folder = '', state, overlays, targets, started, stages, params, metrics } = value;
  return (
    [name, folder].every((text) => typeof text === 'string') &&
    typeof started === 'string' &&
    STATES.includes(state) &&
    [overlays, targets].every(isTexts) &&
    [stages, params, metrics].every((part) => typeof part === 'object' && part !== null) &&
    Object.values(stages!).every((stage) => typeof stage?.state === 'string')
  );
}

const isTexts = (value: unknown): boolean =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');
