// One run of experiments, from its lock to the last record.
import { join } from 'node:path';
import { readRecords } from '../../experiment/record-files.ts';
import { objectsFolder } from '../../cache/open-store.ts';
import { PipeError, type Problem } from '../../base/problem.ts';
import { openHasher } from '../../hash/open-hasher.ts';
import type { Emit, RunEvent } from '../../run/event.ts';
import { baseFiles, gitTopOf } from '../../run/experiment/base-files.ts';
import type { ExperimentsContext } from '../../run/experiment/experiments-context.ts';
import { runExperiments } from '../../run/experiment/run-experiments.ts';
import { mirrorOf } from '../../run/experiment/mirror.ts';
import type { FolderTools } from '../../run/experiment/work-folder.ts';
import { WorkFolders } from '../../run/experiment/work-folders.ts';
import type { Pull } from '../../run/remote/pull.ts';
import { capacityFor } from '../../run/process/machine.ts';
import { SubmittedJobs } from '../../run/process/submitted-jobs.ts';
import { newRunId } from '../../run/repro.ts';
import type { StageAddress } from '../../pipeline/stage.ts';
import { makeStop, systemClock } from '../../run/schedule/stop.ts';
import { outliveReader } from '../closed-output.ts';
import { load } from '../load.ts';
import { openRenderer, type RendererFlags } from '../open-renderer.ts';
import { openWorkspace, type OpenWorkspace } from '../open-workspace.ts';
import { refuseLinkedFolders } from '../refuse-links.ts';
import { makeRunHistory } from '../run-history.ts';
import { makeRunRecord } from '../run-record.ts';
import { openPullOf, stopOnSignals } from '../run-once.ts';
import { EXIT_CODES } from '../stop-signals.ts';
import { withRunLock } from '../with-run-lock.ts';
import { copyingStore } from './copying-store.ts';
import { planExperiments, type AskedExperiments, type Plan } from './plan.ts';
import { keepRecords } from './record-keeper.ts';

export interface RunExperimentsFlags extends RendererFlags {
  readonly jobs?: number;
  readonly wait: boolean;
  readonly breakLock?: true;
  /** Before a stage runs, ask the remote for its result. */
  readonly pull?: true;
}

export interface ExperimentsRun {
  readonly code: number;
  /** Names of the experiments that were asked for. */
  readonly names: readonly string[];
}

/** @throws PipeError before anything runs; failures of experiments are results. */
export async function runAsked(asked: AskedExperiments, flags: RunExperimentsFlags): Promise<ExperimentsRun> {
  const first = await planNow(asked, flags);
  refuseLinkedFolders(first.loaded);
  const renderer = openRenderer(flags, first.loaded, []);
  const run = newRunId();
  const record = makeRunRecord(run, first.loaded.folders.state);
  const emit: Emit = (event) => {
    record.add(event);
    renderer.event(event);
  };
  const { grace } = first.loaded.project.config;
  const stop = makeStop(grace, systemClock);
  const warn = (problem: Problem): void => emit({ type: 'warning', problem });
  outliveReader();
  const jobs = new SubmittedJobs();
  const ignoreSignals = stopOnSignals({ stop, emit, jobs }, grace, () => renderer.end());
  try {
    const done = await withRunLock(
      first.loaded,
      {
        run,
        wait: flags.wait,
        breakLock: flags.breakLock === true,
        onWait: (owner) => emit({ type: 'waiting', owner }),
        stopped: () => stop.signal !== undefined,
        onIgnored: () => undefined,
        warn,
      },
      async ({ waited, beside }) => {
        const plan = waited ? await planNow(asked, flags) : first;
        const code = await runPlanned(plan, { flags, run, jobs, stop, emit, warn, beside });
        return { code, names: plan.planned.map(({ member }) => member.name) };
      },
    );
    return done ?? { code: EXIT_CODES[stop.signal!], names: [] };
  } finally {
    ignoreSignals();
    record.end();
    renderer.end();
  }
}

/** What `exp run` would do. @throws PipeError also for stages that this machine can never run. */
export async function planNow(
  asked: AskedExperiments,
  { jobs }: Pick<RunExperimentsFlags, 'jobs'>,
): Promise<Plan> {
  const loaded = await load({});
  const { records, unreadable } = readRecords(loaded.folders.experiments);
  const plan = await planExperiments(asked, loaded, records);
  const names = new Set(plan.planned.map(({ member }) => member.name));
  const damaged = unreadable.filter(({ title }) => [...names].some((name) => title.includes(`'${name}'`)));
  if (damaged.length > 0) throw new PipeError(damaged);
  const stages = plan.planned.flatMap(({ experiment }) => experiment.stages);
  const { impossible } = capacityFor(stages, jobs, loaded.project.config);
  if (impossible.length > 0) throw new PipeError(impossible);
  return plan;
}

interface RunParts extends Pick<ExperimentsContext, 'run' | 'jobs' | 'stop' | 'emit' | 'beside'> {
  readonly flags: RunExperimentsFlags;
  readonly warn: (problem: Problem) => void;
}

/** @returns the exit code. */
async function runPlanned(plan: Plan, parts: RunParts): Promise<number> {
  const { flags, run, stop, emit, warn } = parts;
  const { loaded, planned } = plan;
  const workspace = openWorkspace(
    loaded,
    {},
    { warn, hashed: (bytes, files) => emit({ type: 'hash', bytes, files }) },
  );
  loaded.project.warnings.forEach(warn);
  const experiments = planned.map(({ experiment }) => experiment);
  const stages = experiments.flatMap((experiment) => experiment.stages);
  const history = makeRunHistory(run);
  const records = keepRecords(plan, workspace.store, () => stop.signal !== undefined);
  const places = openPlaces(workspace, stages);
  let pull: Pull | undefined;
  try {
    pull = flags.pull && (await openPullOf(workspace, warn, emit));
    records.begin();
    const counts = await runExperiments(experiments, {
      ...parts,
      workspace,
      pull,
      capacity: capacityFor(stages, flags.jobs, loaded.project.config).capacity,
      clock: systemClock,
      history: workspace.history,
      loadExecutor: async () => (await import('../../run/process/local-executor.ts')).makeLocalExecutor,
      places,
      keeper: {
        async keep(path, content) {
          await places.store.store(path, content);
          places.store.flush();
        },
      },
      listener: records,
      emit(event) {
        if (event.type === 'ran') history.add(ofPipeline(event));
        emit(event);
      },
    });
    if (stop.signal) return EXIT_CODES[stop.signal];
    return counts.failed > 0 ? 1 : 0;
  } finally {
    await pull?.close();
    places.folders.close();
    history.save(workspace.history, warn);
    workspace.close();
  }
}

/** The history estimates times by the address in the pipeline. */
const ofPipeline = <E extends Extract<RunEvent, { type: 'ran' }>>(event: E): E => ({
  ...event,
  stage: event.stage.slice(event.stage.indexOf(':') + 1) as StageAddress,
});

function openPlaces(
  workspace: OpenWorkspace,
  stages: ExperimentsContext['workspace']['project']['stages'],
): ExperimentsContext['places'] {
  const { project, folders, layout, hasher } = workspace;
  const { cache, own: ownFolder, scratch } = folders;
  const git = gitTopOf(project.root);
  const mirror = mirrorOf(project.root, git, stages);
  const ours = [cache, ownFolder, folders.experiments];
  const store = copyingStore(workspace, project.root, hasher);
  const openTools = (root: string): FolderTools => {
    const own = openHasher({ root, rules: layout.content, objects: objectsFolder(cache, layout) });
    return { hasher: own, store: copyingStore(workspace, root, own, ['hardlink']) };
  };
  const base = baseFiles(mirror, git, project.stages, ours);
  const area = join(scratch, 'exps');
  return {
    mirror,
    hasher,
    store,
    folders: new WorkFolders({ mirror, area, base, openTools, hasher, store }),
  };
}
