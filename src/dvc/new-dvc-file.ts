// The text of a `.dvc` file for data that was added.
import type { Scalar, Value } from '../base/value.ts';
import type { LockedPath } from '../lock/lock-entry.ts';
import type { Out } from '../pipeline/stage.ts';
import { recordOf } from './edit-dvc-file.ts';
import { emitMapping } from './emit-yaml.ts';

/** The text of a new file, as `dvc add` writes it. @param outs declared. @param records by declared path; none: not recorded yet. */
export function newDvcFile(
  outs: readonly Out[],
  records: ReadonlyMap<string, LockedPath> = new Map(),
): string {
  const items = outs.map((out) => {
    const record = records.get(out.path);
    return new Map<Scalar, Value>([...(record ? recordOf(record) : []), ...declarationOf(out)]);
  });
  return emitMapping(new Map([['outs', items]]), 0);
}

function declarationOf(out: Out): [Scalar, Value][] {
  return [
    ['path', out.path],
    ...(out.desc === undefined ? [] : [['desc', out.desc] as [Scalar, Value]]),
    ...(out.type === undefined ? [] : [['type', out.type] as [Scalar, Value]]),
    ...(out.labels === undefined ? [] : [['labels', out.labels] as [Scalar, Value]]),
    ...(out.meta === undefined ? [] : [['meta', out.meta] as [Scalar, Value]]),
    ...(out.cache ? [] : [['cache', false] as [Scalar, Value]]),
    ...(out.persist ? [['persist', true] as [Scalar, Value]] : []),
    ...(out.remote === null ? [] : [['remote', out.remote] as [Scalar, Value]]),
    ...(out.push ? [] : [['push', false] as [Scalar, Value]]),
  ];
}
