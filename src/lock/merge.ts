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
  const both: string[] = [];
  const entries = new Map<string, LockEntry>();
  for (const name of mergedOrder([...ours.entries.keys()], [...theirs.entries.keys()])) {
    const [before, our, their] = [base, ours, theirs].map((lock) => lock.entries.get(name));
    if (our && their && !same(our, their) && !same(our, before) && !same(their, before)) both.push(name);
    const taken = pick(before, our, their, same);
    if (taken) entries.set(name, taken);
  }
  const overlay = pick(base.overlay, ours.overlay, theirs.overlay, sameOverlay) ?? ours.overlay;
  return { lock: { entries, overlay }, both };
}

/** The side that changed; ours where both did, unless it only dropped what theirs ran. */
function pick<T>(
  before: T | undefined,
  our: T | undefined,
  their: T | undefined,
  equal: (a: T | undefined, b: T | undefined) => boolean,
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
