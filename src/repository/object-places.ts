// Where another repository has its objects: the cache of a repository of this machine, and its remotes.
import { statSync } from 'node:fs';
import { PipeError } from '../base/problem.ts';
import { fetchObjects } from '../cache/remote/fetch-objects.ts';
import { openFolderRemote } from '../cache/remote/folder/folder-remote.ts';
import type { OnWait } from './clone-lock.ts';
import type { Environment } from '../cache/remote/credentials.ts';
import { chooseRemote, openRemote } from '../cache/remote/open-remote.ts';
import { receiveManifest } from '../cache/remote/receive-object.ts';
import type { Remote } from '../cache/remote/remote.ts';
import { DEFAULT_JOBS } from '../cache/remote/transfer.ts';
import { isDirectory, type Content } from '../hash/digest.ts';
import type { ManifestEntry } from '../hash/tree.ts';
import type { ForeignStore } from './foreign-store.ts';
import type { Repository } from './open-repository.ts';

export interface BringOptions {
  /** Files that may be executed stay so. */
  readonly modes: boolean;
  /** A remote of the repository in place of its default. */
  readonly remote?: string | undefined;
  readonly jobs?: number | undefined;
  /** Called with all bytes that came so far. */
  readonly onProgress?: (bytes: number) => void;
  readonly onRetry?: (reason: string) => void;
  readonly onWait?: OnWait;
}

/** @param own the only remote that has the contents. @returns whether the store has all of them now. */
export async function bringObjects(
  contents: readonly Content[],
  own: string | null,
  repository: Repository,
  target: ForeignStore,
  options: BringOptions,
): Promise<boolean> {
  const { layout, vaultOf } = target;
  const lacking = (): readonly Content[] => contents.filter((content) => !sized(content, target));
  await askPlaces(own, repository, options, async (remote) => {
    if (lacking().length === 0) return true;
    await fetchObjects(lacking(), {
      remote,
      layout,
      vaultOf,
      jobs: options.jobs ?? remote.jobs ?? DEFAULT_JOBS,
      onProgress: ({ bytes }) => options.onProgress?.(bytes.done),
    });
    return lacking().length === 0;
  });
  return lacking().length === 0;
}

/** The content with its size, which DVC does not record everywhere; undefined where the store does not have it. */
export function sized(content: Content, { layout, vaultOf, store }: ForeignStore): Content | undefined {
  if (isDirectory(content.digest)) return store.has(content) ? content : undefined;
  const path = vaultOf(content).find(content.digest, layout.exactSizes ? content.size : undefined);
  return path === undefined ? undefined : { ...content, size: statSync(path).size };
}

/** The entries of a folder, whose list the store has then; undefined where no place has them. @throws PipeError for a manifest with paths outside of the folder. */
export async function bringEntries(
  content: Content,
  own: string | null,
  repository: Repository,
  { layout, vaultOf, store }: ForeignStore,
  options: BringOptions,
): Promise<readonly ManifestEntry[] | undefined> {
  const known = store.entries(content);
  if (known) return known;
  let found: readonly ManifestEntry[] | undefined;
  await askPlaces(own, repository, options, async (remote) => {
    const { algorithm } = layout.content;
    const text = await receiveManifest({ remote, vault: vaultOf(content), content, algorithm });
    if (typeof text !== 'string') return false;
    found = layout.content.parseManifest(text);
    vaultOf(content).addText(text, content.digest);
    vaultOf(content).flush();
    return true;
  });
  return found;
}

/** @param ask says whether it has what is wanted now. @throws PipeError where a place refuses or fails. */
async function askPlaces(
  own: string | null,
  repository: Repository,
  options: BringOptions,
  ask: (remote: Remote) => Promise<boolean>,
): Promise<void> {
  for (const open of placesOf(own ?? options.remote, repository, options)) {
    const remote = await open();
    try {
      if (await ask(remote)) return;
    } catch (error) {
      // The cache of a project that made nothing yet does not exist.
      const isNowhere = error instanceof PipeError && remote.url === repository.cache;
      if (!isNowhere) throw error;
    } finally {
      await remote.close();
    }
  }
}

function placesOf(
  name: string | undefined,
  { cache, remotes, revision, url }: Repository,
  { onRetry }: BringOptions,
): readonly (() => Promise<Remote>)[] {
  const places: (() => Promise<Remote>)[] = [];
  // A cache has the layout of a remote.
  if (cache !== undefined) places.push(async () => openFolderRemote({ name: url, folder: cache }));
  const hasDefault = remotes?.remote !== undefined || remotes?.remotes.size === 1;
  if (remotes && (name !== undefined || hasDefault))
    places.push(() =>
      openRemote(remotes, chooseRemote(remotes, name), {
        root: revision.project.root,
        env: withoutOwnSecrets(process.env),
        ...(onRetry && { onRetry }),
      }),
    );
  return places;
}

/** What is set for the remotes of this project is not for those of others, whatever their names. */
function withoutOwnSecrets(env: NodeJS.ProcessEnv): Environment {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('PIPE_REMOTE_')));
}
