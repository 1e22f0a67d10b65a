// What MLflow's own Python client finds on a server, and whether it is what a record says.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { MetricValue, RecordedRun, TrackingRecord } from '@pipe-engine/mlflow';
import { mlflowPrograms } from './venv.ts';

export interface FoundRun {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly start: number;
  readonly end: number | null;
  readonly params: Record<string, string>;
  readonly tags: Record<string, string>;
  /** Points sorted, values as Python prints them. */
  readonly metrics: Record<string, [step: number, timestamp: number, value: string][]>;
  /** sha256 by path. */
  readonly artifacts: Record<string, string>;
  /** Data sets, by name. */
  readonly inputs: readonly {
    readonly name: string;
    readonly digest: string;
    readonly source_type: string;
    readonly source: string;
    readonly schema: string | null;
    readonly profile: string | null;
    readonly context: string;
  }[];
}

export interface Found {
  readonly runs: FoundRun[];
  readonly models: {
    name: string;
    version: string;
    run: string;
    aliases: string[];
    artifacts: Record<string, string>;
  }[];
}

export async function readBack(url: string, experiment: string, ...models: string[]): Promise<Found> {
  const python = join(mlflowPrograms(), 'python');
  const args = [join(import.meta.dirname, 'read_back.py'), url, experiment, ...models];
  const { stdout } = await promisify(execFile)(python, args, { maxBuffer: 256 << 20 });
  return JSON.parse(stdout) as Found;
}

/** Runs that stand for something: not tagged stale. */
export const current = (found: Found): FoundRun[] =>
  found.runs.filter((run) => run.tags['pipe.stale'] === undefined);

/** Fails unless the current runs are exactly those of the record, each whole, each once, in the same tree. */
export function assertEqualToRecord(found: Found, record: TrackingRecord): void {
  const byKey = Map.groupBy(current(found), (run) => run.tags['pipe.key']!);
  assert.deepEqual([...byKey.keys()].sort(), record.runs.map((run) => run.key).sort(), 'the keys');
  for (const run of record.runs) {
    const [on, ...more] = byKey.get(run.key)!;
    assert.equal(more.length, 0, `${run.key} is there ${more.length + 1} times`);
    assertRun(on!, run, run.parent === undefined ? undefined : byKey.get(run.parent)![0]!.id);
  }
}

function assertRun(on: FoundRun, run: RecordedRun, parentId: string | undefined): void {
  assert.deepEqual([on.name, on.status, on.params], [run.name, run.status, run.params]);
  // Times of an undated run are those of its first sending.
  if (!run.undated) assert.deepEqual([on.start, on.end], [run.start, run.end]);
  assert.equal(on.tags['mlflow.parentRunId'], parentId, `${run.key}: its parent`);
  for (const [key, value] of Object.entries({ ...run.context, ...run.tags }))
    assert.equal(on.tags[key], value, `${run.key}: tag ${key}`);
  assert.deepEqual(
    Object.keys(on.metrics).sort(),
    Object.keys(run.metrics).sort(),
    `${run.key}: its metrics`,
  );
  for (const [key, points] of Object.entries(run.metrics)) {
    const found = on.metrics[key]!.map(([step, timestamp, value]) => [
      step,
      run.undated ? 0 : timestamp,
      fromPython(value),
    ]);
    const recorded = points
      .map(([step, timestamp, value]) => [step, run.undated ? 0 : timestamp, toNumber(value)])
      .sort(([a], [b]) => a! - b!);
    assert.deepEqual(found, recorded, `${run.key}: history of ${key}`);
  }
  assert.deepEqual(
    on.inputs,
    (run.inputs ?? [])
      .map(({ name, digest, sourceType: source_type, source, schema = null, profile = null, context }) => ({
        name,
        digest,
        source_type,
        source,
        schema,
        profile,
        context,
      }))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    `${run.key}: its data sets`,
  );
  assert.equal(on.tags['mlflow.note.content'], run.description, `${run.key}: its description`);
  assert.deepEqual(
    on.artifacts,
    Object.fromEntries(run.artifacts.map(({ path, sha256 }) => [path, sha256])),
    `${run.key}: its artifacts`,
  );
}

function fromPython(text: string): number {
  return text === 'nan' ? Number.NaN : Number(text);
}

/** MLflow's SQL stores keep the largest number in place of infinity. */
function toNumber(value: MetricValue): number {
  if (value === 'Infinity') return 1.7976931348623157e308;
  return value === '-Infinity' ? -1.7976931348623157e308 : Number(value);
}
