// Paths in another repository.
import { posix } from 'node:path';
import { PipeError } from '../base/problem.ts';
import type { WorkspacePath } from '../base/workspace-path.ts';
import type { RecordedOutput } from '../revision/project-at.ts';
import type { Repository } from './open-repository.ts';

/** @param path as given, from the top of the repository. @returns from the root of its project. @throws PipeError for one outside. */
export function pathIn(
  repository: Pick<Repository, 'prefix' | 'below' | 'url'>,
  path: string,
): WorkspacePath {
  const whole = posix.normalize(path.replace(/\/+$/, '') || '.');
  if (path.includes('\0') || whole.startsWith('/') || whole === '..' || whole.startsWith('../'))
    throw new PipeError({
      code: 'import-refused',
      title: `'${path}' is not inside of ${repository.url}`,
      hint: 'give a path relative to the top of the repository',
    });
  const { prefix, below = '' } = repository;
  const inProject = posix.join(below, whole).replace(/\/$/, '');
  if (prefix === '') return inProject as WorkspacePath;
  return (`${inProject}/` === prefix ? '.' : inProject.slice(prefix.length)) as WorkspacePath;
}

/** Whether the bytes of an output come from a cache. Those of an experiment do, also where git has the output of a commit. */
export const isInCache = (
  { revision: { isExperiment } }: Pick<Repository, 'revision'>,
  output: RecordedOutput | undefined,
): output is RecordedOutput =>
  output !== undefined && (output.out.cache || (isExperiment === true && output.stage.cmd !== null));

/** The repository has nothing there. */
export function lacks({ url, commit, revision }: Repository, path: string): PipeError {
  const at = revision.isExperiment ? revision.name : commit?.slice(0, 7);
  return new PipeError({
    code: 'repository-lacks',
    title: `${url} has no '${path}'${at === undefined ? '' : ` at ${at}`}`,
    hint: 'look with `pipe list`',
  });
}
