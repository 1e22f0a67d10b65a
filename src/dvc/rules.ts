// How DVC decides and records stages, so that the same stages run whichever of the two programs is asked.
import { lockEntry } from '../plan/fingerprint.ts';
import type { Rules } from '../plan/rules.ts';
import { dvcSees } from './input-changes.ts';
import { dvcRunKey } from './run-cache.ts';

export const dvcRules: Rules = {
  counts: dvcSees,
  // DVC has no environment of stages; ours counts where a stage sets one.
  settingsOf: ({ env }) => (Object.keys(env).length > 0 ? { env } : {}),
  runKey: (inputs) => dvcRunKey(lockEntry(inputs, []), inputs.outs),
  hasWholeRunKey: ({ env }) => Object.keys(env).length === 0,
  restoresSources: false,
  // With equal inputs DVC asks no other memory than the lock file, and that only for what its run cache could keep.
  restoresFromLockOnly: true,
  depModesCount: false,
  outModesCount: false,
  needsObjects: true,
  recordsFrozen: true,
  recordsChangedDeps: true,
  keepsVanished: true,
};
