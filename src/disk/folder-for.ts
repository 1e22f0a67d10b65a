// The folder of what is about to come, with the folders above it: where nothing comes, those that were made for it are removed.
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { removeEmptyFolder } from './remove-empty-folder.ts';

/**
 * @param path absolute, of what `work` brings. Where it fails, or the program ends meanwhile, no new empty folder is left.
 * @throws what `work` throws, or an error of the system where the folder cannot be made.
 */
export async function inFolderFor<T>(path: string, work: () => Promise<T>): Promise<T> {
  const first = mkdirSync(dirname(path), { recursive: true });
  if (first === undefined) return work();
  const remove = (): void => removeUpTo(first, dirname(path));
  process.on('exit', remove);
  try {
    return await work();
  } catch (error) {
    remove();
    throw error;
  } finally {
    process.off('exit', remove);
  }
}

function removeUpTo(first: string, folder: string): void {
  try {
    if (removeEmptyFolder(folder) && folder !== first) removeUpTo(first, dirname(folder));
  } catch {
    // An error of the removal must not hide the failure.
  }
}
