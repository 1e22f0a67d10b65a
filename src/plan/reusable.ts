// Which stages may have an earlier result used again, and which outputs the cache keeps.
import type { Stage } from '../pipeline/stage.ts';
import type { Rules } from './rules.ts';

/**
 * A recorded result of this stage may be put back instead of running it: not where an output
 * outlives runs (`persist`), nor, where the rules say so, where the stage reads nothing.
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
 * The result of another run of this stage may be used again where its inputs are the same: not where the cache is told
 * to keep nothing of an output that is neither metric nor plot, nor where the
 * key of the run cache lacks something that the stage reads.
 */
export function hasReusableResult(stage: Stage, rules: Rules): boolean {
  return isRestorable(stage, rules) && rules.hasWholeRunKey(stage) && stage.outs.every(keepsBytes);
}

/** The cache keeps this output's bytes: it is told to, or it is a metric or plot, which earlier runs are restored with. */
export function keepsBytes(out: Stage['outs'][number]): boolean {
  return out.cache || out.metric || out.plot !== false;
}
