// What deciding may look up in the workspace and the cache.
import type { LockedPath } from '../lock/lock-entry.ts';
import type { Stage } from '../pipeline/stage.ts';
import type { Lookup } from './decide.ts';
import { hasReusableResult } from './reusable.ts';
import { runKey } from './run-key.ts';
import type { Workspace } from './workspace.ts';

export function lookupFor(stage: Stage, { project, contents, store, runCache }: Workspace): Lookup {
  return {
    outs: () => Promise.all(stage.outs.map((out) => contents.get(out.at))),
    stored: (outs: readonly LockedPath[]) => outs.every((out) => store.has(out.content)),
    earlierRun: (inputs) =>
      hasReusableResult(stage) ? runCache.find(runKey(inputs, project.kind)) : undefined,
  };
}
