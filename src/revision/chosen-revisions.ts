// The revisions that the flags of a command choose, one after the other. A name that git does not know can be that of an experiment.
import { PipeError } from '../base/problem.ts';
import type { Loaded } from '../session/load.ts';
import type { Commit, RevisionChoice } from './choose-revisions.ts';
import { gitFailed } from './git-objects.ts';
import { baseOf } from './experiment-base.ts';
import { revisionOfExperiment } from './experiment-revision.ts';
import { meantNames } from './meant-names.ts';
import { revisionsOf } from './open-revisions.ts';
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
  try {
    const find = async (name: string): Promise<Commit | undefined> => revisions?.find(name);
    const { revs, experiments } = await meantNames(rev, find, loaded.folders.experiments);
    const commits = revs.length > 0 || Object.keys(choice).length > 0;
    if (commits && !revisions) throw gitFailed('the project is not in a git repository');
    for (const commit of (await revisions?.choose({ ...choice, revs })) ?? [])
      yield await opened(() => revisions!.open(commit));
    for (const record of experiments)
      yield await opened(async () =>
        revisionOfExperiment(record, await baseOf(record, revisions, async () => loaded)),
      );
  } finally {
    revisions?.close();
  }
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
