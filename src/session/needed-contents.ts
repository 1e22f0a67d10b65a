// The contents that lock files and experiments name: `pipe gc` keeps them, `pipe verify` hashes them.
import { readAllRecords } from '../experiment/record-files.ts';
import { contentsOf } from '../experiment/record-locks.ts';
import type { Content } from '../hash/digest.ts';
import type { Lock } from '../lock/lock-entry.ts';
import { locksInFolder, locksOfBranches } from '../lock/other-locks.ts';
import type { OpenWorkspace } from './open-workspace.ts';

/** @param allBranches those of all git branches too. */
export function neededContents(workspace: OpenWorkspace, allBranches: boolean): Content[] {
  const { dialect, project, folders, locks } = workspace;
  const { name, format } = dialect.lockFile;
  const others: Lock[] = [
    ...(dialect.keepsLocksInOwnFolder ? locksInFolder(folders.own, format) : []),
    ...(allBranches ? locksOfBranches(project.root, name, format) : []),
  ];
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
