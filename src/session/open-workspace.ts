// Opens everything that deciding and running need: lock files, stat database, cache.
import { dirname, join, resolve } from 'node:path';
import { openRunCache } from '../cache/open-run-cache.ts';
import { withLegacyObjects } from '../dvc/legacy-store.ts';
import { openDvcRunCache } from '../dvc/run-cache.ts';
import { objectsFolder, openStore } from '../cache/open-store.ts';
import { lookAsDvc2 } from '../dvc/legacy-digest.ts';
import type { Hasher, View } from '../hash/hasher.ts';
import { openHasher, type HasherOptions } from '../hash/open-hasher.ts';
import { dvcDataEntries } from '../dvc/data-entries.ts';
import { withEnv } from '../dvc/env-memory.ts';
import { dvcFormat } from '../dvc/lock-format.ts';
import { openLocks } from '../lock/locks.ts';
import { pipeFormat } from '../lock/pipe-format.ts';
import { absolutePath, workspacePath, type WorkspacePath } from '../base/workspace-path.ts';
import type { Problem } from '../base/problem.ts';
import type { Project } from '../pipeline/project.ts';
import { dvcOrder } from '../dvc/order.ts';
import { rememberContents, type LookedAt } from '../plan/contents.ts';
import type { Folders, Workspace } from '../plan/workspace.ts';
import type { Loaded, OverlayFlags } from './load.ts';
import { refuseLinkedFolders } from './refuse-links.ts';

export interface OpenWorkspace extends Workspace {
  /** Absolute path. */
  readonly history: string;
  close(): void;
}

/** Told what the cache and the hasher find on their way. */
export interface WorkspaceListener {
  /** An object of the cache was set aside. */
  warn(problem: Problem): void;
  /** Everything that was read so far; a few times a second at most. */
  hashed(bytes: number, files: number): void;
}

const ROOT = '.' as WorkspacePath;
const HASHED_EVERY_MS = 250;

export function openWorkspace(
  { project, graph }: Loaded,
  flags: OverlayFlags,
  listener?: WorkspaceListener,
  hashing: Pick<HasherOptions, 'afresh'> = {},
): OpenWorkspace {
  refuseLinkedFolders(project);
  const folders = foldersOf(project);
  const cache = cacheFolder(project);
  const shared = project.config.cache?.shared === true;
  const asDvc = project.kind === 'dvc';
  const hasher = openHasher({
    root: project.root,
    algorithm: asDvc ? 'md5' : 'sha256',
    stateFile: join(folders.state, 'stat.db'),
    objects: objectsFolder(cache, project.kind),
    ...hashing,
    ...(listener && { onProgress: nowAndThen(({ bytes, files }) => listener.hashed(bytes, files)) }),
  });
  const scratch = placingFolder(folders);
  const objects = openStore({
    root: project.root,
    dir: cache,
    layout: project.kind,
    links: project.config.cache?.links ?? ['reflink', 'copy'],
    shared,
    hasher,
    scratch,
    ...(listener && { warn: (problem) => listener.warn(problem) }),
  });
  const store = asDvc ? withLegacyObjects({ dir: cache, store: objects, hasher, scratch, shared }) : objects;
  const files = openLocks(asDvc ? dvcOrder(graph) : project.stages, {
    root: project.root,
    ...(flags.lock !== undefined && { override: resolve(flags.lock) }),
    stateDir: folders.state,
    name: asDvc ? 'dvc.lock' : 'pipeline.lock',
    format: asDvc ? dvcFormat : pipeFormat,
    ...(asDvc && { data: dvcDataEntries(project.root) }),
  });
  const locks = asDvc ? withEnv(files, join(folders.state, 'env.json')) : files;
  return {
    project,
    graph,
    folders,
    hasher,
    store,
    locks,
    runCache: asDvc ? openDvcRunCache({ dir: cache, store, shared }) : openRunCache({ dir: cache, store }),
    contents: rememberContents(
      {
        as: (view, at) => lookAs(view, at, project.root, hasher),
        asDvc2: (at) => lookAsDvc2(absolutePath(project.root, at), hasher),
      },
      linkedPlaces(project),
    ),
    history: join(folders.state, 'history.jsonl'),
    close: () => hasher.close(),
  };
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
  const items = stages.flatMap(({ deps, outs }) => [...deps, ...outs]);
  return new Map(items.flatMap(({ at, linked }) => (linked ? [[at, linked] as const] : [])));
}

function nowAndThen<T>(tell: (value: T) => void): (value: T) => void {
  let last = performance.now();
  return (value) => {
    const now = performance.now();
    if (now - last < HASHED_EVERY_MS) return;
    last = now;
    tell(value);
  };
}

/** Absolute. */
export function cacheFolder(project: Project): string {
  return resolve(
    project.root,
    project.config.cache?.dir ?? (project.kind === 'dvc' ? '.dvc/cache' : 'cache'),
  );
}

/** Our own files lie in the cache folder; in a DVC repository where DVC keeps what is not for git. */
export function foldersOf(project: Project): Folders {
  const own = project.kind === 'dvc' ? join(project.root, '.dvc/tmp/pipe') : cacheFolder(project);
  return {
    root: project.root,
    state: join(own, 'state'),
    logs: join(own, 'logs'),
    scratch: join(own, 'tmp'),
    saved: join(own, 'saved'),
  };
}

/** Where the store puts together what is on its way into the workspace. */
export const placingFolder = ({ scratch }: Folders): string => join(dirname(scratch), 'placing');
