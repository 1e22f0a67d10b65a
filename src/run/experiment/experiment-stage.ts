// What a run of experiments does about one stage of one of them: decides as every run does, takes a known result from the cache, or runs
// the stage in a work folder. Experiments whose stage has the same inputs share one result.
import { posix } from 'node:path';
import { PipeError } from '../../base/problem.ts';
import { absolutePath } from '../../base/workspace-path.ts';
import { systemError } from '../../disk/system-problem.ts';
import type { LockEntry } from '../../lock/lock-entry.ts';
import type { Stage, StageAddress } from '../../pipeline/stage.ts';
import { decide } from '../../plan/decide.ts';
import type { Decision } from '../../plan/decision.ts';
import { fingerprintOf, lockEntry, type Inputs } from '../../plan/fingerprint.ts';
import { gatherInputs } from '../../plan/inputs.ts';
import { lookupFor } from '../../plan/lookup.ts';
import type { Outcome } from '../../plan/walk.ts';
import type { Workspace } from '../../plan/workspace.ts';
import { lacksResult } from '../reproduce-stage.ts';
import { runStage } from '../run-stage.ts';
import { fail, type StageContext } from '../stage-context.ts';
import { frozenMissingProblem } from '../stage-problems.ts';
import { resultsAt, type Results } from './results.ts';

/** A stage that runs for all experiments in which it has the same inputs. */
export type SharedRuns = Map<string, Promise<LockEntry | undefined>>;

/** An experiment while it runs. */
export interface RunningExperiment {
  /** In which it is decided. */
  readonly workspace: Workspace;
  readonly results: Results;
  /** What the workspace's lock file records. */
  readonly recorded: (stage: Stage) => LockEntry | undefined;
  /** Runs a stage in a work folder. */
  readonly context: StageContext;
  /** What the last run of a stage recorded. */
  readonly entry: (stage: Stage) => LockEntry | undefined;
  readonly onKey: (stage: Stage, key: string) => void;
}

/** What the cache has to hold for a result of the workspace. */
export interface Keeper {
  /** Stores what is at an absolute path, and leaves it as it is. */
  keep(path: string, content: LockEntry['outs'][number]['content']): Promise<void>;
}

export async function visitStage(
  stage: Stage,
  before: ReadonlyMap<StageAddress, Outcome>,
  decided: () => void,
  experiment: RunningExperiment,
  shared: SharedRuns,
  keeper: Keeper,
): Promise<Outcome> {
  const { context, workspace } = experiment;
  const because = [...before]
    .filter(([, outcome]) => outcome === 'failed' || outcome === 'skipped')
    .map(([address]) => address);
  if (because.length > 0 || context.halted()) {
    context.emit({ type: 'skipped', stage: stage.address, because });
    return 'skipped';
  }
  const started = context.clock.now();
  try {
    refuseOutside(stage);
    const inputs = await gatherInputs(stage, workspace);
    experiment.onKey(stage, fingerprintOf(inputs));
    let decision = await decideAbout(stage, inputs, experiment);
    if (lacksResult(decision) && (await context.pull?.fetch(stage, inputs)))
      decision = await decideAbout(stage, inputs, experiment);
    context.emit({ type: 'decided', time: Date.now(), stage: stage.address, decision });
    if (decision.kind !== 'run') return await takeKnown(stage, inputs, decision, experiment, keeper);
    decided();
    return await runShared(stage, inputs, decision.reasons, experiment, shared);
  } catch (thrown) {
    const error = systemError(thrown);
    if (!(error instanceof PipeError)) throw error;
    return fail(stage, error.problems, context, { seconds: context.clock.now() - started });
  }
}

/** What an earlier run of the experiment recorded counts as much as what the workspace records. */
async function decideAbout(
  stage: Stage,
  inputs: Inputs,
  { workspace, recorded }: RunningExperiment,
): Promise<Decision> {
  const { locks, rules } = workspace;
  const options = { force: false, rules };
  const lookup = lookupFor(stage, workspace);
  const decision = await decide(stage, locks.entry(stage), inputs, lookup, options);
  const other = recorded(stage);
  if (decision.kind !== 'run' || !other || other === locks.entry(stage)) return decision;
  const second = await decide(stage, other, inputs, lookup, options);
  return second.kind === 'run' ? decision : second;
}

async function takeKnown(
  stage: Stage,
  inputs: Inputs,
  decision: Exclude<Decision, { kind: 'run' }>,
  { workspace, results, context, recorded }: RunningExperiment,
  keeper: Keeper,
): Promise<Outcome> {
  const { store, contents, project, locks } = workspace;
  if (decision.kind === 'blocked') throw new Error(`'${stage.address}' was visited too early`);
  if (decision.kind === 'restore') {
    results.add(stage, lockEntry(inputs, decision.outs), resultsAt(stage, decision));
    context.emit({
      type: 'restored',
      time: Date.now(),
      stage: stage.address,
      reasons: decision.reasons,
      seconds: 0,
    });
    return 'restored';
  }
  const entry = decision.kind === 'fresh' ? (locks.entry(stage) ?? recorded(stage)) : recorded(stage);
  const known = new Map(entry && resultsAt(stage, entry).map(({ at, content }) => [at, content]));
  const found = await Promise.all(
    stage.outs.map(async (out) => {
      const recordedContent = known.get(out.at);
      const here = await contents.get(out.at, recordedContent);
      const content = here ?? (recordedContent && store.has(recordedContent) ? recordedContent : undefined);
      if (!content) throw new PipeError(frozenMissingProblem(stage, out.path));
      // Of a stage that never runs, the workspace has the data; large data need not be in the cache twice.
      if (decision.kind === 'fresh' && !store.has(content))
        await keeper.keep(absolutePath(project.root, out.at), content);
      return { at: out.at, content };
    }),
  );
  results.add(stage, stage.cmd === null ? undefined : entry, found);
  context.emit({ type: 'fresh', time: Date.now(), stage: stage.address });
  return 'fresh';
}

/** The first experiment runs it, the others take its result. */
async function runShared(
  stage: Stage,
  inputs: Inputs,
  reasons: Extract<Decision, { kind: 'run' }>['reasons'],
  experiment: RunningExperiment,
  shared: SharedRuns,
): Promise<Outcome> {
  const { context, results } = experiment;
  const key = `${stage.address} ${fingerprintOf(inputs)}`;
  const running = shared.get(key);
  if (running) {
    const entry = await running;
    if (!entry) {
      context.emit({ type: 'skipped', stage: stage.address, because: [stage.address] });
      return 'failed';
    }
    results.add(stage, entry, resultsAt(stage, entry));
    context.emit({ type: 'restored', time: Date.now(), stage: stage.address, reasons, seconds: 0 });
    return 'restored';
  }
  const { promise, resolve } = Promise.withResolvers<LockEntry | undefined>();
  shared.set(key, promise);
  let entry: LockEntry | undefined;
  try {
    const outcome = await runStage(stage, reasons, inputs, context);
    entry = outcome === 'ran' ? experiment.entry(stage) : undefined;
    if (entry) results.add(stage, entry, resultsAt(stage, entry));
    return outcome;
  } finally {
    resolve(entry);
  }
}

function refuseOutside(stage: Stage): void {
  const outside = stage.outs.filter(({ at }) => posix.isAbsolute(at) || at.includes('://'));
  if (outside.length === 0 || stage.cmd === null || stage.frozen) return;
  throw new PipeError({
    code: 'exp-outside',
    title: `the stage '${stage.address}' writes ${outside.map(({ path }) => `'${path}'`).join(', ')}, outside of the project, where all experiments would write`,
    hint: 'let it write inside of the project',
    place: stage.place,
  });
}
