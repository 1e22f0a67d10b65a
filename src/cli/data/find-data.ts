// Finds the data that an argument names: by its path, or by its `.dvc` file.
import { relative } from 'node:path';
import { workspacePath, type WorkspacePath } from '../../base/workspace-path.ts';
import type { Project } from '../../pipeline/project.ts';
import type { Stage } from '../../pipeline/stage.ts';

/** @param given relative to the current folder. */
export function findData(
  { root, stages }: Pick<Project, 'root' | 'stages'>,
  given: string,
): Stage | undefined {
  const here = (relative(root, process.cwd()) || '.') as WorkspacePath;
  const at = workspacePath(root, here, given);
  const data = stages.filter(({ cmd }) => cmd === null);
  return (
    data.find(({ outs }) => outs.some((out) => out.at === at)) ??
    data.find(({ address }) => (address as string) === at)
  );
}
