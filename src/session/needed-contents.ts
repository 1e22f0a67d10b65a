// The contents that lock files and experiments name: `pipe gc` keeps them, `pipe verify` hashes them.
import { readAllRecords } from '../experiment/record-files.ts';
import { contentsOf } from '../experiment/record-locks.ts';
import type { Content } from '../hash/digest.ts';
import { locksInFolder } from '../lock/other-locks.ts';
import type { OpenWorkspace } from './open-workspace.ts';

/** Those of the workspace, and of the lock files in its own folder. */
export function neededContents(workspace: OpenWorkspace): Content[] {
  const { dialect, project, folders, locks } = workspace;
  const { format } = dialect.lockFile;
  const others = dialect.keepsLocksInOwnFolder ? locksInFolder(folders.own, format) : [];
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
