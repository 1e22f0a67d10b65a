// Which stages may have an earlier result used again, and which outputs the cache keeps.
import type { Stage } from '../pipeline/stage.ts';

/**
 * A recorded result of this stage may be put back instead of running it: not where an output
 * outlives runs (`persist`), nor, in a DVC repository, where the stage reads nothing.
 */
export function isRestorable(stage: Stage, asDvc: boolean): boolean {
  const reads = stage.deps.length > 0 || stage.params.length > 0;
  return (
    (reads || !asDvc) &&
    stage.outs.length > 0 &&
    !stage.alwaysChanged &&
    stage.outs.every((out) => !out.persist)
  );
}

/**
 * The result of another run of this stage may be used again where its inputs are the same: not where the cache is told
 * to keep nothing of an output that is neither metric nor plot, nor where the stage sets an environment in a DVC
 * repository, whose run cache knows none.
 */
export function hasReusableResult(stage: Stage, asDvc: boolean): boolean {
  const hidden = asDvc && Object.keys(stage.env).length > 0;
  return isRestorable(stage, asDvc) && !hidden && stage.outs.every(keepsBytes);
}

/** The cache keeps this output's bytes: it is told to, or it is a metric or plot, which earlier runs are restored with. */
export function keepsBytes(out: Stage['outs'][number]): boolean {
  return out.cache || out.metric || out.plot !== false;
}
