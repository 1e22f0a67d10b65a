// Makes a revision of what was loaded: of a commit, or of the workspace.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { absolutePath, parentFolder, type WorkspacePath } from '../base/workspace-path.ts';
import { errno, PipeError } from '../base/problem.ts';
import { entryAt, namesBelow, type TreeEntry } from '../disk/mounted-tree.ts';
import { readingTree } from '../disk/witnessed-fs.ts';
import { buildGraph } from '../graph/build-graph.ts';
import type { StageGraph } from '../graph/stage-graph.ts';
import { openLocks, type Locks } from '../lock/locks.ts';
import type { Dialect } from '../dialect.ts';
import type { Project } from '../pipeline/project.ts';
import type { Out, Stage } from '../pipeline/stage.ts';
import type { Commit } from './choose-revisions.ts';
import type { GitTrees } from './git-tree.ts';
import type { LoadedRevision } from './load-revision.ts';
import type { RecordedOutput, Revision } from './project-at.ts';

export function revisionOfCommit(
  name: string,
  commit: Commit,
  { dialect, project, tree }: LoadedRevision,
  trees: GitTrees,
): Revision {
  // A commit has no unfinished run, and no tree has a folder of this name.
  const noState = join(tree.top, '.git/pipe');
  const locks = once(() => readingTree(tree, () => locksOf(project, dialect, noState)));
  const entry = (at: WorkspacePath): TreeEntry | undefined => {
    const names = namesBelow(tree, absolutePath(project.root, at));
    return names && entryAt(tree, names, true);
  };
  const found = async (at: WorkspacePath): Promise<TreeEntry | undefined> => {
    for (;;) {
      const seen = entry(at);
      if (seen?.kind === 'file') seen.read();
      if (seen?.kind === 'directory') void seen.entries;
      if (!(await trees.fetch())) return seen;
    }
  };
  const recorded = (stage: Stage): ReturnType<Locks['entry']> =>
    inRevision(name, () => readingTree(tree, () => locks().entry(stage)));
  // Most commands that compare need none.
  const graph = once(() => buildGraph(project));
  return {
    name,
    commit,
    dialect,
    project,
    get graph() {
      return graph();
    },
    entry: recorded,
    recorded: () => inRevision(name, () => [...locks().recorded()]),
    kind: (at) => kindOf(entry(at)),
    async names(at) {
      const folder = await found(at);
      return folder?.kind === 'directory' ? withoutGit(folder.entries.keys()) : [];
    },
    async bytes(at) {
      const file = await found(at);
      return file?.kind === 'file' ? file.read() : undefined;
    },
    output: outputsOf(project, recorded),
  };
}

export function revisionOfWorkspace(
  { dialect, project, graph }: { dialect: Dialect; project: Project; graph: StageGraph },
  stateDir: string,
): Revision {
  const locks = once(() => locksOf(project, dialect, stateDir));
  const path = (at: WorkspacePath): string => absolutePath(project.root, at);
  const recorded = (stage: Stage): ReturnType<Locks['entry']> => locks().entry(stage);
  return {
    name: WORKSPACE,
    commit: undefined,
    dialect,
    project,
    graph,
    entry: recorded,
    recorded: () => [...locks().recorded()],
    kind(at) {
      const stats = existing(() => statSync(path(at), { throwIfNoEntry: false }));
      return stats?.isDirectory() ? 'directory' : stats?.isFile() ? 'file' : undefined;
    },
    names: async (at) => withoutGit(existing(() => readdirSync(path(at))) ?? []),
    bytes: async (at) => existing(() => (statSync(path(at)).isFile() ? readFileSync(path(at)) : undefined)),
    output: outputsOf(project, recorded),
  };
}

/** How the workspace is called among revisions, as in DVC. */
export const WORKSPACE = 'workspace';

function locksOf(project: Project, dialect: Dialect, stateDir: string): Locks {
  const { name, format } = dialect.lockFile;
  const data = dialect.dataEntries(project.root, stateDir);
  return openLocks(project.stages, { root: project.root, stateDir, name, format, ...(data && { data }) });
}

export function outputsOf(
  project: Project,
  entry: (stage: Stage) => ReturnType<Locks['entry']>,
): Revision['output'] {
  const byPlace = once(() => {
    const outs = new Map<WorkspacePath, { readonly stage: Stage; readonly out: Out }>();
    for (const stage of project.stages) for (const out of stage.outs) outs.set(out.at, { stage, out });
    return outs;
  });
  return (at) => {
    for (let place = at; ; place = parentFolder(place)) {
      const found = byPlace().get(place);
      if (found) return recordedOutput(found.stage, found.out, entry(found.stage));
      if (place === '.' || place === '/') return undefined;
    }
  };
}

function recordedOutput(
  stage: Stage,
  out: Out,
  entry: ReturnType<Locks['entry']>,
): RecordedOutput | undefined {
  const locked = entry?.outs.find(({ path }) => path === out.path);
  return locked && { stage, out, content: locked.content, cloud: locked.cloud === true };
}

const kindOf = (entry: TreeEntry | undefined): 'file' | 'directory' | undefined =>
  entry?.kind === 'symlink' ? undefined : entry?.kind;

/** Names the revision in the places of its problems. */
export function inRevision<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof PipeError ? namingRevision(error, name) : error;
  }
}

export function namingRevision({ problems, exitCode }: PipeError, name: string): PipeError {
  return new PipeError(
    problems.map((problem) => ({
      ...problem,
      ...(problem.place && { place: { ...problem.place, file: `${name}:${problem.place.file}` } }),
    })),
    exitCode,
  );
}

const withoutGit = (names: Iterable<string>): readonly string[] =>
  [...names].filter((name) => name !== '.git').sort();

function existing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (errno(error) === 'ENOENT' || errno(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
