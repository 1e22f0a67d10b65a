// Makes a directory of the workspace hold exactly what a manifest lists, and changes only what differs. Files appear one by one, each
// complete; an incomplete directory has another digest, so it never counts as the complete one.
import { lstatSync, realpathSync, rmSync } from 'node:fs';
import type { Hasher } from '../hash/hasher.ts';
import type { TreeEntry } from '../hash/tree.ts';
import { removeEmptyFolder } from '../disk/remove-empty-folder.ts';
import { whyBadTarget } from '../hash/entry-names.ts';
import { hostile } from '../hash/check-manifest.ts';
import { giveTurn } from '../base/event-loop-turn.ts';
import { PipeError } from '../base/problem.ts';
import type { Fault } from '../disk/crash-point.ts';
import type { ManifestEntry } from '../hash/tree.ts';
import type { Restored } from './object-store.ts';
import type { Placer } from './placer.ts';
import { isInside } from '../base/workspace-path.ts';

export interface RestoreOptions {
  readonly placer: Placer;
  readonly hasher: Hasher;
  readonly root: string;
  readonly fault: Fault;
}

/**
 * @param wanted entries of a checked manifest, whose objects are all in the store; @param path absolute.
 * @throws PipeError, before anything is written, for a symlink that would lead out of the project.
 */
export async function restoreDirectory(
  wanted: readonly ManifestEntry[],
  path: string,
  options: RestoreOptions,
): Promise<Restored> {
  const { placer, fault, root } = options;
  for (const entry of wanted) {
    if (entry.kind !== 'symlink') continue;
    const why = whyBadTarget(entry.target, `${path}/${entry.path}`, root);
    if (why !== undefined) throw hostile(`the symlink ${JSON.stringify(entry.path)} is refused: ${why}`);
  }
  const current = await entriesAt(path, options);
  const folders = foldersOf(wanted);
  if (!current) {
    fault('remove');
    rmSync(path, { recursive: true, force: true });
  }
  const left = current ? removeOthers(path, current, wanted, folders, fault) : new Map<string, TreeEntry>();
  placer.folder(path);
  for (const folder of folders) placer.folder(`${path}/${folder}`);

  for (const entry of wanted) {
    if (entry.kind !== 'file') continue;
    const at = `${path}/${entry.path}`;
    const there = left.get(entry.path);
    if (there?.kind === 'file' && there.digest === entry.digest && there.isexec === entry.isexec) continue;
    const turn = giveTurn();
    if (turn) await turn;
    const placed = placer.file(entry, at);
    const restored = typeof placed === 'string' ? placed : await placed;
    if (restored !== 'restored') return restored;
  }
  for (const entry of wanted) {
    if (entry.kind !== 'symlink') continue;
    const at = `${path}/${entry.path}`;
    const there = left.get(entry.path);
    if (!(there?.kind === 'symlink' && there.target === entry.target)) placer.symlink(entry.target, at);
    refuseEscape(at, entry.path, root);
  }
  return 'restored';
}

/** Removes exactly these entries of a directory, and folders that become empty; ignored files stay. @param path absolute. */
export function removeEntries(path: string, entries: readonly TreeEntry[], fault: Fault): void {
  removeOthers(path, entries, [], new Set(), fault);
  removeEmptyFolder(path);
}

/** The present entries of a path; undefined where it is no directory that could have been stored. */
async function entriesAt(
  path: string,
  { hasher }: RestoreOptions,
): Promise<readonly TreeEntry[] | undefined> {
  if (!lstatSync(path, { throwIfNoEntry: false })?.isDirectory()) return undefined;
  try {
    return (await hasher.tree(path)).entries;
  } catch (error) {
    // What cannot be hashed was never stored.
    if (error instanceof PipeError) return undefined;
    throw error;
  }
}

/** Every folder that must exist, parents first. */
export function foldersOf(wanted: readonly ManifestEntry[]): ReadonlySet<string> {
  const folders = new Set<string>();
  const add = (folder: string): void => {
    if (folders.has(folder)) return;
    const parent = folder.lastIndexOf('/');
    if (parent !== -1) add(folder.slice(0, parent));
    folders.add(folder);
  };
  for (const { kind, path } of wanted) {
    if (kind === 'directory') add(path);
    else if (path.includes('/')) add(path.slice(0, path.lastIndexOf('/')));
  }
  return folders;
}

/** @returns what is left, by path. */
function removeOthers(
  path: string,
  current: readonly TreeEntry[],
  wanted: readonly ManifestEntry[],
  folders: ReadonlySet<string>,
  fault: Fault,
): Map<string, TreeEntry> {
  const kinds = new Map(wanted.map((entry) => [entry.path, entry.kind]));
  const left = new Map<string, TreeEntry>();
  const real = new Map<string, boolean>();
  /** No symlink is on the way: DVC's walk follows symlinks, and what is behind them must not be removed. */
  const isReal = (folder: string): boolean => {
    let known = real.get(folder);
    if (known === undefined) {
      const parent = folder.lastIndexOf('/');
      known =
        (parent === -1 || isReal(folder.slice(0, parent))) && lstatSync(`${path}/${folder}`).isDirectory();
      real.set(folder, known);
      if (!known && (parent === -1 || isReal(folder.slice(0, parent)))) rmSync(`${path}/${folder}`);
    }
    return known;
  };
  for (const entry of current) {
    const parent = entry.path.lastIndexOf('/');
    if (parent !== -1 && !isReal(entry.path.slice(0, parent))) continue;
    if (kinds.get(entry.path) === entry.kind) {
      left.set(entry.path, entry);
      continue;
    }
    if (entry.kind === 'directory' && folders.has(entry.path)) continue;
    fault('remove');
    if (entry.kind === 'directory') removeEmptyFolder(`${path}/${entry.path}`);
    else rmSync(`${path}/${entry.path}`);
    for (let end = parent; end > 0; end = entry.path.lastIndexOf('/', end - 1)) {
      const folder = entry.path.slice(0, end);
      if (folders.has(folder) || !removeEmptyFolder(`${path}/${folder}`)) break;
    }
  }
  return left;
}

/** Links whose texts stay inside of the project can still lead out of it through each other. */
function refuseEscape(at: string, shown: string, root: string): void {
  let real: string;
  try {
    // The other realpathSync takes `link/..` for the folder of the link.
    real = realpathSync.native(at);
  } catch {
    return; // it leads nowhere
  }
  const home = realpathSync.native(root);
  if (isInside(real, home)) return;
  rmSync(at);
  throw hostile(`the symlink ${JSON.stringify(shown)} leads outside of the project`);
}
