// Splits the values of one run into requests that every MLflow server accepts. Pure.
import type { KeyValue, MetricPoint } from './types.ts';

export interface Logged {
  readonly metrics?: readonly MetricPoint[];
  readonly params?: readonly KeyValue[];
  readonly tags?: readonly KeyValue[];
}

/** The server's limits for one `runs/log-batch`. */
const LIMITS = { metrics: 1000, params: 100, tags: 100, entries: 1000, bytes: 1_000_000 } as const;

// Room for the run id, the three names of the lists and the braces.
const FRAME = 512;

/** Params and tags come first: they identify a run that stays unfinished. */
export function batches(logged: Logged): Logged[] {
  const done: Logged[] = [];
  let open = { metrics: [] as MetricPoint[], params: [] as KeyValue[], tags: [] as KeyValue[] };
  let entries = 0;
  let bytes = FRAME;
  const add = <K extends 'metrics' | 'params' | 'tags'>(list: K, entry: (typeof open)[K][number]): void => {
    const size = Buffer.byteLength(JSON.stringify(entry)) + 1;
    if (open[list].length >= LIMITS[list] || entries >= LIMITS.entries || bytes + size > LIMITS.bytes) {
      done.push(open);
      open = { metrics: [], params: [], tags: [] };
      entries = 0;
      bytes = FRAME;
    }
    (open[list] as (typeof entry)[]).push(entry);
    entries += 1;
    bytes += size;
  };
  for (const tag of logged.tags ?? []) add('tags', tag);
  for (const param of logged.params ?? []) add('params', param);
  for (const metric of logged.metrics ?? []) add('metrics', metric);
  if (entries > 0) done.push(open);
  return done;
}
