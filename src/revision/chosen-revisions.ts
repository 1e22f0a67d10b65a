// The revisions that the flags of a command choose, one after the other.
import { PipeError } from '../base/problem.ts';
import type { Loaded } from '../session/load.ts';
import type { RevisionChoice } from './choose-revisions.ts';
import { gitFailed } from './git-objects.ts';
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
    revs: rev,
    ...(allBranches && { allBranches }),
    ...(allTags && { allTags }),
    ...(allCommits && { allCommits }),
  };
  if (!choosesRevisions({ rev, ...choice } as RevisionFlags)) return;
  const revisions = revisionsOf(loaded);
  if (!revisions) throw gitFailed('the project is not in a git repository');
  try {
    for (const commit of await revisions.choose(choice)) {
      try {
        const revision = await revisions.open(commit);
        // What is wrong in its graph or its lock files shows here.
        for (const stage of revision.graph.stages) revision.entry(stage);
        yield revision;
      } catch (error) {
        if (!(error instanceof PipeError)) throw error;
        yield error;
      }
    }
  } finally {
    revisions.close();
  }
}
