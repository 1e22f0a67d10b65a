// What a run does about one stage: decide, then skip, restore or run it. Everything it does is an event.
import { PipeError } from '../base/problem.ts';
import { systemError } from '../disk/system-problem.ts';
import type { Stage, StageAddress } from '../pipeline/stage.ts';
import { decide } from '../plan/decide.ts';
import { isOfLostOut, type Decision, type Reason } from '../plan/decision.ts';
import { type Inputs } from '../plan/fingerprint.ts';
import { gatherInputs } from '../plan/inputs.ts';
import { lookupFor } from '../plan/lookup.ts';
import type { Outcome } from '../plan/walk.ts';
import { frozenMissingProblem, lostProblem } from './stage-problems.ts';
import { recordFrozen } from './record-frozen.ts';
import { record, restoreOuts } from './publish.ts';
import { runStage } from './run-stage.ts';
import { alone, fail, savedBy, timed, type StageContext } from './stage-context.ts';

export async function reproduceStage(
  stage: Stage,
  before: ReadonlyMap<StageAddress, Outcome>,
  decided: () => void,
  context: StageContext,
): Promise<Outcome> {
  const { workspace, emit } = context;
  const because = [...before]
    .filter(([, outcome]) => (outcome === 'failed' && !context.ignoreErrors) || outcome === 'skipped')
    .map(([address]) => address);
  if (because.length > 0 || context.halted()) {
    emit({ type: 'skipped', stage: stage.address, because });
    return 'skipped';
  }
  const started = context.clock.now();
  try {
    if (!context.force && workspace.freshMemory?.isFresh(stage, before)) {
      await context.settleJobs(stage, undefined);
      return reportFresh(stage, context);
    }
    const inputs = await timed('hash inputs', stage, context, () => gatherInputs(stage, workspace));
    const force = context.force || (context.forceDownstream && [...before.values()].includes('ran'));
    const decideNow = (): Promise<Decision> =>
      decide(stage, workspace.locks.entry(stage), inputs, lookupFor(stage, workspace), {
        force,
        rules: workspace.rules,
      });
    let decision = await decideNow();
    if (lacksResult(decision) && (await context.pull?.fetch(stage, inputs))) decision = await decideNow();
    emit({ type: 'decided', time: Date.now(), stage: stage.address, decision });
    // A stage that runs only waits for its slot from here on.
    if (decision.kind === 'run') decided();
    await context.settleJobs(stage, decision.kind === 'run' ? inputs : undefined);
    return await act(stage, decision, inputs, context);
  } catch (thrown) {
    const error = systemError(thrown);
    if (!(error instanceof PipeError)) throw error;
    return fail(stage, error.problems, context, { seconds: context.clock.now() - started });
  }
}

function reportFresh({ address }: Stage, { emit }: StageContext): Outcome {
  const time = Date.now();
  emit({ type: 'decided', time, stage: address, decision: { kind: 'fresh' } });
  emit({ type: 'fresh', time, stage: address });
  return 'fresh';
}

/** With more objects in the cache a run would be unnecessary, or lost outputs of a frozen stage could be restored. */
export function lacksResult(decision: Decision): boolean {
  if (decision.kind !== 'run' && decision.kind !== 'frozen') return false;
  const { kind, reasons } = decision;
  if (kind === 'frozen') return reasons.some(isOfLostOut);
  return reasons.every((reason) => reason.kind !== 'forced' && reason.kind !== 'always-changed');
}

async function act(
  stage: Stage,
  decision: Decision,
  inputs: Inputs,
  context: StageContext,
): Promise<Outcome> {
  const { workspace, emit } = context;
  const time = Date.now();
  switch (decision.kind) {
    case 'fresh':
      emit({ type: 'fresh', time, stage: stage.address });
      return 'fresh';
    case 'frozen':
      return actOnFrozen(stage, decision.reasons, inputs, context);
    case 'restore': {
      const started = context.clock.now();
      const restored = await alone(context, async () => {
        context.beside?.refuseTracked(stage);
        if (!(await restoreOuts(stage, decision.outs, workspace, savedBy(stage, context)))) return false;
        record(stage, inputs, decision.outs, true, workspace, (problem) =>
          emit({ type: 'warning', problem }),
        );
        context.beside?.ignore(stage);
        return true;
      });
      if (!restored) {
        emit({ type: 'warning', problem: lostProblem(stage) });
        return runStage(stage, decision.reasons, inputs, context);
      }
      emit({
        type: 'restored',
        time: Date.now(),
        stage: stage.address,
        reasons: decision.reasons,
        seconds: context.clock.now() - started,
      });
      return 'restored';
    }
    case 'run':
      return runStage(stage, decision.reasons, inputs, context);
    case 'blocked':
      throw new Error(`'${stage.address}' was visited before what it depends on`);
  }
}

/** A frozen stage or a data file never runs; lost outputs are restored if the cache has them. */
async function actOnFrozen(
  stage: Stage,
  reasons: readonly Reason[],
  inputs: Inputs,
  context: StageContext,
): Promise<Outcome> {
  const { workspace, emit } = context;
  const entry = workspace.locks.entry(stage);
  if (reasons.length > 0 && entry && reasons.every(isOfLostOut)) {
    if (await alone(context, () => restoreOuts(stage, entry.outs, workspace, savedBy(stage, context)))) {
      emit({ type: 'restored', time: Date.now(), stage: stage.address, reasons, seconds: 0 });
      return 'restored';
    }
  }
  for (const out of stage.outs) {
    if ((await workspace.contents.get(out.at)) === undefined)
      throw new PipeError(frozenMissingProblem(stage, out.path));
  }
  if ((workspace.rules.recordsFrozen || stage.cmd === null) && reasons.length > 0)
    emit({
      type: 'warning',
      problem: await alone(context, () =>
        recordFrozen(stage, inputs, workspace, context.beside, (problem) =>
          emit({ type: 'warning', problem }),
        ),
      ),
    });
  emit({ type: 'fresh', time: Date.now(), stage: stage.address });
  return 'fresh';
}
