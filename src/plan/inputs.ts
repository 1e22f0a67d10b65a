// Reads everything that a stage's result depends on.
import { posix } from 'node:path';
import type { Stage } from '../pipeline/stage.ts';
import type { Inputs } from './fingerprint.ts';
import type { Workspace } from './workspace.ts';

/** @throws PipeError for a dependency that cannot be hashed or a parameter file that cannot be parsed. */
export async function gatherInputs(stage: Stage, { project, locks, contents }: Workspace): Promise<Inputs> {
  const recorded = new Map(locks.entry(stage)?.deps.map((dep) => [dep.path, dep.content]));
  const deps = await Promise.all(
    stage.deps.map(async ({ path, at }) => ({ path, content: await contents.input(at, recorded.get(path)) })),
  );
  return { ...declaredInputs(stage, project, locks), deps };
}

/** The inputs that need no hashing. */
export function declaredInputs(
  stage: Stage,
  project: Workspace['project'],
  locks: Workspace['locks'],
): Omit<Inputs, 'deps'> {
  return {
    cmd: stage.cmd ?? '',
    // DVC decides without them; an environment that a stage sets there counts all the same.
    ...(project.kind === 'dvc' && Object.keys(stage.env).length > 0 && { env: stage.env }),
    ...(project.kind === 'pipe' && {
      wdir: posix.relative(locks.folder(stage), stage.wdir) || '.',
      env: stage.env,
    }),
    params: new Map(stage.params.map((dep) => [dep.file, project.params(dep)])),
    outs: stage.outs.map((out) => out.path),
  };
}
