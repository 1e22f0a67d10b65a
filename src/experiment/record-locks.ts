// What the lock files in a record say: the entries of its stages, and the contents that the cache has to keep for them.
import type { Content } from '../hash/digest.ts';
import { contentsIn, type Lock } from '../lock/lock-entry.ts';
import type { LockFormat } from '../lock/lock-file.ts';
import type { ExperimentRecord } from './record.ts';

/** By path of the lock file. @throws PipeError for a text that is no lock file. */
export function locksOf(record: ExperimentRecord, format: LockFormat): ReadonlyMap<string, Lock> {
  return new Map(
    [...record.locks].map(([file, text]) => [
      file,
      format.parse(text, `${file} of experiment ${record.name}`),
    ]),
  );
}

export function contentsOf(record: ExperimentRecord, format: LockFormat): readonly Content[] {
  return [...locksOf(record, format).values()].flatMap(({ entries }) => contentsIn([...entries.values()]));
}
