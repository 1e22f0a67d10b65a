// Opens what deciding and running need: lock files, the hasher with its stat database, the cache, the run cache.
import { basename, join, resolve } from 'node:path';
import { objectsFolder, openStore } from '../cache/open-store.ts';
import type { Hasher, HasherOptions, View } from '../hash/hasher.ts';
import { openHasher } from '../hash/open-hasher.ts';
import { absolutePath, isUrl, workspacePath, type WorkspacePath } from '../base/workspace-path.ts';
import type { Problem } from '../base/problem.ts';
import type { Project } from '../pipeline/project.ts';
import { rememberContents, type LookedAt } from '../plan/contents.ts';
import { FileLooks } from '../plan/file-looks.ts';
import { FreshMemory, recallFresh, type FreshContext } from '../plan/fresh-memory.ts';
import type { Workspace } from '../plan/workspace.ts';
import { openSource } from '../source/open-source.ts';
import type { Loaded, OverlayFlags } from './load.ts';
import { refuseLinkedFolders } from './refuse-links.ts';

export interface OpenWorkspace extends Workspace, Loaded {
  /** Absolute path. */
  readonly history: string;
  close(): void;
}

/** Gets the warnings of the cache and the progress of the hasher. */
export interface WorkspaceListener {
  /** An object of the cache was set aside. */
  warn(problem: Problem): void;
  /** Bytes and files that were read so far; called a few times a second at most. */
  hashed(bytes: number, files: number): void;
}

const ROOT = '.' as WorkspacePath;
const HASHED_EVERY_MS = 250;

export interface OpenFlags extends OverlayFlags {
  /** A server that a stage reads from is asked once, and waited for a few seconds: nothing runs by its answer. */
  readonly quick?: boolean;
}

export function openWorkspace(
  loaded: Loaded,
  flags: OpenFlags,
  listener?: WorkspaceListener,
  hashing: Pick<HasherOptions, 'afresh'> = {},
): OpenWorkspace {
  refuseLinkedFolders(loaded);
  const { dialect, project, graph, folders } = loaded;
  const { root } = project;
  const { layout, rules } = dialect;
  const { cache, placing, state } = folders;
  const shared = project.config.cache?.shared === true;
  const links = project.config.cache?.links;
  const hasher = openHasher({
    root,
    rules: layout.content,
    stateFile: join(state, 'stat.db'),
    objects: objectsFolder(cache, layout),
    isData: dataIn(project),
    ...hashing,
    ...(listener && { onProgress: limitRate(({ bytes, files }) => listener.hashed(bytes, files)) }),
  });
  const objects = openStore({
    root,
    dir: cache,
    layout,
    ...(links && { links }),
    shared,
    hasher,
    scratch: placing,
    seenFile: join(state, 'seen.db'),
    ...(listener && { warn: (problem) => listener.warn(problem) }),
  });
  const remembering = freshPlace(loaded, flags, hashing);
  const recalled = remembering && recallFresh(remembering);
  const looks = new FileLooks(root, hasher);
  const store = dialect.extendStore({ dir: cache, store: objects, hasher, scratch: placing, shared });
  const locks = dialect.openLocks(graph, {
    root,
    ...(flags.lock !== undefined && { override: resolve(flags.lock) }),
    stateDir: state,
    files: project.files.filter((file) => basename(file) === project.pipelineFile),
    wasRead: (digest) => recalled?.locks.includes(digest) === true,
  });
  return {
    ...loaded,
    rules,
    layout,
    hasher,
    store,
    locks,
    freshMemory:
      remembering &&
      new FreshMemory(recalled, { ...remembering, root, stages: project.stages, locks, hasher, looks }),
    runCache: dialect.openRunCache({ dir: cache, store, shared }),
    contents: rememberContents(
      {
        as: (view, at) => (isUrl(at) ? lookAtUrl(at, loaded, flags.quick) : lookAs(view, at, root, hasher)),
        asRecorded: (at) =>
          isUrl(at) ? Promise.resolve(undefined) : dialect.lookAsRecorded(absolutePath(root, at), hasher),
      },
      linkedPlaces(project),
      looks,
    ),
    history: join(state, 'history.jsonl'),
    close() {
      hasher.close();
      loaded.scans?.save();
    },
  };
}

/** Undefined where it is not known as a whole what was declared, or more than what is declared decides. */
function freshPlace(
  { project, dialect, folders }: Loaded,
  flags: OverlayFlags,
  { afresh }: Pick<HasherOptions, 'afresh'>,
): Pick<FreshContext, 'state' | 'circumstances'> | undefined {
  if (project.remembered === undefined || !dialect.hasFastAnswer || afresh) return undefined;
  const lock = flags.lock === undefined ? null : resolve(flags.lock);
  return { state: folders.state, circumstances: [project.remembered, lock] };
}

function dataIn({ root, stages }: Project): (path: string) => boolean {
  const data = stages.filter(({ cmd }) => cmd === null).flatMap(({ outs }) => outs);
  const paths = new Set(data.map(({ at }) => absolutePath(root, at)));
  return (path) => paths.has(path);
}

/** A stage that reads from elsewhere depends on what the place says of it. */
async function lookAtUrl(
  at: WorkspacePath,
  { project, folders, dialect }: Loaded,
  quick: boolean | undefined,
): Promise<LookedAt | undefined> {
  const source = await openSource(at, at, {
    root: project.root,
    rules: dialect.layout.content,
    state: folders.state,
    remotes: project.config.remotes,
    quick,
  });
  const content = await source.look();
  return content && { content, plain: true, behind: [] };
}

async function lookAs(
  view: View,
  at: WorkspacePath,
  root: string,
  hasher: Hasher,
): Promise<LookedAt | undefined> {
  const looked = await hasher.lookAs(view, absolutePath(root, at));
  return looked && { ...looked, behind: looked.behind.map((path) => workspacePath(root, ROOT, path)) };
}

function linkedPlaces({ stages }: Project): ReadonlyMap<WorkspacePath, readonly WorkspacePath[]> {
  const places = new Map<WorkspacePath, readonly WorkspacePath[]>();
  for (const { deps, outs } of stages)
    for (const items of [deps, outs]) for (const { at, linked } of items) if (linked) places.set(at, linked);
  return places;
}

function limitRate<T>(report: (value: T) => void): (value: T) => void {
  let last = performance.now();
  return (value) => {
    const now = performance.now();
    if (now - last < HASHED_EVERY_MS) return;
    last = now;
    report(value);
  };
}
