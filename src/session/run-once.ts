// One run from its lock to its summary: `pipe repro` does it once, `pipe watch` again and again.
import type { Problem } from '../base/problem.ts';
import type { Stage } from '../pipeline/stage.ts';
import { isFresh } from '../plan/decision.ts';
import type { BesideRun } from '../run/beside-run.ts';
import type { Emit } from '../run/event.ts';
import type { Pull } from '../run/remote/pull.ts';
import { newRunId, repro, type ReproContext, type ReproOptions } from '../run/repro.ts';
import { SubmittedJobs } from '../run/process/submitted-jobs.ts';
import { makeStop, systemClock, type StopControl, type StopSignal } from '../run/schedule/stop.ts';
import { notingUse } from './cache-projects.ts';
import { outliveReader } from './closed-output.ts';
import { openEventFile } from './detached/event-file.ts';
import { leavesJobs, reportLeft } from './end-jobs.ts';
import type { PendingVerdict } from './keep-verdict.ts';
import { openRenderer, type RendererFlags } from './open-renderer.ts';
import { openWorkspace, type OpenWorkspace } from './open-workspace.ts';
import { refuseLinkedFolders } from './refuse-links.ts';
import { makeRunHistory } from './run-history.ts';
import { makeRunRecord } from './run-record.ts';
import { select, type Selected, type SelectFlags } from './select-stages.ts';
import { EXIT_CODES, listenForSignals } from './stop-signals.ts';
import { withRunLock, type HeldLock } from './with-run-lock.ts';

export interface RunFlags extends SelectFlags, RendererFlags {
  readonly force?: true;
  readonly keepGoing?: true;
  readonly failFast?: true;
  readonly forceDownstream?: true;
  readonly ignoreErrors?: true;
  readonly wait: boolean;
  readonly breakLock?: true;
  /** Ask the remote before a stage is run. */
  readonly pull?: true;
  readonly profile?: string;
}

/** What is done once the lock is held, before any stage is decided. */
export type Prepare = (
  stages: readonly Stage[],
  workspace: OpenWorkspace,
  beside: BesideRun | undefined,
) => Promise<void>;

/** One run, from its selection to its end. */
interface Run {
  readonly id: string;
  readonly targets: readonly string[];
  readonly flags: RunFlags;
  readonly stop: StopControl;
  readonly jobs: SubmittedJobs;
  readonly emit: Emit;
  readonly warn: (problem: Problem) => void;
  /** Kept where the run finds nothing to do; undefined where no fast answer can follow. */
  readonly verdict: PendingVerdict | undefined;
  readonly prepare: Prepare | undefined;
}

/** How long a run may take to end after the second signal. */
const SECOND_SIGNAL_MS = 1000;

/** @param verdict is kept where the run finds nothing to do. @returns the exit code. */
export async function runOnce(
  targets: readonly string[],
  flags: RunFlags,
  verdict?: PendingVerdict,
  prepare?: Prepare,
): Promise<number> {
  const selected = await select(targets, flags);
  refuseLinkedFolders(selected.loaded);
  const renderer = openRenderer(flags, selected.loaded, selected.stages);
  const events = openEventFile();
  const id = newRunId();
  const record = makeRunRecord(id, selected.loaded.folders.state);
  const emit: Emit = (event) => {
    events?.add(event);
    const isClean = event.type !== 'warning' && (event.type !== 'decided' || isFresh(event.decision));
    if (!isClean) verdict?.drop();
    renderer.event(event);
    record.add(event);
  };
  const { grace } = selected.loaded.project.config;
  const stop = makeStop(grace, systemClock);
  const warn = (problem: Problem): void => emit({ type: 'warning', problem });
  const jobs = new SubmittedJobs();
  const run: Run = { id, targets, flags, stop, jobs, emit, warn, verdict, prepare };
  outliveReader();
  const ignoreSignals = stopOnSignals(run, grace, () => renderer.end());
  try {
    const code = await withRunLock(selected.loaded, lockRequest(run), (held) =>
      runLocked(run, selected, held),
    );
    return code ?? EXIT_CODES[stop.signal!];
  } finally {
    ignoreSignals();
    record.end();
    renderer.end();
  }
}

/** The first signal ends the run in order, the second one soon. @returns a function that removes the listener. */
export function stopOnSignals(
  { stop, emit, jobs }: Pick<Run, 'stop' | 'emit' | 'jobs'>,
  grace: number,
  endDisplay: () => void,
): () => void {
  let isAsking = false;
  const end = (signal: StopSignal, leaves: boolean, ids: readonly string[]): void => {
    emit({ type: 'stopping', signal, grace });
    if (leaves) reportLeft(ids, emit);
    stop.request(signal, leaves);
  };
  return listenForSignals((signal) => {
    const ids = jobs.inFlight();
    if (isAsking) return;
    if (!stop.signal) {
      if (ids.length === 0) return end(signal, false, ids);
      isAsking = true;
      endDisplay();
      void leavesJobs(signal, ids).then((leaves) => {
        isAsking = false;
        end(signal, leaves, jobs.inFlight());
      });
      return;
    } else {
      reportLeft(ids, emit);
      // Storing a large output may take longer; it can be interrupted at any moment.
      setTimeout(() => {
        endDisplay();
        process.exit(EXIT_CODES[stop.signal!]);
      }, SECOND_SIGNAL_MS).unref();
    }
    stop.request(signal);
  });
}

const lockRequest = ({ id, flags, stop, emit, warn }: Run): Parameters<typeof withRunLock>[1] => ({
  run: id,
  wait: flags.wait,
  breakLock: flags.breakLock === true,
  onWait: (owner) => emit({ type: 'waiting', owner }),
  stopped: () => stop.signal !== undefined,
  onIgnored: (files) => emit({ type: 'ignored', files }),
  warn,
});

/** @returns the exit code. */
async function runLocked(run: Run, before: Selected, { waited, beside }: HeldLock): Promise<number> {
  const { id, targets, flags, stop, jobs, emit, warn, verdict, prepare } = run;
  // During the wait, the other run and its user may have changed everything.
  const { loaded, stages, capacity } = waited ? await select(targets, flags) : before;
  const workspace = openWorkspace(loaded, flags, {
    warn,
    hashed: (bytes, files) => emit({ type: 'hash', bytes, files }),
  });
  loaded.project.warnings.forEach(warn);
  const history = makeRunHistory(id);
  let pull: Pull | undefined;
  try {
    pull = flags.pull && (await openPullOf(workspace, warn, emit));
    const context: ReproContext = {
      workspace,
      stop,
      clock: systemClock,
      history: workspace.history,
      run: id,
      jobs,
      pull,
      beside,
      loadExecutor: async () => (await import('../run/process/local-executor.ts')).makeLocalExecutor,
      emit(event) {
        history.add(event);
        emit(event);
      },
    };
    await prepare?.(stages, workspace, beside);
    const counts = await notingUse(workspace, () => repro(stages, reproOptions(flags, capacity), context));
    if (stop.signal) return EXIT_CODES[stop.signal];
    if (!waited) verdict?.keep(loaded, stages, counts);
    return counts.failed > 0 && !flags.ignoreErrors ? 1 : 0;
  } finally {
    await pull?.close();
    history.save(workspace.history, warn);
    workspace.close();
  }
}

const reproOptions = (flags: RunFlags, capacity: Selected['capacity']): ReproOptions => ({
  capacity,
  force: flags.force === true,
  keepGoing: flags.keepGoing === true,
  failFast: flags.failFast === true,
  forceDownstream: flags.forceDownstream === true,
  ignoreErrors: flags.ignoreErrors === true,
});

export async function openPullOf(
  workspace: OpenWorkspace,
  warn: (problem: Problem) => void,
  emit: Emit,
): Promise<Pull> {
  const { openPull } = await import('../run/remote/pull.ts');
  const { cache, placing } = workspace.folders;
  return openPull(workspace, { dir: cache, scratch: placing, warn }, emit);
}
