// Garbage collection in the cache of a project, and what it would take: other projects of the cache keep what they need.
import { collectGarbage, type Garbage } from '../cache/collect-garbage.ts';
import type { GarbagePolicy } from '../cache/garbage-policy.ts';
import { SAVED_DAYS } from '../cache/saved.ts';
import type { Digest } from '../hash/digest.ts';
import { isCacheShared, othersOf, type OtherProject } from './cache-projects.ts';
import type { OpenWorkspace } from './open-workspace.ts';

/** What was removed from the cache, or would be, and the other projects whose results stay. */
export interface Collected {
  readonly garbage: Garbage;
  readonly projects: readonly OtherProject[];
}

export interface CollectAsked {
  readonly needed: Iterable<Digest>;
  readonly policy: GarbagePolicy;
  /** How long to keep files that were saved before they were replaced, in milliseconds. */
  readonly saved?: number;
}

const DAY = 24 * 3600 * 1000;
/** Where nothing is asked for. */
export const DEFAULT_POLICY: GarbagePolicy = { keepFor: 30 * DAY, maxSize: 20 * 2 ** 30 };

/** @param isAlone no run of this project goes on. @throws PipeError for a cache that cannot be read or written. */
export async function collectCache(
  workspace: OpenWorkspace,
  { needed, policy, saved = SAVED_DAYS * DAY }: CollectAsked,
  { dry, isAlone }: { readonly dry: boolean; readonly isAlone: boolean },
): Promise<Collected> {
  const { layout, folders } = workspace;
  const { cache: dir, placing: scratch } = folders;
  const others = isCacheShared(workspace) ? othersOf(workspace, dry) : undefined;
  const garbage = await collectGarbage({
    dir,
    layout,
    scratch,
    quarantine: layout.quarantine(dir, scratch),
    saved: { folder: folders.saved, keepFor: saved },
    needed: [...Array.from(needed, (digest) => ({ digest })), ...(others?.needed ?? [])],
    policy,
    // Another version of pipe, or DVC, may work in a folder that is shared.
    exclusive: isAlone && !others,
    dry,
  });
  return { garbage, projects: others?.kept ?? [] };
}
