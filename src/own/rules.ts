// How stages are decided and recorded in a project of our own: everything that a stage can see decides.
import { posix } from 'node:path';
import { fingerprintOf } from '../plan/fingerprint.ts';
import type { Rules } from '../plan/rules.ts';

export const ownRules: Rules = {
  counts: () => true,
  settingsOf: ({ wdir, env }, folder) => ({ wdir: posix.relative(folder, wdir) || '.', env }),
  runKey: fingerprintOf,
  hasWholeRunKey: () => true,
  restoresSources: true,
  restoresFromLockOnly: false,
  depModesCount: true,
  outModesCount: true,
  needsObjects: false,
  recordsFrozen: false,
  recordsSources: false,
  recordsChangedDeps: false,
  keepsVanished: false,
};
