// Stores and records the present outputs of a stage that never runs (data of a `.dvc` file, a frozen stage) after they were
// changed by hand.
import { PipeError, type Problem } from '../base/problem.ts';
import type { Stage } from '../pipeline/stage.ts';
import type { Inputs } from '../plan/fingerprint.ts';
import type { Workspace } from '../plan/workspace.ts';
import type { BesideRun } from './beside-run.ts';
import { publishAsIs } from './publish-as-is.ts';
import { missingDepProblems } from './stage-problems.ts';

/** @returns a warning that reports it. @throws PipeError for a missing dependency of a frozen stage. */
export async function recordFrozen(
  stage: Stage,
  inputs: Inputs,
  workspace: Workspace,
  beside: BesideRun | undefined,
  warn: (problem: Problem) => void,
): Promise<Problem> {
  if (stage.cmd !== null) {
    const missing = stage.deps.filter((_, index) => inputs.deps[index]!.content === undefined);
    if (missing.length > 0)
      throw new PipeError(missingDepProblems(stage, missing, workspace.project.root, workspace.graph));
  }
  await publishAsIs(stage, inputs, workspace, beside, warn);
  return {
    code: 'data-recorded',
    title: `'${stage.address}' ${stage.cmd === null ? 'has other data' : 'is frozen and has changed'}: its present content is stored and recorded`,
  };
}
