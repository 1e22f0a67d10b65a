// Decides about stages without changing anything, for `status`, `why` and `repro --dry` alike.
import type { Stage, StageAddress } from '../pipeline/stage.ts';
import { assess } from '../plan/assess.ts';
import type { Decision } from '../plan/decision.ts';
import { findVanished, type Vanished } from '../plan/vanished.ts';
import type { Workspace } from '../plan/workspace.ts';

export interface Assessed {
  readonly vanished: Vanished;
  readonly decisions: ReadonlyMap<StageAddress, Decision>;
}

/** @param force every stage is to run. */
export async function assessStages(
  stages: readonly Stage[],
  workspace: Workspace,
  force = false,
): Promise<Assessed> {
  const vanished = await findVanished(workspace);
  const decisions = await assess(stages, workspace, vanished, force);
  workspace.freshMemory?.keep(
    stages.filter(({ address }) => decisions.get(address)?.kind === 'fresh'),
    vanished.allDeclared,
  );
  return { vanished, decisions };
}
