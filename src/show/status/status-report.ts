// What `pipe status` reports, before it is put into words: a decision per stage, and what is no longer declared. Data only.
import { nearestSources } from '../../graph/nearest-sources.ts';
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
 * is enough. Without those that wait for nothing.
 */
export function nearestCauses(report: StatusReport): ReadonlyMap<StageAddress, readonly StageAddress[]> {
  const causes = new Set(report.stages.flatMap(({ decision }) => waitsFor(decision)));
  if (causes.size === 0) return new Map();
  const involved = report.stages.filter(
    ({ stage, decision }) => decision.kind === 'blocked' || causes.has(stage.address),
  );
  const on = involved.map(({ decision }) => waitsFor(decision));
  const place = new Map(involved.map(({ stage }, index) => [stage.address, index]));
  // What is no longer declared comes first. A stage can wait for the removal of what a later one, or itself, once wrote.
  const gone = [...causes].filter((cause) => !place.has(cause));
  const nodes = new Map([...gone, ...place.keys()].map((address, index) => [address, index]));
  const isEarlier = (cause: StageAddress, index: number): boolean => nodes.get(cause)! < index + gone.length;
  const above = on.map((causes, index) =>
    causes.filter((cause) => isEarlier(cause, index)).map((cause) => nodes.get(cause)!),
  );
  const nearest = nearestSources([...gone.map(() => []), ...above]);
  return new Map(
    involved.map(({ stage }, index) => {
      if (on[index]!.length < 2) return [stage.address, on[index]!];
      const shown = new Set(nearest[index + gone.length]);
      const isShown = (cause: StageAddress): boolean =>
        shown.has(nodes.get(cause)!) || !isEarlier(cause, index);
      return [stage.address, on[index]!.filter(isShown)];
    }),
  );
}

const NONE: readonly StageAddress[] = [];

const waitsFor = (decision: Decision): readonly StageAddress[] =>
  decision.kind === 'blocked' ? decision.on : NONE;
