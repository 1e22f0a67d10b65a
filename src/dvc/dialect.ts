// DVC repositories: dvc.yaml, dvc.lock, md5 and DVC's cache; our own files are in `.dvc/tmp/pipe`.
import { join } from 'node:path';
import type { Dialect } from '../dialect.ts';
import { openLocks } from '../lock/locks.ts';
import { openBesideDvc } from './beside-run.ts';
import { dvcData } from './data-declarations.ts';
import { dvcDataEntries } from './data-entries.ts';
import { dvcImports } from './import-files.ts';
import { withEnv } from './env-memory.ts';
import { dvcLayout } from './layout.ts';
import { lookAsDvc2 } from './legacy-digest.ts';
import { withLegacyObjects } from './legacy-store.ts';
import { dvcLoading } from './loading.ts';
import { dvcFormat } from './lock-format.ts';
import { mergeDvcLocks } from './merge-lock.ts';
import { dvcPlotPlaces } from './plot-places.ts';
import { dvcOrder } from './run-order.ts';
import { dvcRules } from './rules.ts';
import { openDvcRunCache } from './run-cache.ts';

const lockFile = { name: 'dvc.lock', format: dvcFormat, merge: mergeDvcLocks } as const;

export const dialect: Dialect = {
  loading: dvcLoading,
  data: dvcData,
  // DVC takes them as they are.
  refuseOuts: () => undefined,
  withLinkedPlaces: (project) => project,
  layout: dvcLayout,
  rules: dvcRules,
  lockFile,
  defaultCache: '.dvc/cache',
  // DVC does.
  ignoresCache: false,
  ownFolder: (root) => join(root, '.dvc/tmp/pipe'),
  experimentsFolder: (root) => join(root, '.dvc/pipe/exps'),
  keepsLocksInOwnFolder: false,
  // The objects of the cache decide, too.
  hasFastAnswer: false,
  plots: dvcPlotPlaces,
  openLocks(graph, options) {
    const locks = openLocks(dvcOrder(graph), {
      ...options,
      name: lockFile.name,
      format: lockFile.format,
      data: dvcDataEntries(options.root, options.stateDir),
    });
    return withEnv(locks, join(options.stateDir, 'env.json'));
  },
  dataEntries: dvcDataEntries,
  extendStore: withLegacyObjects,
  imports: dvcImports,
  openRunCache: openDvcRunCache,
  lookAsRecorded: lookAsDvc2,
  openBeside: openBesideDvc,
};
