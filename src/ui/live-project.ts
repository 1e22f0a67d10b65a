// The project as the server shows it: assessed at the start, after each run and after changes of its sources; runs are followed by
// their record.
import { realpathSync } from 'node:fs';
import { PipeError, type Problem } from '../base/problem.ts';
import { absolutePath, workspacePath, type WorkspacePath } from '../base/workspace-path.ts';
import type { HistoryEntry } from '../run/history.ts';
import { watchFiles, type ChangedFiles } from '../run/watch/changed-files.ts';
import { sourcesOf, type Sources } from '../run/watch/source-files.ts';
import type { OverlayFlags } from '../session/load.ts';
import type { OpenWorkspace } from '../session/open-workspace.ts';
import { runningNow } from '../session/run-lock.ts';
import { followRecord, RUN_RECORD } from '../session/run-record.ts';
import { withWorkspace } from '../session/with-workspace.ts';
import type { RecordedEvent } from '../show/live/recorded-event.ts';
import { problemText } from '../show/text/problem-text.ts';
import { assessProject, selectAll, type AssessedProject, type Selection } from './assess-project.ts';
import { dataSizes, garbageView, remoteViews } from './data-view.ts';
import type {
  DataSize,
  GarbageView,
  RemoteView,
  LiveMessage,
  PlotsView,
  LogView,
  PastStage,
  ProjectView,
  StageDetail,
  TableView,
} from './contract.ts';
import { maskedWhy } from './mask.ts';
import { plotRevisions, plotsView } from './plots-view.ts';
import { maskedEvent, projectView } from './project-view.ts';
import { runsSoFar } from './runs-so-far.ts';
import { stageDetail } from './stage-detail.ts';
import { readLog } from './stage-log.ts';
import { tableViews } from './table-view.ts';
import { watchState, type StateWatch } from './watch-state.ts';

/** Of a log that is opened, and of each further part. */
const LOG_TAIL = 256 << 10;
/** A run that was killed writes nothing any more: so often it is looked whether it lives. */
const ALIVE_MS = 1000;
const ROOT = '.' as WorkspacePath;

export interface LiveProject {
  readonly state: string;
  /** What a page begins with. */
  first(): readonly LiveMessage[];
  listen(listener: (message: LiveMessage) => void): () => void;
  /** @throws PipeError for a stage that is not declared. */
  detail(stage: string): Promise<StageDetail>;
  /** @throws PipeError for a parameter file that cannot be read. */
  tables(): Promise<readonly TableView[]>;
  sizes(): Promise<readonly DataSize[]>;
  /** @throws PipeError for a revision that does not exist. */
  plots(revisions: readonly string[]): Promise<PlotsView>;
  /** Which can be asked for. */
  revisions(): readonly string[];
  /** @throws PipeError for a cache that cannot be read. */
  garbage(onlyNeeded: boolean): Promise<GarbageView>;
  /** @throws PipeError for a remote that cannot be asked. */
  remotes(): Promise<readonly RemoteView[]>;
  log(stage: string, from: number): LogView | null;
  pastRun(run: string): readonly (PastStage & { readonly stage: string })[];
  close(): Promise<void>;
}

/** @throws PipeError for a pipeline that cannot be loaded at the start. */
export async function openLiveProject(flags: OverlayFlags): Promise<LiveProject> {
  let selection = await selectAll(flags);
  const { folders } = selection.loaded;
  const tail = followRecord(folders.state);
  /** Of the latest run, as pages have got it; of the progress of a stage the latest. */
  let run: RecordedEvent[] = [];
  let progressAt = new Map<string, number>();
  let current: AssessedView;
  /** What the record has that was not read yet. */
  const readOn = (): readonly RecordedEvent[] => {
    const { restarted, events } = tail.read();
    const fresh = events.map((event) => maskedEvent(event, current.project.mask));
    if (restarted) [run, progressAt] = [[], new Map()];
    for (const event of fresh) {
      // Behind the start of another attempt, which ends what is known of the one before.
      if (event.type === 'start') progressAt.delete(event.stage);
      const known = event.type === 'progress' ? progressAt.get(event.stage) : undefined;
      if (known !== undefined) run[known] = event;
      else if (run.push(event) && event.type === 'progress') progressAt.set(event.stage, run.length - 1);
    }
    return fresh;
  };
  current = await assessed(selection, flags, folders.state);
  readOn();
  let problem: string | undefined;
  let { running: isRunning } = current.view;
  let sources = sourcesOf(selection.loaded.project, selection.stages);
  const listeners = new Set<(message: LiveMessage) => void>();
  const send = (message: LiveMessage): void => listeners.forEach((listener) => listener(message));

  let changes: ChangedFiles | undefined;
  let refreshing: Promise<void> | undefined;
  let again = false;
  /** One at a time; what changes meanwhile is looked at afterwards. */
  const refresh = (): Promise<void> => {
    if (refreshing) {
      again = true;
      return refreshing;
    }
    refreshing = (async () => {
      do {
        again = false;
        try {
          selection = await selectAll(flags);
          sources = sourcesOf(selection.loaded.project, selection.stages);
          // Before the files are looked at: what changes afterwards is seen. At the limit of the system the earlier ones stay watched.
          await changes?.watch(absolutePaths(selection, sources)).catch(unlessExpected);
          current = await assessed(selection, flags, folders.state);
          readOn();
          isRunning = current.view.running;
          problem = undefined;
          send({ type: 'view', view: { ...current.view, run } });
        } catch (error) {
          if (!(error instanceof PipeError)) throw error;
          problem = error.problems.map((one: Problem) => problemText(one, false)).join('\n\n');
          send({ type: 'problem', text: problem });
        }
      } while (again);
      refreshing = undefined;
    })();
    return refreshing;
  };

  const follow = (): void => {
    const fresh = readOn();
    if (fresh.length > 0) send({ type: 'events', events: fresh });
    const was = isRunning;
    isRunning = runningNow(folders.state) !== undefined;
    alive();
    // A run ended, or something else that holds the lock: `checkout`, `commit`.
    if (!isRunning && (was || fresh.length > 0)) void refresh();
  };
  let timer: NodeJS.Timeout | undefined;
  function alive(): void {
    clearTimeout(timer);
    if (isRunning) timer = setTimeout(follow, ALIVE_MS).unref();
  }
  const watching: StateWatch = watchState(
    folders.state,
    new Set([RUN_RECORD, 'run.owner.json', 'history.jsonl']),
    follow,
  );
  const watchingExperiments = watchState(folders.experiments, undefined, () => send({ type: 'tables' }));
  alive();
  changes = await watchSources(selection, () => sources);
  const followSources = async (watched: ChangedFiles): Promise<never> => {
    for (;;) {
      const changed = await watched.next();
      // The end of a run looks at everything; but it can be of stages that were not declared before.
      const { project } = selection.loaded;
      const declares = (path: string): boolean =>
        project.files.some((file) => absolutePath(project.root, file) === path);
      if (!isRunning || changed.some(declares)) await refresh();
    }
  };
  if (changes) void followSources(changes);

  return {
    state: folders.state,
    first: () => [
      { type: 'view', view: { ...current.view, run, running: isRunning } },
      ...(problem === undefined ? [] : [{ type: 'problem', text: problem } as const]),
    ],
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async detail(name) {
      const { project } = current;
      const stage = project.stages.find(({ address }) => address === name);
      if (!stage) throw unknownStage(name);
      const { history } = runsSoFar(folders.state);
      return withWorkspace(project.loaded, flags, (workspace) =>
        stageDetail(stage, {
          project,
          workspace,
          history: Map.groupBy(history, (entry) => entry.stage),
          log: ({ address }) => readLog(folders.logs, address, { last: LOG_TAIL }, project.mask),
        }),
      );
    },
    tables: () => withCurrent(tableViews),
    sizes: () => withCurrent((_, workspace) => dataSizes(workspace)),
    plots: (names) => withCurrent((project, workspace) => plotsView(project, workspace, names)),
    revisions: () => plotRevisions(current.project.loaded),
    garbage: (onlyNeeded) => withCurrent((_, workspace) => garbageView(workspace, onlyNeeded)),
    remotes: () => withCurrent(remoteViews),
    log(name, from) {
      const { project } = current;
      const stage = project.stages.find(({ address }) => address === name);
      return stage ? readLog(folders.logs, stage.address, { from, most: LOG_TAIL }, project.mask) : null;
    },
    pastRun: (run) =>
      runsSoFar(folders.state)
        .history.filter((entry) => entry.run === run)
        .map((entry) => pastStage(entry, current.project)),
    async close() {
      clearTimeout(timer);
      watching.close();
      watchingExperiments.close();
      await changes?.close();
    },
  };

  function withCurrent<T>(
    use: (project: AssessedProject, workspace: OpenWorkspace) => T | Promise<T>,
  ): Promise<T> {
    const { project } = current;
    return withWorkspace(project.loaded, flags, async (workspace) => use(project, workspace));
  }
}

interface AssessedView {
  readonly project: AssessedProject;
  /** Without the record of the run, which is followed. */
  readonly view: ProjectView;
}

function assessed(selection: Selection, flags: OverlayFlags, state: string): Promise<AssessedView> {
  return withWorkspace(selection.loaded, flags, async (workspace) => {
    const project = await assessProject(selection, workspace);
    return { project, view: projectView(project, { ...runsSoFar(state), run: [] }) };
  });
}

/** Undefined where the system has no more watches to give: the page then changes with runs only. */
async function watchSources(selection: Selection, sources: () => Sources): Promise<ChangedFiles | undefined> {
  const { root } = selection.loaded.project;
  try {
    return await watchFiles(absolutePaths(selection, sources()), (path) =>
      sources().counts(workspacePath(root, ROOT, path), workspacePath(root, ROOT, realPath(path))),
    );
  } catch (error) {
    if (error instanceof PipeError) return undefined;
    throw error;
  }
}

function unlessExpected(error: unknown): void {
  if (!(error instanceof PipeError)) throw error;
}

const absolutePaths = ({ loaded }: Selection, { paths }: Sources): string[] =>
  paths.map((path) => absolutePath(loaded.project.root, path));

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path; // it was removed
  }
}

const pastStage = (
  { run, stage, what, time, seconds, why }: HistoryEntry,
  { mask }: AssessedProject,
): PastStage & { readonly stage: string } => ({
  run,
  stage,
  what,
  time: Date.parse(time),
  seconds,
  why: maskedWhy(why, mask),
});

const unknownStage = (name: string): PipeError =>
  new PipeError({ code: 'unknown-target', title: `there is no stage '${name}'` });
