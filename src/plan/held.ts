// Whether bytes of the workspace would be lost with what is there.
import { isDirectory, type Content } from '../hash/digest.ts';
import { absolutePath, type WorkspacePath } from '../base/workspace-path.ts';
import type { Workspace } from './workspace.ts';

/** The cache has it. Of a directory, what counts are its files: one that was restored half-way is no loss. */
export async function isHeld(
  at: WorkspacePath,
  content: Content,
  { project, hasher, store }: Pick<Workspace, 'project' | 'hasher' | 'store'>,
): Promise<boolean> {
  if (store.has(content)) return true;
  if (!isDirectory(content.digest)) return false;
  const { entries } = await hasher.tree(absolutePath(project.root, at), content);
  return entries.every((entry) => entry.kind === 'directory' || (entry.kind === 'file' && store.has(entry)));
}
