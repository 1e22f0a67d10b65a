// A tracking record of a run, and which records compete for one registered model.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseRecord, type TrackingRecord } from '@pipe-engine/mlflow';
import { digestOf } from './sent-notes.ts';

export interface ReadRecord {
  readonly path: string;
  readonly digest: string;
  readonly record: TrackingRecord;
}

/** @param path relative to the root. @throws MlflowError `BAD_RECORD` */
export function readRecord(root: string, path: string): ReadRecord {
  const text = readFileSync(join(root, path), 'utf8');
  return { path, digest: digestOf(text), record: parseRecord(text) };
}

/** Two records of one model: which one is meant? @returns in words */
export function competition(records: readonly ReadRecord[]): string | undefined {
  const names = Map.groupBy(
    records.flatMap(({ path, record }) => record.models.map(({ name }) => ({ name, path }))),
    ({ name }) => name,
  );
  const [name, places] = [...names].find(([, places]) => places.length > 1) ?? [];
  if (name === undefined) return undefined;
  const paths = places!.map(({ path }) => path);
  return `no model is registered: ${paths.join(', ')} have one of the same name, ${name}. Name the record that is meant (track --register ${paths[0]}), or give each parameter file a tracking.model of its own`;
}
