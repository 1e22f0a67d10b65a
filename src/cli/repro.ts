// `pipe repro`: runs what is stale.
import { selectTargets } from '../graph/targets.ts';
import { PipeError } from '../pipeline/problem.ts';
import type { Stage } from '../pipeline/stage.ts';
import { assess } from '../plan/assess.ts';
import { findVanished } from '../plan/vanished.ts';
import type { Emit } from '../run/event.ts';
import { appendHistory, lastDurations, readHistory, type HistoryEntry } from '../run/history.ts';
import { openDvcSide } from '../run/dvc-side.ts';
import { endOrphans } from '../run/orphans.ts';
import { detectCapacity, impossibleRequests } from '../run/machine.ts';
import { newRunId, repro } from '../run/repro.ts';
import { acquireRunLock } from '../run/run-lock.ts';
import type { Capacity } from '../run/slots.ts';
import { makeStop, systemClock, type StopSignal } from '../run/stop.ts';
import { describeReasons } from '../show/reason-text.ts';
import { makeRenderer, type Renderer } from '../show/renderer.ts';
import { wantsColour } from './colour.ts';
import { load, type OverlayFlags } from './load.ts';
import { openWorkspace, type OpenWorkspace } from './open-workspace.ts';

export interface ReproFlags extends OverlayFlags {
  readonly jobs?: number;
  readonly force?: true;
  readonly singleItem?: true;
  readonly downstream?: true;
  readonly dry?: true;
  readonly keepGoing?: true;
  readonly failFast?: true;
  readonly wait: boolean;
  readonly breakLock?: true;
  readonly json?: true;
  readonly quiet?: true;
  readonly verbose?: true;
}

const EXIT_CODES: { readonly [signal in StopSignal]: number } = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };

/** @returns the exit code. */
export async function reproCommand(targets: readonly string[], flags: ReproFlags): Promise<number> {
  const loaded = load(flags);
  const stages = selectTargets(loaded.graph, loaded.project, targets, {
    single: flags.singleItem === true,
    downstream: flags.downstream === true,
  });
  const capacity = detectCapacity(stages, flags.jobs, loaded.project.config.pools);
  const impossible = impossibleRequests(stages, capacity);
  if (impossible.length > 0) throw new PipeError(impossible);
  const workspace = openWorkspace(loaded, flags);
  const renderer = openRenderer(flags, workspace, stages);
  try {
    return flags.dry
      ? await dryRun(stages, flags, workspace, renderer)
      : await run(stages, flags, capacity, workspace, renderer);
  } finally {
    renderer.end();
    workspace.close();
  }
}

async function dryRun(
  stages: readonly Stage[],
  flags: ReproFlags,
  workspace: OpenWorkspace,
  renderer: Renderer,
): Promise<number> {
  const started = systemClock.now();
  const time = Date.now();
  renderer.event({ type: 'run-start', time, stages: stages.length, jobs: 1, dry: true });
  const vanished = await findVanished(workspace);
  if (vanished.problems.length > 0) throw new PipeError(vanished.problems);
  for (const { stage, at } of vanished.outs) renderer.event({ type: 'vanished', stage, path: at });
  const options = { force: flags.force === true, asDvc: workspace.project.kind === 'dvc' };
  const decisions = await assess(stages, workspace, vanished, options);
  for (const [stage, decision] of decisions) renderer.event({ type: 'decided', time, stage, decision });
  const counts = { fresh: 0, restored: 0, ran: 0, failed: 0, skipped: 0 };
  renderer.event({ type: 'run-end', time: Date.now(), seconds: systemClock.now() - started, counts });
  return 0;
}

async function run(
  stages: readonly Stage[],
  flags: ReproFlags,
  capacity: Capacity,
  workspace: OpenWorkspace,
  renderer: Renderer,
): Promise<number> {
  const stop = makeStop(workspace.project.config.grace, systemClock);
  const ignoreSignals = listenForSignals((signal) => {
    if (!stop.signal) renderer.event({ type: 'stopping', signal, grace: workspace.project.config.grace });
    stop.request(signal);
  });
  const id = newRunId();
  const emit: Emit = (event) => renderer.event(event);
  try {
    const lock = await acquireRunLock({
      folder: workspace.folders.state,
      run: id,
      wait: flags.wait,
      breakLock: flags.breakLock === true,
      onWait: (owner) => emit({ type: 'waiting', owner }),
      stopped: () => stop.signal !== undefined,
    });
    if (!lock) return EXIT_CODES[stop.signal!];
    const dvc = openDvcSide(workspace.project, {
      wait: flags.wait,
      onWait: (owner) => emit({ type: 'waiting', owner }),
      stopped: () => stop.signal !== undefined,
      warn: (problem) => emit({ type: 'warning', problem }),
    });
    try {
      if (lock.dead) await endOrphans(lock.dead.run);
      const history: HistoryEntry[] = [];
      const counts = await repro(
        stages,
        {
          capacity,
          force: flags.force === true,
          keepGoing: flags.keepGoing === true,
          failFast: flags.failFast === true,
        },
        {
          workspace,
          stop,
          clock: systemClock,
          history: workspace.history,
          run: id,
          dvc,
          makeExecutor: (await import('../run/local-executor.ts')).makeLocalExecutor,
          emit(event) {
            if (event.type === 'ran' || event.type === 'restored') {
              const { stage, type: what, seconds } = event;
              history.push({
                run: id,
                stage,
                time: new Date().toISOString(),
                what,
                seconds,
                why: describeReasons(event.reasons),
              });
            }
            emit(event);
          },
        },
      );
      appendHistory(workspace.history, history);
      if (stop.signal) return EXIT_CODES[stop.signal];
      return counts.failed > 0 ? 1 : 0;
    } finally {
      dvc?.close();
      lock.release();
    }
  } finally {
    ignoreSignals();
  }
}

function listenForSignals(listen: (signal: StopSignal) => void): () => void {
  const listeners = (Object.keys(EXIT_CODES) as StopSignal[]).map(
    (signal) => [signal, () => listen(signal)] as const,
  );
  for (const [signal, listener] of listeners) process.on(signal, listener);
  return () => {
    for (const [signal, listener] of listeners) process.off(signal, listener);
  };
}

function openRenderer(flags: ReproFlags, workspace: OpenWorkspace, stages: readonly Stage[]): Renderer {
  let estimates: ((stage: Stage) => number | undefined) | undefined;
  const byAddress = new Map(stages.map((stage) => [stage.address, stage]));
  return makeRenderer({
    stream: process.stdout,
    tty: process.stdout.isTTY === true && process.env['TERM'] !== 'dumb' && !process.env['CI'],
    json: flags.json === true,
    quiet: flags.quiet === true,
    verbose: flags.verbose === true,
    colour: wantsColour(process.stdout),
    github: process.env['GITHUB_ACTIONS'] === 'true',
    estimate(address) {
      const stage = byAddress.get(address);
      estimates ??= lastDurations(readHistory(workspace.history));
      return stage && estimates(stage);
    },
    stages: stages.map(({ address }) => address),
    folder: process.cwd(),
    now: () => performance.now() / 1000,
  });
}
