// After the command of a stage ended well: hashes its outputs, checks that its inputs stayed the same, stores and records.
import { PipeError } from '../base/problem.ts';
import type { Stage } from '../pipeline/stage.ts';
import { changesBetween, fieldsOf, type Inputs } from '../plan/fingerprint.ts';
import { keepFolders } from '../plan/folder-memory.ts';
import { gatherInputs } from '../plan/inputs.ts';
import type { Workspace } from '../plan/workspace.ts';
import { awaitLateOuts } from './late-outs.ts';
import { noteLeftOut, notePartialOuts } from './partial-outs.ts';
import { lookAtOuts, record, storeOuts, type FoundOut } from './publish.ts';
import { alone, timed, type StageContext } from './stage-context.ts';
import { changedInExperimentProblem, changedInputsProblem } from './stage-problems.ts';

/**
 * Where the inputs changed meanwhile, nothing is recorded and a warning says so.
 * @returns the outputs. @throws PipeError for outputs that do not exist or cannot be stored or recorded.
 */
export async function publishResult(
  stage: Stage,
  inputs: Inputs,
  context: StageContext,
): Promise<readonly FoundOut[]> {
  const { workspace } = context;
  let recorded = false;
  try {
    await awaitLateOuts(stage, context);
    const outs = await timed('hash outputs', stage, context, () => lookAtOuts(stage, workspace));
    const settled = await settleInputs(stage, inputs, context);
    if (settled) {
      await store(stage, settled, outs, context);
      recorded = true;
      noteLeftOut(stage, workspace);
      await rememberFolders(stage, settled.inputs, outs, workspace);
    }
    return outs;
  } finally {
    if (!recorded) notePartialOuts(stage, workspace);
  }
}

interface SettledInputs {
  readonly inputs: Inputs;
  readonly unchanged: boolean;
}

/**
 * Looks once more at what the stage read. Where it changed during the run, it is unknown which version the stage read: its
 * result is recorded for neither, and the next run repeats the stage. Where the rules say so, changed dependencies are
 * recorded as they are afterwards: Python writes bytecode into folders of sources.
 * @returns undefined where nothing is to be recorded.
 */
async function settleInputs(
  stage: Stage,
  inputs: Inputs,
  { workspace, emit }: StageContext,
): Promise<SettledInputs | undefined> {
  for (const dep of stage.deps) workspace.contents.written(dep.at);
  const after = await gatherInputs(stage, workspace);
  const changes = changesBetween(fieldsOf(inputs), fieldsOf(after));
  if (changes.length === 0) return { inputs, unchanged: true };
  const what = changes.map(({ key }) => key.join(': '));
  if (workspace.isTemporary) throw new PipeError(changedInExperimentProblem(stage, what));
  if (workspace.rules.recordsChangedDeps && changes.every(({ kind }) => kind === 'dep'))
    return { inputs: after, unchanged: false };
  emit({ type: 'warning', problem: changedInputsProblem(stage, what) });
  return undefined;
}

function store(
  stage: Stage,
  { inputs, unchanged }: SettledInputs,
  outs: readonly FoundOut[],
  context: StageContext,
): Promise<void> {
  const { workspace, beside, emit } = context;
  const work = async (): Promise<void> => {
    beside?.refuseTracked(stage);
    const stored = await storeOuts(outs, workspace, { stays: true, stored: context.stored });
    record(stage, inputs, stored, unchanged, workspace, (problem) => emit({ type: 'warning', problem }));
    beside?.ignore(stage);
  };
  return timed('store outputs', stage, context, () => alone(context, work));
}

function rememberFolders(
  stage: Stage,
  inputs: Inputs,
  outs: readonly FoundOut[],
  workspace: Workspace,
): Promise<void> {
  const written = outs.map(({ out, content }) => ({ at: out.at, content, as: 'output' as const }));
  const read = stage.deps.map(({ at }, index) => ({
    at,
    content: inputs.deps[index]?.content,
    as: 'input' as const,
  }));
  return keepFolders([...written, ...read], workspace);
}
