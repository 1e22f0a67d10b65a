// Which of the names that a command line gives are experiments: those that git does not know.
import { findRecord } from '../experiment/record-files.ts';
import type { ExperimentRecord } from '../experiment/record.ts';
import type { Commit } from './choose-revisions.ts';

export interface MeantNames {
  /** The rest: commits, or nothing at all. */
  readonly revs: readonly string[];
  readonly experiments: readonly ExperimentRecord[];
}

/** @param find a commit; @param folder absolute folder of the records. @throws PipeError for a record that cannot be read. */
export async function meantNames(
  names: readonly string[],
  find: (name: string) => Promise<Commit | undefined>,
  folder: string,
): Promise<MeantNames> {
  const revs: string[] = [];
  const experiments: ExperimentRecord[] = [];
  for (const name of names) {
    const isCommit = (await find(name)) !== undefined;
    const record = isCommit ? undefined : findRecord(folder, name);
    if (record) experiments.push(record);
    else revs.push(name);
  }
  return { revs, experiments };
}
