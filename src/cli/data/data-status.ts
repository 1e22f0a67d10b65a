// `pipe status --data`: what differs between the last commit, what is recorded, and the workspace, of every tracked file and folder.
import { posix, relative } from 'node:path';
import { runProgram } from '../../base/run-program.ts';
import {
  absolutePath,
  folderHere,
  isWithin,
  workspacePath,
  type WorkspacePath,
} from '../../base/workspace-path.ts';
import { isDirectory, type Content } from '../../hash/digest.ts';
import type { ManifestEntry } from '../../hash/tree.ts';
import type { LockEntry } from '../../lock/lock-entry.ts';
import type { Stage } from '../../pipeline/stage.ts';
import {
  dataChanges,
  type DataChanges,
  type TrackedEntry,
  type TrackedState,
} from '../../plan/data-changes.ts';
import { revisionsOf } from '../../revision/open-revisions.ts';
import { load } from '../../session/load.ts';
import type { OpenWorkspace } from '../../session/open-workspace.ts';
import { withWorkspace } from '../../session/with-workspace.ts';
import { dataStatusText } from '../../show/status/data-status-text.ts';
import { wantsColour } from '../../show/text/colour.ts';
import { makePrinter, type OutputFlags } from '../printer.ts';
import { notInRemote } from './not-in-remote.ts';

export interface DataStatusFlags extends OutputFlags {
  readonly granular?: true;
  readonly unchanged?: true;
  /** `no`, `all`, or true for all; anything else is the first target. */
  readonly untrackedFiles?: string | true;
  readonly notInRemote?: true;
  /** With `notInRemote`: in place of the default one. */
  readonly remote?: string;
  readonly check?: true;
}

/** @param targets paths, relative to the current folder. @returns the exit code. */
export async function dataStatusCommand(given: readonly string[], flags: DataStatusFlags): Promise<number> {
  const { untrackedFiles: which } = flags;
  const targets = typeof which !== 'string' || /^(?:all|no)$/.test(which) ? given : [which, ...given];
  const loaded = await load({});
  const status = await withWorkspace(loaded, {}, (workspace) => dataStatus(targets, flags, workspace));
  const print = makePrinter(flags);
  print.json(status);
  print.text(dataStatusText(status, wantsColour(process.stdout)));
  const differs = ['not_in_cache', 'not_in_remote', 'committed', 'uncommitted'].some((key) => key in status);
  return flags.check && differs ? 1 : 0;
}

export type DataStatus = Partial<{
  not_in_cache: readonly string[];
  not_in_remote: readonly string[];
  committed: Partial<Omit<DataChanges, 'unchanged'>>;
  uncommitted: Partial<Omit<DataChanges, 'unchanged'>>;
  untracked: readonly string[];
  unchanged: readonly string[];
}>;

async function dataStatus(
  targets: readonly string[],
  flags: DataStatusFlags,
  workspace: OpenWorkspace,
): Promise<DataStatus> {
  const { project, locks, store } = workspace;
  const here = folderHere(project.root);
  const asked = targets.flatMap((target) =>
    placesOf(workspacePath(project.root, here, target), project.stages),
  );
  const counts = (path: string): boolean => asked.length === 0 || asked.some((at) => isWithin(path, at));
  const stages = project.stages;
  const isPart = asked.some((at) =>
    stages.some(({ outs }) => outs.some((out) => out.at !== at && isWithin(at, out.at))),
  );
  const granular = flags.granular === true || isPart;

  const recorded = recordedState(stages, (stage) => locks.entry(stage), workspace);
  const present = await presentState(workspace, granular);
  const uncommitted = dataChanges(recorded, present, granular, counts);
  const committed = await sinceCommit(recorded, granular, counts, workspace);
  const notInCache = [...recorded.entries].flatMap(([path, entry]) => {
    const inside = granular && entry.isFolder ? [...(recorded.files(path) ?? [])] : [];
    return [[path, entry] as const, ...inside]
      .filter(([at, item]) => counts(at) && !isKept(item))
      .map(([at, { isFolder }]) => (isFolder ? `${at}/` : at));
  });
  const lacking = flags.notInRemote ? await notInRemote(workspace, flags.remote, granular) : [];
  const unchanged = new Set(committed?.unchanged ?? uncommitted.unchanged);
  return compact({
    not_in_cache: notInCache.sort(),
    not_in_remote: lacking.filter((path) => counts(path.replace(/\/$/, ''))).sort(),
    committed: compact({ ...committed, unchanged: [] }),
    uncommitted: compact({ ...uncommitted, unchanged: [] }),
    untracked:
      flags.untrackedFiles !== undefined && flags.untrackedFiles !== 'no'
        ? untrackedFiles(project.root, counts)
        : [],
    unchanged: flags.unchanged ? uncommitted.unchanged.filter((path) => unchanged.has(path)) : [],
  });

  /** Of a folder its list is enough: its files are looked for one by one. */
  function isKept({ digest, size, isFolder }: TrackedEntry): boolean {
    if (digest === undefined) return true;
    const content = { digest, size } as Content;
    return isFolder ? store.entries(content) !== undefined : store.has(content);
  }
}

/** A `.dvc` file means its data: all paths of it. */
function placesOf(at: WorkspacePath, stages: readonly Stage[]): readonly WorkspacePath[] {
  const outs =
    stages.find(({ cmd, file }) => cmd === null && file === at && file.endsWith('.dvc'))?.outs ?? [];
  return outs.length > 0 ? outs.map((out) => out.at) : [at];
}

/** @param entryOf what is recorded of a stage. */
function recordedState(
  stages: readonly Stage[],
  entryOf: (stage: Stage) => LockEntry | undefined,
  { store }: Pick<OpenWorkspace, 'store'>,
): TrackedState {
  const contents = new Map<string, Content>();
  const entries = new Map<string, TrackedEntry>();
  for (const stage of stages) {
    const recorded = new Map(entryOf(stage)?.outs.map(({ path, content }) => [path, content]));
    for (const out of stage.outs.filter(({ cache }) => cache)) {
      const content = recorded.get(out.path);
      if (content) contents.set(out.at, content);
      entries.set(out.at, {
        digest: content?.digest,
        size: content?.size,
        isFolder: content !== undefined && isDirectory(content.digest),
      });
    }
  }
  return {
    entries,
    files(path) {
      const content = contents.get(path);
      const inside = content && store.entries(content);
      return inside && filesOf(path, inside);
    },
  };
}

const filesOf = (path: string, inside: readonly ManifestEntry[]): ReadonlyMap<string, TrackedEntry> =>
  new Map(
    inside.flatMap((entry) =>
      entry.kind === 'file'
        ? [
            [
              posix.join(path, entry.path),
              { digest: entry.digest, size: entry.size, isFolder: false },
            ] as const,
          ]
        : [],
    ),
  );

async function presentState(workspace: OpenWorkspace, granular: boolean): Promise<TrackedState> {
  const { project, contents, hasher, locks } = workspace;
  const entries = new Map<string, TrackedEntry>();
  const files = new Map<string, ReadonlyMap<string, TrackedEntry>>();
  for (const stage of project.stages) {
    const recorded = new Map(locks.entry(stage)?.outs.map(({ path, content }) => [path, content]));
    for (const out of stage.outs.filter(({ cache }) => cache)) {
      const content = await contents.get(out.at, recorded.get(out.path));
      if (!content) continue;
      const isFolder = isDirectory(content.digest);
      entries.set(out.at, { digest: content.digest, isFolder });
      if (granular && isFolder)
        files.set(
          out.at,
          filesOf(out.at, (await hasher.tree(absolutePath(project.root, out.at), content)).entries),
        );
    }
  }
  return { entries, files: (path) => files.get(path) };
}

/** Undefined outside of git; before the first commit everything was added. */
async function sinceCommit(
  recorded: TrackedState,
  granular: boolean,
  counts: (path: string) => boolean,
  workspace: OpenWorkspace,
): Promise<DataChanges | undefined> {
  const revisions = revisionsOf(workspace);
  if (!revisions) return undefined;
  try {
    const commit = await revisions.find('HEAD');
    const head = commit && (await revisions.open(commit));
    const before = head
      ? recordedState(head.project.stages, (stage) => head.entry(stage), workspace)
      : recordedState([], () => undefined, workspace);
    return dataChanges(before, recorded, granular, counts);
  } finally {
    revisions.close();
  }
}

/** What neither git nor pipe tracks, relative to the current folder. */
function untrackedFiles(root: string, counts: (path: string) => boolean): readonly string[] {
  const end = runProgram('git', ['ls-files', '--others', '--exclude-standard', '-z'], { cwd: root });
  if (end.kind !== 'exited' || end.code !== 0) return [];
  return end.stdout
    .split('\0')
    .filter((path) => path !== '' && counts(path))
    .map((path) => relative(process.cwd(), absolutePath(root, path as WorkspacePath)));
}

/** Without what is empty. */
function compact<T extends object>(map: T): Partial<T> {
  return Object.fromEntries(
    Object.entries(map).filter(([, value]) =>
      Array.isArray(value)
        ? value.length > 0
        : value !== undefined && Object.keys(value as object).length > 0,
    ),
  ) as Partial<T>;
}
