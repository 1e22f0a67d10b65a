// Which stages can be restored from an earlier result, and which outputs the cache keeps.
import { isUrl } from '../base/workspace-path.ts';
import type { Stage } from '../pipeline/stage.ts';
import type { Rules } from './rules.ts';

/**
 * A recorded result of this stage can be restored instead of a run: not where an output outlives runs (`persist`), nor,
 * under some rules, where the stage reads nothing.
 */
export function isRestorable(stage: Stage, rules: Rules): boolean {
  const reads = stage.deps.length > 0 || stage.params.length > 0;
  return (
    (reads || rules.restoresSources) &&
    stage.outs.length > 0 &&
    !stage.alwaysChanged &&
    stage.outs.every((out) => !out.persist)
  );
}

/**
 * The result of any run of this stage can be restored for the same inputs: not where an output that is neither metric nor
 * plot has `cache: false`, nor where the key of the run cache lacks an input of the stage.
 */
export function hasReusableResult(stage: Stage, rules: Rules): boolean {
  // DVC keeps no result of what it reads elsewhere.
  const isHere = !rules.restoresFromLockOnly || !stage.deps.some(({ at }) => isUrl(at));
  return isHere && isRestorable(stage, rules) && rules.hasWholeRunKey(stage) && stage.outs.every(keepsBytes);
}

/** The cache keeps this output's bytes: it is cached, or it is a metric or plot, which is restored with earlier runs. */
export function keepsBytes(out: Stage['outs'][number]): boolean {
  return out.cache || out.metric || out.plot !== false;
}
