// Paths in another repository.
import { posix } from 'node:path';
import { PipeError } from '../base/problem.ts';
import type { WorkspacePath } from '../base/workspace-path.ts';
import type { Repository } from './open-repository.ts';

/** @param path as given, from the top of the repository. @returns from the root of its project. @throws PipeError for one outside. */
export function pathIn(repository: Pick<Repository, 'prefix' | 'url'>, path: string): WorkspacePath {
  const whole = posix.normalize(path.replace(/\/+$/, '') || '.');
  if (path.includes('\0') || whole.startsWith('/') || whole === '..' || whole.startsWith('../'))
    throw new PipeError({
      code: 'import-refused',
      title: `'${path}' is not inside of ${repository.url}`,
      hint: 'give a path relative to the top of the repository',
    });
  const { prefix } = repository;
  if (prefix === '') return whole as WorkspacePath;
  return (`${whole}/` === prefix ? '.' : whole.slice(prefix.length)) as WorkspacePath;
}

/** The repository has nothing there. */
export function lacks({ url, commit }: Pick<Repository, 'url' | 'commit'>, path: string): PipeError {
  return new PipeError({
    code: 'repository-lacks',
    title: `${url} has no '${path}'${commit === undefined ? '' : ` at ${commit.slice(0, 7)}`}`,
    hint: 'look with `pipe list`',
  });
}
