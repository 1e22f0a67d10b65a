// The digests that garbage collection keeps: of the workspace, and of the git revisions that the flags choose; of other projects too.
import { resolve } from 'node:path';
import { PipeError } from '../base/problem.ts';
import type { Digest } from '../hash/digest.ts';
import { findProject } from '../pipeline/find-root.ts';
import { noOverlay } from '../pipeline/params/overlay.ts';
import { choosesRevisions, type RevisionFlags } from '../revision/chosen-revisions.ts';
import { recordedDigests } from '../revision/recorded-digests.ts';
import { loadAt } from '../session/load.ts';
import { neededContents } from '../session/needed-contents.ts';
import type { OpenWorkspace } from '../session/open-workspace.ts';
import { withWorkspace } from '../session/with-workspace.ts';

export interface NeededFlags extends RevisionFlags {
  /** Folders of other projects, relative to the current one. */
  readonly projects?: readonly string[];
}

/** @throws PipeError outside of git where revisions are chosen, for one that git does not know, and for a project that cannot be read. */
export async function neededDigests(
  workspace: OpenWorkspace,
  flags: NeededFlags,
): Promise<ReadonlySet<Digest>> {
  const needed = await neededBy(workspace, flags);
  for (const folder of flags.projects ?? []) {
    const found = findProject(resolve(folder));
    if (!found || found.root === workspace.project.root) throw noProject(folder);
    const others = await withWorkspace(await loadAt(found, noOverlay), {}, (other) => neededBy(other, flags));
    others.forEach((digest) => needed.add(digest));
  }
  return needed;
}

async function neededBy(workspace: OpenWorkspace, flags: RevisionFlags): Promise<Set<Digest>> {
  const { project, layout, folders } = workspace;
  const own = neededContents(workspace).map(({ digest }) => digest);
  if (!choosesRevisions(flags)) return new Set(own);
  const recorded = await recordedDigests(project.root, flags, layout.content, folders.experiments);
  return new Set([...own, ...recorded]);
}

const noProject = (folder: string): PipeError =>
  new PipeError({
    code: 'no-pipeline',
    title: `there is no other project at '${folder}'`,
    hint: 'correct --projects; nothing was removed',
  });
