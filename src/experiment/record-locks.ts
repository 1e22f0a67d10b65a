// What the lock files in a record say: the entries of its stages, and the contents that the cache has to keep for them.
import type { Content } from '../hash/digest.ts';
import { contentsIn, emptyLock, type Lock } from '../lock/lock-entry.ts';
import type { LockFormat } from '../lock/lock-file.ts';
import { noOverlay } from '../pipeline/params/overlay.ts';
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

/** The text of a lock file with the entries of an experiment: those of other stages stay. @param text as it was; '' for none. */
export function lockTextWith(
  entries: Lock['entries'],
  text: string,
  file: string,
  format: LockFormat,
): string {
  const lock = text === '' ? emptyLock : format.parse(text, file);
  const merged = new Map([...lock.entries, ...entries]);
  const before = { text, lock, isKept: (name: string) => !entries.has(name) };
  return [...format.format({ entries: merged, overlay: noOverlay }, before)].join('');
}

export function contentsOf(record: ExperimentRecord, format: LockFormat): readonly Content[] {
  return [...locksOf(record, format).values()].flatMap(({ entries }) => contentsIn([...entries.values()]));
}
