// Where DVC keeps objects and runs. We write no other files into its cache folder, but for `projects/` where it is not at its usual place.
import type { CacheLayout } from '../cache/cache-layout.ts';
import { CACHE_TAG, USE_LOCK } from '../cache/cache-tag.ts';
import { dvcContent } from './content.ts';
import { openLegacyVault } from './legacy-vault.ts';
import { dvcQuarantine } from './quarantine.ts';
import { dvcRuns } from './run-cache.ts';

export const dvcLayout: CacheLayout = {
  content: dvcContent,
  objects: 'files/md5',
  marks: [CACHE_TAG, USE_LOCK],
  runs: dvcRuns,
  quarantine: dvcQuarantine,
  check: () => undefined,
  make: () => undefined,
  // DVC would hash an object with another modification time again.
  renew: () => undefined,
  linksAnywhere: true,
  // A `.dvc` file may lack the size.
  exactSizes: false,
  openOtherVault: openLegacyVault,
};
