// Whether the cache has the bytes of an output, so that removing it loses nothing.
import { isDirectory, type Content } from '../hash/digest.ts';
import { absolutePath, type WorkspacePath } from '../base/workspace-path.ts';
import type { Workspace } from './workspace.ts';

/** Of a directory, its files decide: one that is half restored has no manifest in the cache, and loses nothing. */
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
