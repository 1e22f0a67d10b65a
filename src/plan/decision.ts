// What a run does about a stage, and why.
import type { LockedPath } from '../lock/lock-entry.ts';
import type { StageAddress } from '../pipeline/stage.ts';
import type { Change } from './fingerprint.ts';

/** One cause for a stage to be stale. */
export type Reason =
  /** The lock file has no entry: the stage never ended well here. */
  | { readonly kind: 'new' }
  | { readonly kind: 'changed'; readonly change: Change }
  | { readonly kind: 'out-missing'; readonly path: string }
  | { readonly kind: 'out-modified'; readonly path: string }
  | { readonly kind: 'out-not-in-cache'; readonly path: string }
  /** `always_changed: true`, or a command with neither deps nor outs. */
  | { readonly kind: 'always-changed' }
  /** By -f or --force-downstream. */
  | { readonly kind: 'forced' };

/** An output that is to be restored. */
export const isOfLostOut = (
  reason: Reason,
): reason is Extract<Reason, { kind: 'out-missing' | 'out-not-in-cache' }> =>
  reason.kind === 'out-missing' || reason.kind === 'out-not-in-cache';

export type Decision =
  /** Inputs and outputs are as recorded. */
  | { readonly kind: 'fresh' }
  /** The cache has the outputs that these inputs give: put them into the workspace, run nothing. */
  | {
      readonly kind: 'restore';
      readonly reasons: readonly Reason[];
      readonly outs: readonly LockedPath[];
      readonly from: 'lock' | 'run cache';
    }
  | { readonly kind: 'run'; readonly reasons: readonly Reason[] }
  /** Unknown until these stages have run; `reasons` are those that are known already. */
  | { readonly kind: 'blocked'; readonly on: readonly StageAddress[]; readonly reasons: readonly Reason[] }
  /** Never runs: `frozen: true` or a `.dvc` data file. `reasons` say how its outputs differ from the record. */
  | { readonly kind: 'frozen'; readonly reasons: readonly Reason[] };

/** Data that is as recorded needs nothing, and neither does a frozen stage. */
export const isFresh = (decision: Decision): boolean =>
  decision.kind === 'fresh' || (decision.kind === 'frozen' && decision.reasons.length === 0);
