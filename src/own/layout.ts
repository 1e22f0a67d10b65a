// Where the cache of a project of our own keeps objects and runs.
import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import type { CacheLayout } from '../cache/cache-layout.ts';
import { CACHE_TAG } from '../cache/cache-tag.ts';
import { makeCacheFolder, refuseForeignFolder } from './cache-folder.ts';
import { ownContent } from './content.ts';
import { ownRuns } from './run-cache.ts';

export const ownLayout: CacheLayout = {
  content: ownContent,
  objects: 'objects/sha256',
  marks: [CACHE_TAG],
  runs: ownRuns,
  quarantine: (dir) => join(dir, 'quarantine'),
  check: refuseForeignFolder,
  make: makeCacheFolder,
  renew(path) {
    const now = new Date();
    try {
      utimesSync(path, now, now);
    } catch {
      // The object belongs to another user, who decides how long it stays.
    }
  },
  linksAnywhere: false,
  exactSizes: true,
};
