// Merges the lock files of two branches, stage by stage. Every entry is a true record of some run, and what is recorded is
// compared with the workspace before it counts: taking either side can make a stage stale, never wrongly fresh.
import type { Lock, LockEntry } from './lock-entry.ts';
import { formatLock } from './pipe-format.ts';

export interface Merged {
  readonly lock: Lock;
  /** Stages that both branches recorded anew, differently: our side was taken. */
  readonly both: readonly string[];
}

/** @param base what both come from. */
export function mergeLocks(base: Lock, ours: Lock, theirs: Lock): Merged {
  const { entries, both } = mergeEntries(base.entries, ours.entries, theirs.entries, same);
  const overlay = pick(base.overlay, ours.overlay, theirs.overlay, sameOverlay) ?? ours.overlay;
  return { lock: { entries, overlay }, both };
}

type Equal<T> = (a: T | undefined, b: T | undefined) => boolean;
type Entries<T> = ReadonlyMap<string, T>;

/** Records of stages by name, in whatever form. */
export function mergeEntries<T>(
  base: Entries<T>,
  ours: Entries<T>,
  theirs: Entries<T>,
  equal: Equal<T>,
): { readonly entries: Entries<T>; readonly both: readonly string[] } {
  const both: string[] = [];
  const entries = new Map<string, T>();
  for (const name of mergedOrder([...ours.keys()], [...theirs.keys()])) {
    const [before, our, their] = [base, ours, theirs].map((side) => side.get(name));
    if (
      our !== undefined &&
      their !== undefined &&
      !equal(our, their) &&
      !equal(our, before) &&
      !equal(their, before)
    )
      both.push(name);
    const taken = pick(before, our, their, equal);
    if (taken !== undefined) entries.set(name, taken);
  }
  return { entries, both };
}

/** The side that changed; ours where both did, unless it only dropped what theirs ran. */
function pick<T>(
  before: T | undefined,
  our: T | undefined,
  their: T | undefined,
  equal: Equal<T>,
): T | undefined {
  if (equal(our, before)) return their;
  return our ?? (equal(their, before) ? undefined : their);
}

/** Our order; what only they have follows what it follows there. */
function mergedOrder(ours: readonly string[], theirs: readonly string[]): readonly string[] {
  const order = [...ours];
  const known = new Set(ours);
  let after = -1;
  for (const name of theirs) {
    if (known.has(name)) after = order.indexOf(name);
    else {
      after += 1;
      order.splice(after, 0, name);
    }
  }
  return order;
}

function same(a: LockEntry | undefined, b: LockEntry | undefined): boolean {
  if (!a || !b) return a === b;
  const text = (entry: LockEntry): string =>
    formatLock({ entries: new Map([['', entry]]), overlay: { files: [], set: [] } });
  return text(a) === text(b);
}

function sameOverlay(a: Lock['overlay'] | undefined, b: Lock['overlay'] | undefined): boolean {
  return JSON.stringify([a?.files, a?.set]) === JSON.stringify([b?.files, b?.set]);
}
