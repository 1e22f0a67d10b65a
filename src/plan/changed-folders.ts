// Which files changed in the folders that make a stage stale, as far as that is known.
import { isDirectory, type Digest } from '../hash/digest.ts';
import { lockedPath } from '../lock/lock-entry.ts';
import { absolutePath, type WorkspacePath } from '../base/workspace-path.ts';
import type { Stage, StageAddress } from '../pipeline/stage.ts';
import type { Decision, Reason } from './decision.ts';
import { folderChanges, type FileChange } from './folder-changes.ts';
import { recallFolder } from './folder-memory.ts';
import type { Workspace } from './workspace.ts';

/** By stage, then by path as declared. */
export type ChangedFolders = ReadonlyMap<StageAddress, ReadonlyMap<string, readonly FileChange[]>>;

export async function changedFolders(
  decisions: ReadonlyMap<StageAddress, Decision>,
  workspace: Workspace,
): Promise<ChangedFolders> {
  const { project, graph, hasher, folders, contents } = workspace;
  const compare = async ({ at, old, as }: StaleFolder): Promise<readonly FileChange[] | undefined> => {
    const before = recallFolder(old, folders.state, hasher.rules);
    const content = before && (await (as === 'input' ? contents.input(at) : contents.get(at)));
    if (!content || !isDirectory(content.digest)) return undefined;
    const path = absolutePath(project.root, at);
    const tree = await (as === 'input' ? hasher.inputTree(path, content) : hasher.tree(path, content));
    return folderChanges(before, tree.entries);
  };
  // Members of a group read the same folders.
  const known = new Map<string, ReturnType<typeof compare>>();
  const found = new Map<StageAddress, Map<string, readonly FileChange[]>>();
  for (const [address, decision] of decisions) {
    if (decision.kind === 'fresh') continue;
    const stage = graph.stage(address)!;
    for (const folder of decision.reasons.flatMap((reason) => folderOf(reason, stage, workspace) ?? [])) {
      const key = `${folder.as} ${folder.old} ${folder.at}`;
      const changes = known.get(key) ?? compare(folder);
      known.set(key, changes);
      const files = await changes;
      if (files) found.set(address, new Map([...(found.get(address) ?? []), [folder.path, files]]));
    }
  }
  return found;
}

interface StaleFolder {
  readonly path: string;
  readonly at: WorkspacePath;
  /** As recorded. */
  readonly old: Digest;
  readonly as: 'input' | 'output';
}

function folderOf(reason: Reason, stage: Stage, { locks }: Workspace): StaleFolder | undefined {
  if (reason.kind === 'changed' && reason.change.kind === 'dep') {
    const path = reason.change.key[0]!;
    const old = reason.change.old;
    // Of thousands that changed, most are files.
    if (typeof old !== 'string' || !isDirectory(old as Digest)) return undefined;
    const at = stage.deps.find((dep) => dep.path === path)?.at;
    return at === undefined ? undefined : { path, at, old: old as Digest, as: 'input' };
  }
  if (reason.kind !== 'out-modified') return undefined;
  const { path } = reason;
  const old = lockedPath(locks.entry(stage)?.outs, path)?.content.digest;
  if (old === undefined || !isDirectory(old)) return undefined;
  const at = stage.outs.find((out) => out.path === path)?.at;
  return at === undefined ? undefined : { path, at, old, as: 'output' };
}
