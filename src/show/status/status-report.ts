// What `pipe status` reports, before it is put into words: a decision per stage, and what is no longer declared. Data only.
import type { Overlay } from '../../pipeline/params/overlay.ts';
import type { Stage, StageAddress } from '../../pipeline/stage.ts';
import type { ChangedFolders } from '../../plan/changed-folders.ts';
import type { Decision } from '../../plan/decision.ts';

export interface StageStatus {
  readonly stage: Stage;
  readonly decision: Decision;
}

export interface StatusReport {
  /** In dependency order. */
  readonly stages: readonly StageStatus[];
  /** Stages that the lock file records and the pipeline no longer declares, with their outputs. */
  readonly vanished: readonly { readonly name: string; readonly paths: readonly string[] }[];
  readonly overlay: { readonly last: Overlay; readonly now: Overlay };
  /** The files that changed in the folders of the reasons, where known. */
  readonly folders?: ChangedFolders;
}

export type StageState = 'fresh' | 'stale' | 'blocked';

/** A frozen stage is stale where its outputs are not as recorded, else fresh. */
export function stateOf(decision: Decision): StageState {
  switch (decision.kind) {
    case 'fresh':
      return 'fresh';
    case 'restore':
    case 'run':
      return 'stale';
    case 'blocked':
      return 'blocked';
    case 'frozen':
      return decision.reasons.length > 0 ? 'stale' : 'fresh';
  }
}

export function countStates(report: StatusReport): { readonly [state in StageState]: number } {
  const counts = { fresh: 0, stale: 0, blocked: 0 };
  for (const { decision } of report.stages) counts[stateOf(decision)] += 1;
  return counts;
}

/** Flags that the last run was given and this command was not. */
export function missingOverlay({ last, now }: StatusReport['overlay']): string[] {
  const files = last.files.filter((file) => !now.files.includes(file));
  const set = last.set.filter((pair) => !now.set.includes(pair));
  return [...files.flatMap((file) => ['--params', file]), ...set.flatMap((pair) => ['-S', pair])];
}

/**
 * The stages that each blocked one waits for, without those that another of them waits for in turn: what is nearest
 * is enough.
 */
export function nearestCauses(report: StatusReport): ReadonlyMap<StageAddress, readonly StageAddress[]> {
  const on = new Map(
    report.stages.map(({ stage, decision }) => [
      stage.address,
      decision.kind === 'blocked' ? decision.on : ([] as readonly StageAddress[]),
    ]),
  );
  const behind = new Map<StageAddress, Set<StageAddress>>();
  const nearest = new Map<StageAddress, readonly StageAddress[]>();
  // In dependency order, so that the causes of a cause are known already.
  for (const [address, causes] of on) {
    const further = new Set<StageAddress>();
    for (const cause of causes) for (const other of behind.get(cause) ?? []) further.add(other);
    nearest.set(
      address,
      causes.filter((cause) => !further.has(cause)),
    );
    for (const cause of causes) further.add(cause);
    behind.set(address, further);
  }
  return nearest;
}
