// Projects of our own: pipeline.yaml, pipeline.lock, sha256 and a folder `cache/` that holds everything of ours; objects and runs may be
// kept elsewhere.
import { join } from 'node:path';
import type { Dialect } from '../dialect.ts';
import { refuseAliases } from '../graph/aliases.ts';
import { withLinkedPlaces } from '../graph/linked-places.ts';
import { openLocks } from '../lock/locks.ts';
import { openBesideOwn } from './beside-run.ts';
import { ownData } from './data-declarations.ts';
import { ownImports } from './import-files.ts';
import { ownLayout } from './layout.ts';
import { ownLoading } from './loading.ts';
import { pipeFormat } from './lock-format.ts';
import { mergeOwnLocks } from './merge-lock.ts';
import { ownRules } from './rules.ts';
import { openRunCache } from './run-cache.ts';

const lockFile = { name: 'pipeline.lock', format: pipeFormat, merge: mergeOwnLocks } as const;

export const dialect: Dialect = {
  loading: ownLoading,
  data: ownData,
  refuseOuts: refuseAliases,
  withLinkedPlaces,
  layout: ownLayout,
  rules: ownRules,
  lockFile,
  defaultCache: 'cache',
  ignoresCache: true,
  ownFolder: (root) => join(root, 'cache'),
  experimentsFolder: (root) => join(root, 'cache/exps'),
  keepsLocksInOwnFolder: true,
  hasFastAnswer: true,
  plots: (root) => ({ templates: join(root, '.pipe/plots'), out: 'pipe_plots', opens: false }),
  openLocks: ({ stages }, options) =>
    openLocks(stages, { ...options, name: lockFile.name, format: lockFile.format }),
  dataEntries: () => undefined,
  extendStore: ({ store }) => store,
  imports: ownImports,
  openRunCache,
  lookAsRecorded: (path, hasher) => hasher.look(path),
  openBeside: openBesideOwn,
};
