// The files of a folder at a commit as git lists them, with what its trees do not give otherwise: which are executable, and sizes.
import { git } from './git-command.ts';
import type { Repository } from './open-repository.ts';

export interface ListedFile {
  /** From the folder of the repository that was named. */
  readonly path: string;
  /** `100644`, `100755`, `120000`, `160000`. */
  readonly mode: string;
  readonly id: string;
  /** Undefined where it was not asked for, and for a submodule. */
  readonly size: number | undefined;
}

/** @param sizes large files of a clone that are not here yet are fetched to know them. */
export function listTree(
  { git: folder, tree, url }: Pick<Repository, 'git' | 'tree' | 'url'>,
  sizes: boolean,
): readonly ListedFile[] {
  const args = ['ls-tree', '-r', '-z', '--full-tree', ...(sizes ? ['-l'] : []), '--end-of-options', tree!];
  return git(folder!, args, url)
    .split('\0')
    .flatMap((line): ListedFile[] => {
      const [, mode, id, size, path] = /^(\d+) \w+ ([0-9a-f]+)(?: +(\d+|-))?\t(.*)$/s.exec(line) ?? [];
      if (path === undefined) return [];
      return [
        { path, mode: mode!, id: id!, size: size === undefined || size === '-' ? undefined : Number(size) },
      ];
    });
}

const executables = new WeakMap<Repository, ReadonlySet<string>>();

/** Paths of executable files, from the folder of the repository that was named. */
export function executablesOf(repository: Repository): ReadonlySet<string> {
  const known =
    executables.get(repository) ??
    new Set(listTree(repository, false).flatMap(({ mode, path }) => (mode === '100755' ? [path] : [])));
  executables.set(repository, known);
  return known;
}
