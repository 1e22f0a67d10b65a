// A remote whose folder is the cache itself: it would keep no second copy of anything, whatever the way to it.
import { realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { PipeError } from '../../base/problem.ts';
import { isSameFile, statsAt } from '../../disk/same-file.ts';

export interface CacheFolder {
  /** Absolute. */
  readonly cache: string;
  /** Folder of the objects, below the cache folder and below the URL of a remote. */
  readonly objects: string;
}

/** @param url absolute for a folder. @throws PipeError where it leads to the cache: by a link, too, or a folder that is mounted twice. */
export function refuseCacheAsRemote(
  { name, url }: { readonly name: string; readonly url: string },
  { cache, objects }: CacheFolder,
): void {
  if (!isAbsolute(url)) return;
  if (!isSame(url, cache) && !isSame(join(url, objects), join(cache, objects))) return;
  throw new PipeError({
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
