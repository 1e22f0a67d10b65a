// Stores and records the workspace as it is as the result of its stages, without running anything.
import { PipeError, type Problem } from '../base/problem.ts';
import type { Stage, StageAddress } from '../pipeline/stage.ts';
import { decide } from '../plan/decide.ts';
import type { Reason } from '../plan/decision.ts';
import { gatherInputs } from '../plan/inputs.ts';
import { lookupFor } from '../plan/lookup.ts';
import { keepsBytes } from '../plan/reusable.ts';
import type { Workspace } from '../plan/workspace.ts';
import type { BesideRun } from './beside-run.ts';
import { publishAsIs } from './publish-as-is.ts';
import { missingDepProblems } from './stage-problems.ts';

export interface Committable {
  readonly stage: Stage;
  readonly reasons: readonly Reason[];
  /** It is the stage of a command, and the workspace has something else than its record. */
  readonly isChanged: boolean;
}

/** The stages whose record differs from the workspace, with the reasons. @param stages in dependency order. */
export async function findCommittable(
  stages: readonly Stage[],
  workspace: Workspace,
): Promise<Committable[]> {
  const found: Committable[] = [];
  const options = { force: false, rules: workspace.rules };
  for (const stage of stages.filter(({ alwaysChanged }) => !alwaysChanged)) {
    const inputs = await gatherInputs(stage, workspace);
    const decision = await decide(
      stage,
      workspace.locks.entry(stage),
      inputs,
      lookupFor(stage, workspace),
      options,
    );
    const reasons = decision.kind === 'fresh' ? [] : decision.reasons;
    const unkept = reasons.length === 0 ? unkeptReasons(stage, workspace) : [];
    const isChanged = stage.cmd !== null && reasons.length > 0;
    if (reasons.length + unkept.length > 0)
      found.push({ stage, reasons: [...reasons, ...unkept], isChanged });
  }
  return found;
}

/**
 * Outputs that are as recorded, and that the cache does not have: it was deleted, or data was recorded without keeping its bytes. Also
 * those whose record DVC would write in another way: it lacks the size, or their import was edited by hand.
 */
function unkeptReasons(stage: Stage, { locks, store }: Workspace): Reason[] {
  const { outs = [], edited } = locks.entry(stage) ?? {};
  const kept = new Set(stage.outs.filter(keepsBytes).map(({ path }) => path));
  return outs
    .filter(
      ({ path, content, cloud, unsized }) =>
        kept.has(path) && !cloud && (edited || unsized || !store.has(content)),
    )
    .map(({ path }) => ({ kind: 'out-not-in-cache', path }));
}

/** @throws PipeError for a missing dependency or output, before anything of that stage is recorded. */
export async function commit(
  stages: readonly Stage[],
  workspace: Workspace,
  beside: BesideRun | undefined,
  warn: (problem: Problem) => void,
): Promise<readonly StageAddress[]> {
  for (const stage of stages) {
    const inputs = await gatherInputs(stage, workspace);
    // Imported data is recorded whatever its source has now.
    const read = stage.cmd === null ? [] : stage.deps;
    const missing = read.filter((_, index) => inputs.deps[index]!.content === undefined);
    if (missing.length > 0)
      throw new PipeError(missingDepProblems(stage, missing, workspace.project.root, workspace.graph));
    await publishAsIs(stage, inputs, workspace, beside, warn);
  }
  workspace.locks.fold(workspace.project.overlay, false);
  beside?.addToGit();
  return stages.map(({ address }) => address);
}
