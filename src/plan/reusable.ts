// Which stages may have an earlier result used again, and which outputs the cache keeps. DVC's rules.
import type { Stage } from '../pipeline/stage.ts';

/**
 * A recorded result of this stage may be put back instead of running it: not where the stage reads nothing, nor where
 * an output outlives runs (`persist`).
 */
export function isRestorable(stage: Stage): boolean {
  const reads = stage.deps.length > 0 || stage.params.length > 0;
  return reads && stage.outs.length > 0 && !stage.alwaysChanged && stage.outs.every((out) => !out.persist);
}

/**
 * The result of another run of this stage may be used again where its inputs are the same: not where the cache is told
 * to keep nothing of an output that is neither metric nor plot.
 */
export function hasReusableResult(stage: Stage): boolean {
  return isRestorable(stage) && stage.outs.every(keepsBytes);
}

/** The cache keeps this output's bytes: it is told to, or it is a metric or plot, which earlier runs are restored with. */
export function keepsBytes(out: Stage['outs'][number]): boolean {
  return out.cache || out.metric || out.plot !== false;
}
