// Looks up in the workspace and the cache what a decision needs.
import type { LockedPath } from '../lock/lock-entry.ts';
import type { Stage } from '../pipeline/stage.ts';
import type { Lookup } from './decide.ts';
import { lookAtAll } from './look-at-all.ts';
import { hasReusableResult } from './reusable.ts';
import type { Workspace } from './workspace.ts';

export function lookupFor(stage: Stage, { rules, locks, contents, store, runCache }: Workspace): Lookup {
  return {
    outs: () => lookAtAll(stage.outs, locks.entry(stage)?.outs, (at, before) => contents.get(at, before)),
    stored: (outs: readonly LockedPath[]) => outs.every((out) => store.has(out.content)),
    earlierRun: (inputs) =>
      hasReusableResult(stage, rules) ? runCache.find(rules.runKey(inputs)) : undefined,
  };
}
