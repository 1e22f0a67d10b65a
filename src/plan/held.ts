// Whether the cache has the bytes of an output, so that removing it loses nothing.
import { isDirectory, type Content } from '../hash/digest.ts';
import { absolutePath, type WorkspacePath } from '../base/workspace-path.ts';
import type { Workspace } from './workspace.ts';

type Held = Pick<Workspace, 'project' | 'hasher' | 'store'>;

/** Of a directory, its files decide: one that is half restored has no manifest in the cache, and loses nothing. */
export async function isHeld(at: WorkspacePath, content: Content, workspace: Held): Promise<boolean> {
  if (workspace.store.has(content)) return true;
  return isDirectory(content.digest) && (await unheldIn(at, content, workspace)).paths.length === 0;
}

interface Unheld {
  /** In the directory. */
  readonly paths: readonly string[];
  /** There are no others in it. */
  readonly isAll: boolean;
}

/** The files of a directory whose bytes the cache does not have, and its symlinks. */
export async function unheldIn(
  at: WorkspacePath,
  content: Content,
  { project, hasher, store }: Held,
): Promise<Unheld> {
  const { entries } = await hasher.tree(absolutePath(project.root, at), content);
  const files = entries.filter((entry) => entry.kind === 'file');
  const links = entries.filter((entry) => entry.kind === 'symlink');
  const lacking = store.lacking(files);
  return {
    paths: [...lacking, ...links].map(({ path }) => path),
    isAll: lacking.length === files.length,
  };
}
