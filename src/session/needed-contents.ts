// The contents that lock files and experiments name: `pipe gc` keeps them, `pipe verify` hashes them.
import type { Dialect } from '../dialect.ts';
import { readAllRecords } from '../experiment/record-files.ts';
import { contentsOf } from '../experiment/record-locks.ts';
import type { Content } from '../hash/digest.ts';
import { contentsIn } from '../lock/lock-entry.ts';
import { locksInFolder } from '../lock/other-locks.ts';
import type { Folders } from '../plan/workspace.ts';
import type { OpenWorkspace } from './open-workspace.ts';

/** Those of the workspace, and of the lock files in its own folder. */
export function neededContents(workspace: OpenWorkspace): Content[] {
  const { dialect, project, folders, locks } = workspace;
  const entries = [
    ...project.stages.flatMap((stage) => locks.entry(stage) ?? []),
    ...locks.vanished().map(({ entry }) => entry),
  ];
  return [...contentsIn(entries), ...contentsBeside(folders, dialect)];
}

/** Those that are named beside the lock files of a project: by lock files in its own folder, and by its experiments. */
export function contentsBeside(
  { own, experiments }: Pick<Folders, 'own' | 'experiments'>,
  { keepsLocksInOwnFolder, lockFile: { format } }: Dialect,
): Content[] {
  const locks = keepsLocksInOwnFolder ? locksInFolder(own, format) : [];
  return [
    ...locks.flatMap(({ entries }) => contentsIn([...entries.values()])),
    ...readAllRecords(experiments).flatMap((record) => contentsOf(record, format)),
  ];
}
