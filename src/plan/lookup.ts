// Looks up in the workspace and the cache what a decision needs.
import type { LockedPath } from '../lock/lock-entry.ts';
import type { Stage } from '../pipeline/stage.ts';
import type { Lookup } from './decide.ts';
import { hasReusableResult } from './reusable.ts';
import type { Workspace } from './workspace.ts';

export function lookupFor(stage: Stage, { rules, locks, contents, store, runCache }: Workspace): Lookup {
  const recorded = new Map(locks.entry(stage)?.outs.map((out) => [out.path, out.content]));
  return {
    outs: () => Promise.all(stage.outs.map((out) => contents.get(out.at, recorded.get(out.path)))),
    stored: (outs: readonly LockedPath[]) => outs.every((out) => store.has(out.content)),
    earlierRun: (inputs) =>
      hasReusableResult(stage, rules) ? runCache.find(rules.runKey(inputs)) : undefined,
  };
}
