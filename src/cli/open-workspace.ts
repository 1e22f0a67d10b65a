// Opens everything that deciding and running need: lock files, stat database, cache.
import { join, resolve } from 'node:path';
import { openRunCache } from '../cache/open-run-cache.ts';
import { objectsFolder, openStore } from '../cache/open-store.ts';
import { openHasher } from '../hash/open-hasher.ts';
import { openLocks } from '../lock/locks.ts';
import { pipeFormat } from '../lock/pipe-format.ts';
import type { Project } from '../pipeline/project.ts';
import type { WorkspacePath } from '../pipeline/stage.ts';
import { rememberContents } from '../plan/contents.ts';
import type { Folders, Workspace } from '../plan/workspace.ts';
import type { Loaded, OverlayFlags } from './load.ts';

export interface OpenWorkspace extends Workspace {
  /** Absolute path. */
  readonly history: string;
  close(): void;
}

export function openWorkspace({ project, graph }: Loaded, flags: OverlayFlags): OpenWorkspace {
  const folders = foldersOf(project);
  const cache = cacheFolder(project);
  const hasher = openHasher({
    root: project.root,
    algorithm: project.kind === 'dvc' ? 'md5' : 'sha256',
    stateFile: join(folders.state, 'stat.db'),
    objects: objectsFolder(cache, project.kind),
  });
  const store = openStore({
    root: project.root,
    dir: cache,
    layout: project.kind,
    links: project.config.cache?.links ?? ['reflink', 'copy'],
    hasher,
    scratch: join(folders.scratch, '../placing'),
  });
  const locks = openLocks(project.stages, {
    root: project.root,
    ...(flags.lock !== undefined && { override: resolve(flags.lock) }),
    stateDir: folders.state,
    name: project.kind === 'dvc' ? 'dvc.lock' : 'pipeline.lock',
    format: pipeFormat,
  });
  return {
    project,
    graph,
    folders,
    hasher,
    store,
    locks,
    runCache: openRunCache({ dir: cache, store }),
    contents: rememberContents((at: WorkspacePath) => hasher.look(join(project.root, at))),
    history: join(folders.state, 'history.jsonl'),
    close: () => hasher.close(),
  };
}

function cacheFolder(project: Project): string {
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
  };
}
