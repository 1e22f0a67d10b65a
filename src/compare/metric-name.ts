// The names of the metrics of one stage, whose files may have values of the same name.
import { posix } from 'node:path';

/** @param key of a value in the file at `path`; empty for one that is the whole file. @param taken names of values of other files. */
export function metricName(path: string, key: string, taken: { has(name: string): boolean }): string {
  const file = posix.basename(path);
  const names = key === '' ? [file, path] : [key, `${file}:${key}`];
  return names.find((name) => !taken.has(name)) ?? (key === '' ? path : `${path}:${key}`);
}
