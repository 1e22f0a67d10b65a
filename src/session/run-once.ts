// One run from its lock to its summary: what `pipe repro` does once and `pipe watch` again and again.
import { activeGraph } from '../graph/active-graph.ts';
import { PipeError, type Problem } from '../base/problem.ts';
import type { Stage } from '../pipeline/stage.ts';
import type { Emit, RunEvent } from '../run/event.ts';
import { appendHistory, type HistoryEntry } from '../run/history.ts';
import { detectCapacity, impossibleRequests } from '../run/process/machine.ts';
import type { Pull } from '../run/remote/pull.ts';
import { newRunId, repro } from '../run/repro.ts';
import { acquireRunLock } from './run-lock.ts';
import type { Capacity } from '../run/schedule/slots.ts';
import { makeStop, systemClock, type StopSignal } from '../run/schedule/stop.ts';
import { describeReasons } from '../show/status/reason-text.ts';
import { outliveReader } from './closed-output.ts';
import type { PendingVerdict } from './keep-verdict.ts';
import { decidedStages, load, type Loaded, type OverlayFlags } from './load.ts';
import { refuseLinkedFolders } from './refuse-links.ts';
import { openRenderer, type RendererFlags } from './open-renderer.ts';
import { openWorkspace, type OpenWorkspace } from './open-workspace.ts';

export interface SelectFlags extends OverlayFlags {
  readonly singleItem?: true;
  readonly downstream?: true;
  readonly pipeline?: true;
  readonly recursive?: true;
  readonly jobs?: number;
}

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

export interface Selected {
  readonly loaded: Loaded;
  /** In dependency order. */
  readonly stages: readonly Stage[];
  readonly capacity: Capacity;
}

export const EXIT_CODES: { readonly [signal in StopSignal]: number } = {
  SIGINT: 130,
  SIGTERM: 143,
  SIGHUP: 129,
};

/** How long a run may take to end once it was told so twice. */
const PATIENCE_MS = 1000;

/** @throws PipeError also for a stage that asks for more than there will ever be. */
export async function select(targets: readonly string[], flags: SelectFlags): Promise<Selected> {
  const loaded = await load(flags);
  const stages = decidedStages({ ...loaded, graph: activeGraph(loaded.graph) }, targets, {
    single: flags.singleItem === true,
    downstream: flags.downstream === true,
    pipeline: flags.pipeline === true,
    recursive: flags.recursive === true,
  });
  const capacity = detectCapacity(stages, flags.jobs, loaded.project.config.pools);
  const impossible = impossibleRequests(stages, capacity);
  if (impossible.length > 0) throw new PipeError(impossible);
  return { loaded, stages, capacity };
}

/** @param verdict is kept where the run finds nothing to do. @returns the exit code. */
export async function runOnce(
  targets: readonly string[],
  flags: RunFlags,
  verdict?: PendingVerdict,
): Promise<number> {
  const selected = await select(targets, flags);
  const { dialect, project, folders } = selected.loaded;
  refuseLinkedFolders(selected.loaded);
  const renderer = openRenderer(flags, selected.loaded, selected.stages);
  let warned = false;
  const emit: Emit = (event) => {
    warned ||= event.type === 'warning';
    if (event.type === 'decided' && event.decision.kind !== 'fresh') verdict?.drop();
    renderer.event(event);
  };
  const { grace } = project.config;
  const stop = makeStop(grace, systemClock);
  outliveReader();
  const ignoreSignals = listenForSignals((signal) => {
    if (!stop.signal) emit({ type: 'stopping', signal, grace });
    else {
      // What is being stored may take longer than patience lasts; it is safe to leave at any moment.
      setTimeout(() => {
        renderer.end();
        process.exit(EXIT_CODES[stop.signal!]);
      }, PATIENCE_MS).unref();
    }
    stop.request(signal);
  });
  const waiting = {
    wait: flags.wait,
    onWait: (owner: string) => emit({ type: 'waiting', owner }),
    stopped: () => stop.signal !== undefined,
  };
  const warn = (problem: Problem): void => emit({ type: 'warning', problem });
  const run = newRunId();
  try {
    const lock = await acquireRunLock({
      folder: folders.state,
      run,
      breakLock: flags.breakLock === true,
      onTakeOver: warn,
      ...waiting,
    });
    if (!lock) return EXIT_CODES[stop.signal!];
    const beside = dialect.openBeside(project, {
      ...waiting,
      warn,
      onIgnored: (files) => emit({ type: 'ignored', files }),
    });
    try {
      // While we waited, the other run and its user may have changed everything.
      const { loaded, stages, capacity } = lock.waited ? await select(targets, flags) : selected;
      const workspace = openWorkspace(loaded, flags, {
        warn,
        hashed: (bytes, files) => emit({ type: 'hash', bytes, files }),
      });
      loaded.project.warnings.forEach(warn);
      const history: HistoryEntry[] = [];
      const options = {
        capacity,
        force: flags.force === true,
        keepGoing: flags.keepGoing === true,
        failFast: flags.failFast === true,
        forceDownstream: flags.forceDownstream === true,
        ignoreErrors: flags.ignoreErrors === true,
      };
      try {
        const counts = await repro(stages, options, {
          workspace,
          stop,
          clock: systemClock,
          history: workspace.history,
          run,
          pull: flags.pull && (await openPullOf(workspace, warn)),
          beside,
          loadExecutor: async () => (await import('../run/process/local-executor.ts')).makeLocalExecutor,
          emit(event) {
            if (event.type === 'ran' || event.type === 'restored' || event.type === 'failed')
              history.push(historyEntry(run, event));
            emit(event);
          },
        });
        if (stop.signal) return EXIT_CODES[stop.signal];
        if (!warned && !lock.waited) verdict?.keep(loaded, stages, counts);
        return counts.failed > 0 && !flags.ignoreErrors ? 1 : 0;
      } finally {
        keepHistory(workspace.history, history, warn);
        workspace.close();
      }
    } finally {
      beside?.close();
      lock.release();
    }
  } finally {
    ignoreSignals();
    renderer.end();
  }
}

async function openPullOf(workspace: OpenWorkspace, warn: (problem: Problem) => void): Promise<Pull> {
  const { openPull } = await import('../run/remote/pull.ts');
  const { cache, placing } = workspace.folders;
  return openPull(workspace, { dir: cache, scratch: placing, warn });
}

/** A run is as good without it. */
function keepHistory(file: string, entries: readonly HistoryEntry[], warn: (problem: Problem) => void): void {
  try {
    appendHistory(file, entries);
  } catch (error) {
    if (!(error instanceof PipeError)) throw error;
    error.problems.forEach(warn);
  }
}

type Settled = Extract<RunEvent, { type: 'ran' | 'restored' | 'failed' }>;

function historyEntry(run: string, event: Settled): HistoryEntry {
  const { stage, type: what, seconds } = event;
  const why = what === 'failed' ? event.problem.title : describeReasons(event.reasons);
  return { run, stage, time: new Date(event.time).toISOString(), what, seconds, why };
}

export function listenForSignals(listen: (signal: StopSignal) => void): () => void {
  const listeners = (Object.keys(EXIT_CODES) as StopSignal[]).map(
    (signal) => [signal, () => listen(signal)] as const,
  );
  for (const [signal, listener] of listeners) process.on(signal, listener);
  return () => {
    for (const [signal, listener] of listeners) process.off(signal, listener);
  };
}
