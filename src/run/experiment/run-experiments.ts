// Runs experiments: all stages of all of them are one walk with one set of slots. Nothing in the workspace changes.
import type { Stage, StageAddress } from '../../pipeline/stage.ts';
import { walk, type Outcome } from '../../plan/walk.ts';
import { announced } from '../announced.ts';
import type { RunCounts } from '../event.ts';
import { lastDurations, recallHistory } from '../history.ts';
import { git } from '../git-outputs.ts';
import { reportCancelled } from '../process/submitted-jobs.ts';
import { ExecutorStarter } from '../process/executor-starter.ts';
import { priorities } from '../schedule/critical-path.ts';
import { makeSlots } from '../schedule/slots.ts';
import type { ExperimentsContext } from './experiments-context.ts';
import { visitStage, type SharedRuns } from './experiment-stage.ts';
import { openExperiment, type SharedParts } from './open-experiment.ts';
import type { PlannedExperiment } from './planned-experiment.ts';

export async function runExperiments(
  experiments: readonly PlannedExperiment[],
  context: ExperimentsContext,
): Promise<RunCounts> {
  const stages = experiments.reduce((sum, one) => sum + one.stages.length, 0);
  return announced(stages, context.capacity.jobs, context, () => walkAll(experiments, context));
}

/** A stage of one experiment. */
interface Member {
  readonly experiment: PlannedExperiment;
  readonly stage: Stage;
}

/** `grid-3:train`. */
const memberAddress = ({ name }: PlannedExperiment, { address }: Stage): StageAddress =>
  `${name}:${address}` as StageAddress;

async function walkAll(
  experiments: readonly PlannedExperiment[],
  context: ExperimentsContext,
): Promise<ReadonlyMap<StageAddress, Outcome>> {
  const { listener, keeper } = context;
  const members = membersOf(experiments);
  const { batchJobs = 0 } = context.capacity;
  const starter = new ExecutorStarter(
    { ...context, batchJobs },
    experiments.flatMap((experiment) => experiment.stages),
  );
  const parts = sharedParts(starter, context);
  const open = new Map(
    experiments.map((experiment) => [experiment, openExperiment(experiment, parts, context)]),
  );
  const left = new Map(experiments.map((experiment) => [experiment, experiment.stages.length]));
  const runs: SharedRuns = new Map();
  for (const experiment of experiments)
    if (left.get(experiment) === 0) listener.done(experiment, open.get(experiment)!.results);
  const items = [...members].map(([address, { stage }]): Stage => ({ ...stage, address }));
  const outcomes = await walk(items, graphOf(members), async ({ address }, before, decided) => {
    const { experiment, stage } = members.get(address)!;
    const own = open.get(experiment)!;
    const outcome = await visitStage(stage, before, decided, own, runs, keeper);
    own.ended(stage, outcome);
    left.set(experiment, left.get(experiment)! - 1);
    if (left.get(experiment) === 0) listener.done(experiment, own.results);
    return outcome;
  });
  await starter.close();
  reportCancelled(context.jobs, context.emit);
  return outcomes;
}

function membersOf(experiments: readonly PlannedExperiment[]): ReadonlyMap<StageAddress, Member> {
  return new Map(
    experiments.flatMap((experiment) =>
      experiment.stages.map((stage) => [memberAddress(experiment, stage), { experiment, stage }]),
    ),
  );
}

function graphOf(members: ReadonlyMap<StageAddress, Member>): Parameters<typeof walk>[1] {
  return {
    dependencies({ address }) {
      const { experiment, stage } = members.get(address)!;
      return experiment.graph
        .dependencies(stage)
        .map((before): Stage => ({ ...before, address: memberAddress(experiment, before) }));
    },
  };
}

function sharedParts(
  starter: ExecutorStarter,
  { workspace, capacity, history }: ExperimentsContext,
): SharedParts {
  const { graph, locks } = workspace;
  let untracked: readonly string[] | undefined;
  let durations: ReturnType<typeof lastDurations> | undefined;
  const known = new Map<PlannedExperiment, ReadonlyMap<StageAddress, number>>();
  return {
    starter,
    slots: makeSlots(capacity),
    env: { ...process.env },
    reported: new Set(),
    // Stages are declared by the project of the experiment, and recorded by the workspace's.
    recorded({ address }) {
      const stage = graph.stage(address);
      return stage && locks.entry(stage);
    },
    untracked: () =>
      (untracked ??= git(workspace.project.root, ['ls-files', '-z', '--others', '--exclude-standard'])),
    priority(experiment, { address }) {
      durations ??= lastDurations(recallHistory(history));
      const lengths = known.get(experiment) ?? priorities(experiment.stages, experiment.graph, durations);
      known.set(experiment, lengths);
      return lengths.get(address) ?? 0;
    },
  };
}
