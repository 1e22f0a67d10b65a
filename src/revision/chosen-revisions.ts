// The revisions that the flags of a command choose, one after the other. A name that git does not know can be that of an experiment.
import { PipeError } from '../base/problem.ts';
import { findRecord } from '../experiment/record-files.ts';
import type { ExperimentRecord } from '../experiment/record.ts';
import { experimentsPlace } from '../session/experiments-place.ts';
import type { Loaded } from '../session/load.ts';
import type { RevisionChoice } from './choose-revisions.ts';
import { gitFailed } from './git-objects.ts';
import { baseOf } from './experiment-base.ts';
import { revisionOfExperiment } from './experiment-revision.ts';
import { revisionsOf, type Revisions } from './open-revisions.ts';
import type { Revision } from './project-at.ts';

export interface RevisionFlags {
  readonly allBranches?: true;
  readonly allTags?: true;
  readonly allCommits?: true;
  readonly rev?: readonly string[];
}

export const choosesRevisions = ({ allBranches, allTags, allCommits, rev = [] }: RevisionFlags): boolean =>
  allBranches === true || allTags === true || allCommits === true || rev.length > 0;

/**
 * @returns also what is wrong with a revision that cannot be read.
 * @throws PipeError `unknown-revision`, and outside of git where revisions are asked for.
 */
export async function* chosenRevisions(
  loaded: Loaded,
  { allBranches, allTags, allCommits, rev = [] }: RevisionFlags,
): AsyncGenerator<Revision | PipeError> {
  const choice: RevisionChoice = {
    ...(allBranches && { allBranches }),
    ...(allTags && { allTags }),
    ...(allCommits && { allCommits }),
  };
  if (!choosesRevisions({ rev, ...choice } as RevisionFlags)) return;
  const revisions = revisionsOf(loaded);
  if (!revisions) throw gitFailed('the project is not in a git repository');
  try {
    const { revs, experiments } = await split(rev, revisions);
    for (const commit of await revisions.choose({ ...choice, revs }))
      yield await opened(() => revisions.open(commit));
    for (const record of experiments)
      yield await opened(async () =>
        revisionOfExperiment(record, await baseOf(record, revisions, async () => loaded)),
      );
  } finally {
    revisions.close();
  }
}

async function split(
  names: readonly string[],
  revisions: Revisions,
): Promise<{ readonly revs: readonly string[]; readonly experiments: readonly ExperimentRecord[] }> {
  const revs: string[] = [];
  const experiments: ExperimentRecord[] = [];
  for (const name of names) {
    const isCommit = (await revisions.find(name)) !== undefined;
    const record = isCommit ? undefined : findRecord((await experimentsPlace()).folder, name);
    if (record) experiments.push(record);
    else revs.push(name);
  }
  return { revs, experiments };
}

async function opened(open: () => Promise<Revision>): Promise<Revision | PipeError> {
  try {
    const revision = await open();
    // What is wrong in its graph or its lock files shows here.
    for (const stage of revision.graph.stages) revision.entry(stage);
    return revision;
  } catch (error) {
    if (!(error instanceof PipeError)) throw error;
    return error;
  }
}
