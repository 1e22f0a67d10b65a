// How DVC decides and records stages, so that both programs run the same stages.
import { lockEntry } from '../plan/fingerprint.ts';
import type { Rules } from '../plan/rules.ts';
import { dvcSees } from './input-changes.ts';
import { dvcRunKey } from './run-cache.ts';

export const dvcRules: Rules = {
  counts: dvcSees,
  // DVC has no environment of stages; it decides where a stage sets one.
  settingsOf: ({ env }) => (Object.keys(env).length > 0 ? { env } : {}),
  runKey: (inputs) => dvcRunKey(lockEntry(inputs, []), inputs.outs),
  hasWholeRunKey: ({ env }) => Object.keys(env).length === 0,
  restoresSources: false,
  // With equal inputs DVC restores from the lock file only, and only what its run cache could keep.
  restoresFromLockOnly: true,
  depModesCount: false,
  outModesCount: false,
  needsObjects: true,
  recordsFrozen: true,
  recordsSources: true,
  recordsChangedDeps: true,
  keepsVanished: true,
};
