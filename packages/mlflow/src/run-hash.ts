// A recorded run → its digest, which is equal where the server's run of the same key is the same run. Pure.
import { createHash } from 'node:crypto';
import type { RecordedRun } from './record.ts';

/**
 * Lower-case hex sha256 over everything that makes the run what it is. Name, parent and context are left out: they may
 * change without the run being another one. Independent of the order of keys.
 */
export function runHash(run: RecordedRun): string {
  const identity = {
    key: run.key,
    status: run.status,
    times: run.undated ? null : [run.start, run.end],
    params: sorted(run.params),
    tags: sorted(run.tags),
    metrics: sorted(run.undated ? withoutTimes(run.metrics) : run.metrics),
    artifacts: run.artifacts
      .map(({ path, sha256, size }) => [path, sha256, size])
      .sort(([a], [b]) => (a! < b! ? -1 : 1)),
    ...(run.inputs?.length
      ? { inputs: run.inputs.map(({ name, digest, context }) => [name, digest, context]) }
      : {}),
  };
  return createHash('sha256').update(JSON.stringify(identity)).digest('hex');
}

const withoutTimes = (metrics: RecordedRun['metrics']): RecordedRun['metrics'] =>
  Object.fromEntries(
    Object.entries(metrics).map(([name, points]) => [
      name,
      points.map(([step, , value]) => [step, 0, value]),
    ]),
  );

const sorted = <T>(map: Readonly<Record<string, T>>): [string, T][] =>
  Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1));
