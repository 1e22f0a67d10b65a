// Restores a directory to a path at which nothing is: makes it as a whole in a folder of ours, then gives it its name by one rename. That
// takes a rename less for each file, and no look at any of them afterwards.
import { lstatSync, mkdirSync } from 'node:fs';
import { giveTurn } from '../base/event-loop-turn.ts';
import { discardFolder } from '../disk/discard.ts';
import type { Look } from '../disk/look-inside.ts';
import type { ManifestEntry, TreeEntry } from '../hash/tree.ts';
import type { Restored } from './object-store.ts';
import { foldersOf, type RestoreOptions } from './restore-directory.ts';

/** Bytes and entries of a directory: what is made of it is lost when the program is killed meanwhile. */
const MOST_BYTES = 256 << 20;
const MOST_ENTRIES = 200_000;

/**
 * @param wanted entries of a checked manifest; @param size their bytes; @param path absolute.
 * @returns undefined where it has to be restored in its place. Nothing is placed unless everything is.
 */
export async function restoreAside(
  wanted: readonly ManifestEntry[],
  size: number,
  path: string,
  options: Pick<RestoreOptions, 'placer' | 'hasher'>,
): Promise<Restored | undefined> {
  const { placer, hasher } = options;
  if (size > MOST_BYTES || wanted.length > MOST_ENTRIES || placer.links) return undefined;
  // Whether a symlink leads out of the project shows in its place only.
  if (wanted.some(({ kind }) => kind === 'symlink')) return undefined;
  if (lstatSync(path, { throwIfNoEntry: false })) return undefined;
  const aside = placer.places.newFolder(path);
  if (aside === undefined) return undefined;
  let isLeft = true;
  try {
    for (const folder of foldersOf(wanted)) mkdirSync(`${aside}/${folder}`);
    const made = await makeFiles(wanted, aside, options);
    if (typeof made === 'string') return made;
    if (!placer.places.moveFolderIn(aside, path)) return undefined;
    isLeft = false;
    hasher.placedDirectory(path, made.entries, made.files);
    return 'restored';
  } finally {
    if (isLeft) discardFolder(aside);
  }
}

interface Made {
  readonly entries: readonly TreeEntry[];
  /** By path in the directory. */
  readonly files: ReadonlyMap<string, Look>;
}

async function makeFiles(
  wanted: readonly ManifestEntry[],
  aside: string,
  { placer }: Pick<RestoreOptions, 'placer'>,
): Promise<Made | 'missing' | 'corrupt'> {
  const files = new Map<string, Look>();
  const entries: TreeEntry[] = [];
  for (const entry of wanted) {
    if (entry.kind !== 'file') {
      entries.push(entry);
      continue;
    }
    const turn = giveTurn();
    if (turn) await turn;
    const filled = placer.fill(entry, `${aside}/${entry.path}`);
    const stats = filled instanceof Promise ? await filled : filled;
    if (typeof stats === 'string') return stats;
    const { ino, size, mtimeMs, ctimeMs, mode } = stats;
    files.set(entry.path, { ino, size, mtimeMs, ctimeMs, mode });
    entries.push({ ...entry, size });
  }
  return { entries, files };
}
