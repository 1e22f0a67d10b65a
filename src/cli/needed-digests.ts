// The digests that garbage collection keeps: of the workspace, and of the git revisions that the flags choose.
import type { Digest } from '../hash/digest.ts';
import { choosesRevisions, type RevisionFlags } from '../revision/chosen-revisions.ts';
import { recordedDigests } from '../revision/recorded-digests.ts';
import { neededContents } from '../session/needed-contents.ts';
import type { OpenWorkspace } from '../session/open-workspace.ts';

/** @throws PipeError outside of git where revisions are chosen, and for one that git does not know. */
export async function neededDigests(
  workspace: OpenWorkspace,
  flags: RevisionFlags,
): Promise<ReadonlySet<Digest>> {
  const { project, layout } = workspace;
  const own = neededContents(workspace).map(({ digest }) => digest);
  if (!choosesRevisions(flags)) return new Set(own);
  return new Set([...own, ...(await recordedDigests(project.root, flags, layout.content))]);
}
