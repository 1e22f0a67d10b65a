// Opens one experiment for its run: the workspace in which it is decided, and how its stages run.
import { parse } from 'node:path';
import type { Problem } from '../../base/problem.ts';
import type { LockEntry } from '../../lock/lock-entry.ts';
import type { Stage, StageAddress } from '../../pipeline/stage.ts';
import type { WorkspacePath } from '../../base/workspace-path.ts';
import type { Content } from '../../hash/digest.ts';
import type { Outcome } from '../../plan/walk.ts';
import type { Workspace } from '../../plan/workspace.ts';
import type { RunEvent } from '../event.ts';
import type { ExecutorStarter } from '../process/executor-starter.ts';
import type { Slots } from '../schedule/slots.ts';
import { ScratchFolders } from '../scratch-folders.ts';
import type { StageContext } from '../stage-context.ts';
import { experimentContents } from './experiment-contents.ts';
import { experimentLocks } from './experiment-locks.ts';
import { enterWorkFolder, type PlaceOptions } from './experiment-place.ts';
import type { RunningExperiment } from './experiment-stage.ts';
import { placeDep } from './place-inputs.ts';
import type { PlannedExperiment } from './planned-experiment.ts';
import { Results } from './results.ts';
import type { ExperimentsContext } from './experiments-context.ts';

/** What all experiments of a run share. */
export interface SharedParts {
  readonly starter: ExecutorStarter;
  readonly slots: Slots;
  readonly env: NodeJS.ProcessEnv;
  readonly reported: Set<string>;
  readonly recorded: (stage: Stage) => LockEntry | undefined;
  /** Files of the project that git neither tracks nor ignores. */
  readonly untracked: () => readonly string[];
  readonly priority: (experiment: PlannedExperiment, stage: Stage) => number;
}

export interface OpenExperiment extends RunningExperiment {
  readonly ended: (stage: Stage, outcome: Outcome) => void;
}

export function openExperiment(
  experiment: PlannedExperiment,
  shared: SharedParts,
  context: ExperimentsContext,
): OpenExperiment {
  const { listener } = context;
  const { recorded } = shared;
  const results = new Results();
  const locks = experimentLocks((stage) => experiment.earlier.get(stage.address) ?? recorded(stage));
  const workspace = decidingWorkspace(experiment, results, locks, context);
  const about = new Map<StageAddress, { readonly seconds?: number; readonly problem?: string }>();
  const stages = new Map(experiment.stages.map((stage) => [stage.address, stage]));
  const emit = (event: RunEvent): void => {
    if (event.type === 'start') listener.started(experiment, stages.get(event.stage)!);
    if (event.type === 'ran') about.set(event.stage, { seconds: event.seconds });
    if (event.type === 'failed')
      about.set(event.stage, { seconds: event.seconds, problem: event.problem.title });
    context.emit(
      withExperiment(event.type === 'failed' ? explained(event, shared.untracked) : event, experiment),
    );
  };
  return {
    workspace,
    results,
    recorded,
    entry: (stage) => locks.entry(stage),
    onKey: (stage, key) => listener.key(experiment, stage, key),
    ended: (stage, outcome) =>
      listener.ended(experiment, stage, { outcome, results, ...about.get(stage.address) }),
    context: stageContext(experiment, workspace, results, emit, shared, context),
  };
}

function decidingWorkspace(
  experiment: PlannedExperiment,
  results: Results,
  locks: Workspace['locks'],
  { workspace, ...context }: ExperimentsContext,
): Workspace {
  return {
    ...workspace,
    project: experiment.project,
    graph: experiment.graph,
    locks,
    freshMemory: undefined,
    contents: experimentContents({
      workspace: workspace.contents,
      store: workspace.store,
      results,
      texts: experiment.texts,
      assembled: (at) => assemble(at, experiment, results, context.places),
    }),
  };
}

/** Puts a dependency together in a work folder, to look at it. */
async function assemble(
  at: WorkspacePath,
  { texts }: PlannedExperiment,
  results: Results,
  places: ExperimentsContext['places'],
): Promise<Content | undefined> {
  const folder = await places.folders.take();
  try {
    await placeDep(at, results, folder, places);
    for (const [file, text] of texts) folder.write(file, text);
    return (await folder.tools.hasher.lookAs('input', folder.at(at)))?.content;
  } finally {
    places.folders.giveBack(folder);
  }
}

function stageContext(
  experiment: PlannedExperiment,
  workspace: Workspace,
  results: Results,
  emit: (event: RunEvent) => void,
  { starter, slots, env, reported, priority }: SharedParts,
  { stop, clock, run, pull, beside, places }: ExperimentsContext,
): StageContext {
  const options: PlaceOptions = {
    ...places,
    reported,
    warn: (problem: Problem) => emit({ type: 'warning', problem }),
  };
  return {
    workspace,
    executor: (stage) => starter.start(stage),
    // Jobs of work folders end with their run.
    settleJobs: () => Promise.resolve(),
    slots,
    // Those of work folders go with them.
    scratch: new ScratchFolders(workspace.folders.scratch),
    stop,
    clock,
    emit,
    run,
    env,
    force: false,
    forceDownstream: false,
    ignoreErrors: false,
    stdin: false,
    priority: (stage) => priority(experiment, stage),
    halted: () => stop.signal !== undefined,
    pull: pull && { ...pull, fetch: (stage, inputs) => pull.fetch(stage, inputs, emit) },
    // Nothing is written to the workspace: no path in it is to be claimed or ignored.
    beside: beside && {
      exclusive: (work) => beside.exclusive(work),
      claim: () => Promise.resolve(() => Promise.resolve()),
      refuseTracked: () => undefined,
      ignore: () => undefined,
      unignore: () => undefined,
      addToGit: () => undefined,
      close: () => undefined,
    },
    enter: (stage) => enterWorkFolder(stage, experiment, results, workspace, options),
  };
}

const MOST_NAMES = 3;

/** A stage that misses a file which the workspace has and git does not track says its name in its last lines. */
function explained(event: FailedEvent, untracked: () => readonly string[]): FailedEvent {
  const text = event.tail.join('\n');
  if (event.exit === undefined || event.problem.hint !== undefined || text === '') return event;
  const named = untracked().filter((path) => text.includes(parse(path).name));
  if (named.length === 0) return event;
  const names = named.slice(0, MOST_NAMES).map((path) => `'${path}'`);
  const hint = `git does not track ${names.join(', ')}, so the folder of the experiment lacks ${named.length === 1 ? 'it' : 'them'}: add to git (\`git add\`) or declare under \`deps:\` what the stage reads`;
  return { ...event, problem: { ...event.problem, hint } };
}

type FailedEvent = Extract<RunEvent, { type: 'failed' }>;

/** The address in the event is unique among all experiments: `grid-3:train`. */
function withExperiment(event: RunEvent, { name }: PlannedExperiment): RunEvent {
  return 'stage' in event && event.type !== 'vanished'
    ? { ...event, stage: `${name}:${event.stage}` as StageAddress }
    : event;
}
