// The contents that lock files and experiments name: `pipe gc` keeps them, `pipe verify` hashes them.
import { readAllRecords } from '../experiment/record-files.ts';
import { contentsOf } from '../experiment/record-locks.ts';
import type { Content, Digest } from '../hash/digest.ts';
import { choosesRevisions, type RevisionFlags } from '../revision/chosen-revisions.ts';
import { recordedDigests } from '../revision/recorded-digests.ts';
import { locksInFolder } from '../lock/other-locks.ts';
import type { OpenWorkspace } from '../session/open-workspace.ts';

/** Those of the workspace, and of lock files in the cache folder. */
export function neededContents(workspace: OpenWorkspace): Content[] {
  const { dialect, project, folders, locks } = workspace;
  const { format } = dialect.lockFile;
  const others = dialect.keepsLocksInCache ? locksInFolder(folders.cache, format) : [];
  const entries = [
    ...project.stages.flatMap((stage) => locks.entry(stage) ?? []),
    ...locks.vanished().map(({ entry }) => entry),
    ...others.flatMap((lock) => [...lock.entries.values()]),
  ];
  return [
    ...entries.flatMap(({ deps, outs }) => [...deps, ...outs].map(({ content }) => content)),
    ...readAllRecords(folders.experiments).flatMap((record) => contentsOf(record, format)),
  ];
}

/** The digests of those, and of what the git revisions record that the flags choose. */
export async function neededDigests(
  workspace: OpenWorkspace,
  flags: RevisionFlags,
): Promise<ReadonlySet<Digest>> {
  const { project, layout } = workspace;
  const own = neededContents(workspace).map(({ digest }) => digest);
  if (!choosesRevisions(flags)) return new Set(own);
  return new Set([...own, ...(await recordedDigests(project.root, flags, layout.content))]);
}
