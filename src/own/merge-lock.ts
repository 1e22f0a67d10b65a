// Merges the `pipeline.lock` of two branches.
import type { Lock, LockEntry } from '../lock/lock-entry.ts';
import { mergeEntries, pick, type MergedText } from '../lock/merge-entries.ts';
import { formatLock, parseLock } from './lock-format.ts';

/**
 * @param base the text that both come from; @param file its name in messages.
 * @throws PipeError for a side that cannot be read.
 */
export function mergeOwnLocks(base: string, ours: string, theirs: string, file: string): MergedText {
  const [before, our, their] = [base, ours, theirs].map((text) => parseLock(text, file));
  const { lock, both } = mergeLocks(before!, our!, their!);
  return { text: formatLock(lock), both };
}

/** @param base what both come from. */
export function mergeLocks(
  base: Lock,
  ours: Lock,
  theirs: Lock,
): { readonly lock: Lock; readonly both: readonly string[] } {
  const { entries, both } = mergeEntries(base.entries, ours.entries, theirs.entries, same);
  const overlay = pick(base.overlay, ours.overlay, theirs.overlay, sameOverlay) ?? ours.overlay;
  return { lock: { entries, overlay }, both };
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
