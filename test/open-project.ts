// A run of a temporary project inside the test's own process, for tests that act between two of its steps.
import type { Problem } from '../src/base/base.ts';
import { findRoot, noOverlay } from '../src/pipeline/pipeline.ts';
import {
  makeLocalExecutor,
  makeStop,
  SubmittedJobs,
  newRunId,
  repro,
  systemClock,
  type Emit,
  type Executor,
  type ReproOptions,
  type RunCounts,
  type RunEvent,
} from '../src/run/run.ts';
import { loadAt, openWorkspace, type OpenWorkspace } from '../src/session/session.ts';

export interface InProcess {
  readonly events: readonly RunEvent[];
  readonly counts: RunCounts;
  /** Addresses of the stages with an event of this type, in its order. */
  readonly stages: (type: RunEvent['type']) => string[];
  readonly warnings: readonly Problem[];
}

/** @param root absolute. */
export async function openProject(root: string): Promise<OpenWorkspace> {
  return openWorkspace(await loadAt(findRoot(root), noOverlay), {});
}

/**
 * Runs all stages, one at a time. @param watch sees every event when it happens.
 * @param prepare may replace parts of the workspace.
 */
export async function runInProcess(
  root: string,
  watch: Emit = () => {},
  prepare: (workspace: OpenWorkspace) => OpenWorkspace = (workspace) => workspace,
  wanted: Partial<ReproOptions> = {},
  makeExecutor: (...how: Parameters<typeof makeLocalExecutor>) => Executor = makeLocalExecutor,
): Promise<InProcess> {
  const workspace = prepare(await openProject(root));
  const events: RunEvent[] = [];
  const options = {
    capacity: { jobs: 1, cpus: 1, memory: 2 ** 40, gpus: [], pools: {} },
    force: false,
    keepGoing: false,
    failFast: false,
    forceDownstream: false,
    ignoreErrors: false,
    ...wanted,
  };
  const warn = (problem: Problem): void => emit({ type: 'warning', problem });
  const emit: Emit = (event) => {
    events.push(event);
    watch(event);
  };
  const beside = workspace.dialect.openBeside(workspace.project, {
    wait: false,
    onWait: () => {},
    stopped: () => false,
    onIgnored: () => {},
    warn,
  });
  try {
    const counts = await repro(workspace.graph.stages, options, {
      workspace,
      stop: makeStop(1, systemClock),
      clock: systemClock,
      emit,
      history: workspace.history,
      loadExecutor: () => Promise.resolve(makeExecutor),
      jobs: new SubmittedJobs(),
      run: newRunId(),
      pull: undefined,
      beside,
    });
    return {
      events,
      counts,
      stages: (type) =>
        events
          .filter((event) => event.type === type && 'stage' in event)
          .map((event) => (event as { stage: string }).stage),
      warnings: events.flatMap((event) => (event.type === 'warning' ? [event.problem] : [])),
    };
  } finally {
    workspace.close();
    beside?.close();
  }
}
