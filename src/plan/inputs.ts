// Gathers everything that a stage's result depends on.
import type { LockedPath } from '../lock/lock-entry.ts';
import type { Stage } from '../pipeline/stage.ts';
import type { Inputs } from './fingerprint.ts';
import { lookAtAll } from './look-at-all.ts';
import type { Workspace } from './workspace.ts';

/** @throws PipeError for a dependency that cannot be hashed or a parameter file that cannot be parsed. */
export async function gatherInputs(stage: Stage, workspace: Workspace): Promise<Inputs> {
  // What data was imported from is no input of a run.
  const read = stage.cmd === null ? [] : stage.deps;
  const deps = await readDeps(read, workspace.locks.entry(stage)?.deps, workspace);
  return { ...declaredInputs(stage, workspace), deps };
}

/** @param recorded as they were at the last run of the stage that reads them. */
export async function readDeps(
  deps: Stage['deps'],
  recorded: readonly LockedPath[] | undefined,
  { contents }: Pick<Workspace, 'contents'>,
): Promise<Inputs['deps']> {
  const found = await lookAtAll(deps, recorded, (at, before) => contents.input(at, before));
  return deps.map(({ path }, index) => ({ path, content: found[index] }));
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
