// A remote that leads to the cache itself: it would keep no second copy of anything, whatever the way to it. One that leads to the cache
// of another project can be read; what is sent there can be removed by that project, and its results by us.
import { randomBytes } from 'node:crypto';
import { realpathSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { errno, PipeError, type Problem } from '../../base/problem.ts';
import { inFolder, listFolder } from '../../disk/real-folder.ts';
import { isSameFile, statsAt } from '../../disk/same-file.ts';
import { temporaryName } from '../../disk/temporary-name.ts';
import type { CacheLayout } from '../cache-layout.ts';
import { CACHE_TAG, PROJECTS, TAG_OF_PIPE, USE_LOCK } from '../cache-tag.ts';
import { bodyToText, TooLong } from './body.ts';
import type { Remote } from './remote.ts';

export interface CacheFolder {
  /** Absolute. */
  readonly cache: string;
  readonly layout: Pick<CacheLayout, 'objects' | 'marks'>;
}

/** @param url absolute for a folder. @throws PipeError where it leads to the cache: by a link, too, or a folder that is mounted twice. */
export function refuseCacheAsRemote(
  { name, url }: { readonly name: string; readonly url: string },
  { cache, layout: { objects } }: CacheFolder,
): void {
  if (!isAbsolute(url)) return;
  if (isSame(url, cache) || isSame(join(url, objects), join(cache, objects))) throw isCache(name, url, cache);
}

type Asked = Pick<Remote, 'name' | 'url' | 'sizes' | 'read'>;

/** As `askForCache`. Where the remote does not let us look for files, what follows says so. */
export async function lookForCache(remote: Asked, folder: CacheFolder): Promise<boolean> {
  try {
    return await askForCache(remote, folder);
  } catch (error) {
    if (!(error instanceof PipeError) || error.problems[0]!.code !== 'remote-refused') throw error;
    return CACHE_OF_DVC.test(remote.url);
  }
}

/**
 * Asks the remote itself, since the way to it can be a server, another program or a mount: it is the cache if it has a file that was
 * just made there.
 * @returns whether it is the cache of another project.
 * @throws PipeError where it is the cache of this one, or cannot be asked.
 */
export async function askForCache(remote: Asked, folder: CacheFolder): Promise<boolean> {
  const { name, url } = remote;
  refuseCacheAsRemote(remote, folder);
  const token = makeToken(folder);
  try {
    const { marks } = folder.layout;
    const found = await remote.sizes(token ? [...marks, token.key] : marks, 3);
    if (token && found.has(token.key)) throw isCache(name, url, folder.cache);
    return (
      CACHE_OF_DVC.test(url) || found.has(USE_LOCK) || (found.has(CACHE_TAG) && (await isTagOfPipe(remote)))
    );
  } finally {
    token?.remove();
  }
}

export const cacheOfOthers = ({ name, url }: Pick<Remote, 'name' | 'url'>): Problem => ({
  code: 'remote-is-other-cache',
  title: `the remote '${name}' is the cache of another project, whose garbage collection may remove what is sent there`,
  facts: [['remote', url]],
  hint: `give it a folder of its own, or run \`pipe gc\` in that project; if it is only a copy of a cache, remove ${CACHE_TAG} and ${PROJECTS}/ there`,
});

async function isTagOfPipe(remote: Pick<Remote, 'read'>): Promise<boolean> {
  const text = await remote
    .read(CACHE_TAG, (body) => bodyToText(body, 4096))
    .catch((error: unknown) => {
      if (error instanceof TooLong) return undefined;
      throw error;
    });
  return text?.toString('utf8').includes(TAG_OF_PIPE) === true;
}

/** DVC marks no cache: it is known where it has its usual place, or where we have used it. */
const CACHE_OF_DVC = /(?:^|[/:])\.dvc\/cache\/*$/;

interface Token {
  readonly key: string;
  remove(): void;
}

/**
 * A file with the name of a temporary one, beside objects; undefined where the cache has none, or nothing can be written there.
 * @throws PipeError for a symbolic link in place of a folder.
 */
function makeToken({ cache, layout: { objects } }: CacheFolder): Token | undefined {
  const shard = listFolder(cache, join(cache, objects)).find(({ name }) => SHARD.test(name))?.name;
  if (shard === undefined) return undefined;
  const parent = join(cache, objects, shard);
  const name = `${randomBytes(31).toString('hex')}.${temporaryName()}`;
  try {
    inFolder(cache, parent, (at) => writeFileSync(at(name), 'x', { flag: 'wx' }));
  } catch (error) {
    if (UNWRITABLE.includes(errno(error) ?? '')) return undefined;
    throw error;
  }
  const remove = (): void => {
    process.off('exit', remove);
    rmSync(join(parent, name), { force: true });
  };
  process.on('exit', remove);
  return { key: `${objects}/${shard}/${name}`, remove };
}

const SHARD = /^[0-9a-f]{2}$/;
const UNWRITABLE = ['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT'];

function isCache(name: string, url: string, cache: string): PipeError {
  return new PipeError({
    code: 'remote-is-cache',
    title: `the remote '${name}' is the cache itself: what is in it is nowhere else`,
    facts: [
      ['remote', url],
      ['cache', cache],
    ],
    hint: `give it a folder on another disk or machine; projects and people who share a cache need no remote for that`,
  });
}

function isSame(one: string, other: string): boolean {
  const [here, there] = [statsAt(one), statsAt(other)];
  return here || there ? isSameFile(here, there) : withoutLinks(one) === withoutLinks(other);
}

/** The path as far as it exists, by its real folders. */
function withoutLinks(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    return dirname(path) === path ? path : join(withoutLinks(dirname(path)), basename(path));
  }
}
