// DVC's rule for what never runs: data of a `.dvc` file, or an output of a frozen stage, that was changed by hand is
// taken as it is now, stored and recorded.
import { PipeError, type Problem } from '../base/problem.ts';
import type { Stage } from '../pipeline/stage.ts';
import type { Inputs } from '../plan/fingerprint.ts';
import type { Workspace } from '../plan/workspace.ts';
import type { Gitignore } from '../dvc/gitignore.ts';
import { lookAtOuts, publish } from './publish.ts';
import { missingDepProblem } from './stage-problems.ts';

/** @returns what to tell. @throws PipeError for a missing dependency of a frozen stage. */
export async function recordFrozen(
  stage: Stage,
  inputs: Inputs,
  workspace: Workspace,
  gitignore: Gitignore,
  warn: (problem: Problem) => void,
): Promise<Problem> {
  if (stage.cmd !== null) {
    const missing = inputs.deps.filter((dep) => dep.content === undefined);
    if (missing.length > 0) throw new PipeError(missing.map((dep) => missingDepProblem(stage, dep.path)));
  }
  gitignore.refuseTracked(stage);
  await publish(stage, inputs, await lookAtOuts(stage, workspace), true, workspace, warn);
  gitignore.ignore(stage);
  return {
    code: 'data-recorded',
    title: `'${stage.address}' ${stage.cmd === null ? 'has other data' : 'is frozen and has changed'}: its content of now is stored and recorded`,
  };
}
