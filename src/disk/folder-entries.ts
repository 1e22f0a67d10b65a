// The entries of a folder, for those who list it one after the other: finding pipeline files, following links and hashing. A listing is
// used again as long as the times of the folder show that no name was added or removed.
import type { Dirent } from 'node:fs';
import { now, sameKey, unsettledFor, type StatKey } from './stat-key.ts';
import { isMounted, readdirSync, statSync } from './witnessed-fs.ts';

interface Kept {
  readonly key: StatKey;
  /** Gone where memory was needed: a large project lists many names once. */
  readonly entries: WeakRef<readonly Dirent[]>;
}

/** Listing fewer entries again takes as long as being sure of them. */
const WORTH_KEEPING = 64;

const kept = new Map<string, Kept>();

/** @param folder absolute path. @throws what `readdir` throws. */
export function entriesOf(folder: string): readonly Dirent[] {
  const before = knownEntries(folder);
  if (before) return before;
  const started = now();
  const entries = readdirSync(folder, { withFileTypes: true });
  if (!isMounted()) keep(folder, entries, started);
  return entries;
}

/**
 * As `entriesOf`, but a new listing is not used again. What is used again stays in memory until the current call of all ends, with
 * whatever else was listed in it.
 */
export const entriesOnce = (folder: string): readonly Dirent[] =>
  knownEntries(folder) ?? readdirSync(folder, { withFileTypes: true });

function knownEntries(folder: string): readonly Dirent[] | undefined {
  const known = isMounted() ? undefined : kept.get(folder);
  const entries = known?.entries.deref();
  return entries && isAsKept(folder, known!) ? entries : undefined;
}

/** Lists all folders again: a stage wrote, and some file systems do not change the times of a folder. */
export const forgetEntries = (): void => kept.clear();

function isAsKept(folder: string, { key }: Kept): boolean {
  const stats = statSync(folder, { bigint: true, throwIfNoEntry: false });
  return stats !== undefined && sameKey(stats, key);
}

/** @param started before it was listed: in older times of a folder, every change since then shows. */
function keep(folder: string, entries: readonly Dirent[], started: bigint): void {
  kept.delete(folder);
  if (entries.length < WORTH_KEEPING) return;
  const { ino, size, mtimeNs, ctimeNs } = statSync(folder, { bigint: true });
  const key = { ino, size, mtimeNs, ctimeNs };
  if (unsettledFor(key, started) === 0n) kept.set(folder, { key, entries: new WeakRef(entries) });
}
