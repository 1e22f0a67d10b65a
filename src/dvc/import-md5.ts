// The checksum over a `.dvc` file of imported data, by which DVC notices that it was edited.
import { createHash } from 'node:crypto';
import { isList, isMap } from '../base/spelling.ts';
import type { Scalar, Value, ValueMap } from '../base/value.ts';
import { pythonJson } from './python-json.ts';

/** What does not count, at every depth. */
const EXCLUDED: ReadonlySet<string> = new Set([
  'desc',
  'type',
  'labels',
  'meta',
  'locked',
  'frozen',
  'metric',
  'persist',
  'isexec',
  'size',
  'nfiles',
]);

/** @param file its content. */
export function importMd5(file: ValueMap): string {
  const counted = new Map<Scalar, Value>(
    [...file].filter(([key, value]) => key !== 'md5' && value !== null && value !== false),
  );
  if (counted.get('wdir') === '.') counted.delete('wdir');
  return createHash('md5').update(pythonJson(counted, EXCLUDED)).digest('hex');
}

/** Whether a `.dvc` file is of imported data: one dependency, one output. Data that was added has no checksum. */
export function isImport(file: ValueMap): boolean {
  const [deps, outs] = [file.get('deps'), file.get('outs')];
  const isOne = (list: Value | undefined): boolean => isList(list) && list.length === 1 && isMap(list[0]);
  return isOne(deps) && isOne(outs);
}
