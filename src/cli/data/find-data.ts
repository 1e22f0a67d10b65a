// Finds the data that an argument names: by its path, or by its `.dvc` file.
import { folderHere, isWithin, workspacePath, type WorkspacePath } from '../../base/workspace-path.ts';
import type { Project } from '../../pipeline/project.ts';
import type { Out, Stage } from '../../pipeline/stage.ts';

/** @param given relative to the current folder. */
export function findData(
  { root, stages }: Pick<Project, 'root' | 'stages'>,
  given: string,
): Stage | undefined {
  const here = folderHere(root);
  const at = workspacePath(root, here, given);
  const data = stages.filter(({ cmd }) => cmd === null);
  return (
    data.find(({ outs }) => outs.some((out) => out.at === at)) ??
    data.find(({ address }) => (address as string) === at)
  );
}

export interface HeldPath {
  readonly stage: Stage;
  readonly out: Out;
}

/** The output or data whose path it is, or that has it inside. */
export function findHolder(at: WorkspacePath, stages: readonly Stage[]): HeldPath | undefined {
  for (const stage of stages) for (const out of stage.outs) if (isWithin(at, out.at)) return { stage, out };
  return undefined;
}
