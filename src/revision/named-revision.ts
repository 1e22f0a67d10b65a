// A revision by the name that a command line gives: the workspace, a commit of git, or an experiment.
import { PipeError } from '../base/problem.ts';
import { findRecord, readRecords } from '../experiment/record-files.ts';
import type { ExperimentRecord } from '../experiment/record.ts';
import { experimentsPlace } from '../session/experiments-place.ts';
import type { Loaded } from '../session/load.ts';
import { unknownRevision } from './choose-revisions.ts';
import { baseOf } from './experiment-base.ts';
import { revisionOfExperiment } from './experiment-revision.ts';
import { revisionsOf, workspaceRevision, type Revisions } from './open-revisions.ts';
import type { Revision } from './project-at.ts';
import { WORKSPACE } from './revision-at.ts';

export interface NamedRevision {
  readonly revision: Revision;
  /** Of an experiment. */
  readonly record?: ExperimentRecord;
}

/** Finds revisions by their names. @throws PipeError `unknown-revision`. */
export type FindRevision = (name: string) => Promise<NamedRevision>;

/** Ends git however `use` ends. */
export async function withNamedRevisions<T>(
  loaded: Loaded,
  use: (find: FindRevision) => Promise<T>,
): Promise<T> {
  const revisions = revisionsOf(loaded);
  try {
    return await use((name) => findNamed(name, loaded, revisions));
  } finally {
    revisions?.close();
  }
}

async function findNamed(
  name: string,
  loaded: Loaded,
  revisions: Revisions | undefined,
): Promise<NamedRevision> {
  if (name === WORKSPACE) return { revision: workspaceRevision(loaded) };
  const commit = await revisions?.find(name);
  if (commit) return { revision: await revisions!.open(commit) };
  const { folder } = await experimentsPlace();
  const record = findRecord(folder, name);
  if (!record) {
    const known = readRecords(folder).records.map((one) => one.name);
    throw revisions ? unknownRevision(name, known) : noGit(name);
  }
  const base = await baseOf(record, revisions, async () => loaded);
  return { record, revision: revisionOfExperiment(record, base) };
}

function noGit(name: string): PipeError {
  return new PipeError({
    code: 'unknown-revision',
    title: `there is no experiment '${name}', and the project is in no git repository`,
    hint: '`pipe exp show` lists the experiments',
  });
}
