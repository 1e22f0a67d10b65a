// Gathers everything that a stage's result depends on.
import type { Stage } from '../pipeline/stage.ts';
import type { Inputs } from './fingerprint.ts';
import type { Workspace } from './workspace.ts';

/** @throws PipeError for a dependency that cannot be hashed or a parameter file that cannot be parsed. */
export async function gatherInputs(stage: Stage, workspace: Workspace): Promise<Inputs> {
  const { locks, contents } = workspace;
  const recorded = new Map(locks.entry(stage)?.deps.map((dep) => [dep.path, dep.content]));
  // What data was imported from is no input of a run.
  const read = stage.cmd === null ? [] : stage.deps;
  const deps = await Promise.all(
    read.map(async ({ path, at }) => ({ path, content: await contents.input(at, recorded.get(path)) })),
  );
  return { ...declaredInputs(stage, workspace), deps };
}

/** The inputs that need no hashing. */
export function declaredInputs(
  stage: Stage,
  { project, locks, rules }: Pick<Workspace, 'project' | 'locks' | 'rules'>,
): Omit<Inputs, 'deps'> {
  return {
    cmd: stage.cmd ?? '',
    ...rules.settingsOf(stage, locks.folder(stage)),
    params: new Map(stage.params.map((dep) => [dep.file, project.params(dep)])),
    outs: stage.outs.map((out) => out.path),
  };
}
