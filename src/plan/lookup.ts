// What deciding may look up in the workspace and the cache.
import type { LockedPath } from '../lock/lock-entry.ts';
import type { Stage } from '../pipeline/stage.ts';
import type { Lookup } from './decide.ts';
import type { Workspace } from './workspace.ts';

export function lookupFor(stage: Stage, { contents, store, runCache }: Workspace): Lookup {
  return {
    outs: () => Promise.all(stage.outs.map((out) => contents.get(out.at))),
    stored: (outs: readonly LockedPath[]) => outs.every((out) => store.has(out.content)),
    earlierRun: (fingerprint) => (hasReusableResult(stage) ? runCache.find(fingerprint) : undefined),
  };
}

/**
 * A result of this stage may be used again where its inputs are the same. DVC's rule: not where an output outlives runs
 * (`persist`), nor where the cache is told to keep nothing of an output that is neither metric nor plot.
 */
export function hasReusableResult(stage: Stage): boolean {
  const reads = stage.deps.length > 0 || stage.params.length > 0;
  return (
    reads &&
    stage.outs.length > 0 &&
    !stage.alwaysChanged &&
    stage.outs.every((out) => !out.persist && keepsBytes(out))
  );
}

/** The cache keeps this output's bytes: it is told to, or it is a metric or plot, which earlier runs are restored with. */
export function keepsBytes(out: Stage['outs'][number]): boolean {
  return out.cache || out.metric || out.plot !== false;
}
