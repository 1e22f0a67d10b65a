// The names in a folder as paths of the workspace, for suggestions where one of them was misspelt.
import { posix } from 'node:path';
import { absolutePath, parentFolder, type WorkspacePath } from '../base/workspace-path.ts';
import { readdirSync } from '../disk/witnessed-fs.ts';

/** What is in the folder of the path; nothing where that does not exist or cannot be read. */
export function pathsBeside(root: string, path: WorkspacePath): readonly string[] {
  const folder = parentFolder(path);
  try {
    return readdirSync(absolutePath(root, folder)).map((name) => posix.join(folder, name));
  } catch {
    return [];
  }
}
