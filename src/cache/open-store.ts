// The object store as the engine sees it: contents in, contents out. Owns which objects make up a content and what is
// linked back; single objects, their place in the workspace and directories are in files of their own.
import { lstatSync, readlinkSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isDirectory, type Content, type Digest } from '../hash/digest.ts';
import { badSymlink, shownPath } from '../hash/hash-problem.ts';
import type { Hasher } from '../hash/hasher.ts';
import type { ManifestEntry } from '../hash/tree.ts';
import { PipeError, type Problem } from '../base/problem.ts';
import { crashPoint, type Fault } from '../disk/crash-point.ts';
import type { CacheLayout } from './cache-layout.ts';
import type { ObjectStore, Restored } from './object-store.ts';
import { openObjects, type Objects } from './objects.ts';
import { openPlacer, type LinkKind } from './place-object.ts';
import { makeRealFolder } from '../disk/real-folder.ts';
import { restoreDirectory } from './restore-directory.ts';
import { storeError } from '../disk/store-error.ts';
import { unprotect } from './unprotect.ts';

export interface StoreOptions {
  /** Absolute root of the project. */
  readonly root: string;
  /** Absolute cache folder. */
  readonly dir: string;
  readonly layout: CacheLayout;
  /** How outputs get their bytes, in the order in which it is tried; `copy` always comes last. Default reflink. */
  readonly links?: readonly LinkKind[];
  readonly hasher: Hasher;
  /** Absolute folder of ours for files on their way; default `placing` in the cache. Set it in a DVC repository. */
  readonly scratch?: string;
  /** A group shares the cache: its folders are for all members to write to (DVC's `cache.shared = group`). */
  readonly shared?: boolean;
  /** Told of corrupt and hostile objects that were set aside. */
  readonly warn?: (problem: Problem) => void;
  readonly fault?: Fault;
}

/** Where files on their way to the workspace are made, unless another folder is set. */
export function scratchFolder(dir: string): string {
  return join(dir, 'placing');
}

/** The folder of a cache that holds the objects. */
export function objectsFolder(dir: string, layout: CacheLayout): string {
  return join(dir, layout.objects);
}

/** The objects of a cache, without what the engine makes of them. @throws PipeError when the folder is not ours. */
export function openCacheObjects(
  options: Required<Pick<StoreOptions, 'dir' | 'layout' | 'hasher' | 'scratch' | 'fault'>> &
    Pick<StoreOptions, 'shared'>,
): Objects {
  const { dir, layout, hasher, scratch, fault, shared = false } = options;
  layout.check(dir);
  return openObjects({
    folder: objectsFolder(dir, layout),
    quarantine: layout.quarantine(dir, scratch),
    makeFolder: (folder) => makeRealFolder(dir, folder, shared),
    hasher,
    fault,
    renew: (path) => layout.renew(path),
    prepare: () => layout.make(dir),
  });
}

const CORRUPT = 'its bytes are not those of its name';

/** @throws PipeError when the folder is not ours or cannot be made. */
export function openStore(options: StoreOptions): ObjectStore {
  const { root, dir, layout, hasher } = options;
  const fault = options.fault ?? crashPoint;
  const links = options.links ?? ['reflink'];
  const scratch = options.scratch ?? scratchFolder(dir);
  const folder = objectsFolder(dir, layout);
  const quarantine = layout.quarantine(dir, scratch);
  const objects = openCacheObjects({ dir, layout, hasher, scratch, fault, shared: options.shared === true });
  const placer = openPlacer({ objects, hasher, links, scratch, fault });
  /** Directories that were seen complete; forgotten as soon as an object is set aside. */
  const complete = new Set<Digest>();

  function setAside(digest: Digest, why: string): 'corrupt' {
    complete.clear();
    objects.setAside(digest);
    return report(digest, why);
  }

  function report(digest: Digest, why: string): 'corrupt' {
    complete.clear();
    options.warn?.({
      code: 'object-corrupt',
      title: `an object of the cache was set aside: ${why}`,
      facts: [
        ['object', digest],
        ['now in', shownPath(quarantine, root)],
      ],
    });
    return 'corrupt';
  }

  /** @returns why not, where the object is there and no good. */
  function entriesOf(digest: Digest): readonly ManifestEntry[] | 'missing' | { readonly why: string } {
    const object = objects.text(digest);
    if (object === 'missing') return object;
    if (object === 'corrupt') return { why: CORRUPT };
    try {
      return layout.content.parseManifest(object.text);
    } catch (error) {
      if (error instanceof PipeError) return { why: error.message };
      throw error;
    }
  }

  const hasEntry = (entry: ManifestEntry): boolean =>
    entry.kind !== 'file' || objects.find(entry.digest, entry.size) !== undefined;

  function has({ digest, size }: Content): boolean {
    if (!isDirectory(digest)) return objects.find(digest, size) !== undefined;
    if (complete.has(digest)) return true;
    const entries = entriesOf(digest);
    if (entries === 'missing' || 'why' in entries || !entries.every(hasEntry)) return false;
    complete.add(digest);
    return true;
  }

  async function storeFile(path: string, content: Content): Promise<void> {
    const link = content.isexec ? undefined : links.find((kind) => kind === 'hardlink' || kind === 'symlink');
    const isLink = await objects.add(path, content.digest, content.size, link !== undefined);
    if (link === undefined || (isLink && link === 'hardlink') || isLinkedBack(path, content.digest, link))
      return;
    await placer.file(content, path, true);
  }

  function isLinkedBack(path: string, digest: Digest, link: LinkKind): boolean {
    const stats = lstatSync(path);
    if (link === 'symlink') return stats.isSymbolicLink() && readlinkSync(path) === objects.at(digest);
    const object = objects.find(digest);
    return object !== undefined && stats.ino === lstatSync(object).ino;
  }

  async function storeDirectory(path: string, content: Content): Promise<void> {
    const tree = await hasher.tree(path, content);
    if (tree.content.digest !== content.digest) {
      throw new PipeError({
        code: 'output-changing',
        title: `${shownPath(path, root)} changed after it was hashed`,
        hint: 'end whatever still writes it, then run again',
      });
    }
    for (const entry of tree.entries)
      if (entry.kind === 'file') await storeFile(`${path}/${entry.path}`, entry);
    // Last: whoever finds the manifest may expect the objects.
    objects.addText(tree.manifest, content.digest);
  }

  return {
    has,
    entries({ digest }) {
      const entries = entriesOf(digest);
      return entries === 'missing' || 'why' in entries ? undefined : entries;
    },
    async store(path, content) {
      const stats = lstatSync(path, { throwIfNoEntry: false });
      if (stats?.isSymbolicLink()) {
        const target = readlinkSync(path);
        if (target.startsWith(`${folder}/`) && has(content)) return;
        const real = realpathSync.native(path);
        if (!layout.linksAnywhere && !real.startsWith(`${realpathSync.native(root)}/`))
          throw badSymlink(shownPath(path, root), target, 'an output must not point outside of the project');
      }
      if (isDirectory(content.digest)) await storeDirectory(path, content);
      else await storeFile(path, content);
    },
    async restore(content, path) {
      const { digest } = content;
      try {
        if (!isDirectory(digest)) {
          const restored = await placer.file(
            { digest, size: content.size, ...(content.isexec && { isexec: true as const }) },
            path,
          );
          return restored === 'corrupt' ? report(digest, CORRUPT) : restored;
        }
        const entries = entriesOf(digest);
        if (entries === 'missing') return entries;
        if ('why' in entries) return setAside(digest, entries.why);
        if (!entries.every(hasEntry)) return 'missing';
        return await restoreEntries(digest, entries, path);
      } catch (error) {
        throw storeError(error, `restore ${shownPath(path, root)}`, dirname(path));
      }
    },
    unprotect: (path) => unprotect(path, folder),
    flush: () => objects.flush(),
  };

  async function restoreEntries(
    digest: Digest,
    entries: readonly ManifestEntry[],
    path: string,
  ): Promise<Restored> {
    try {
      const restored = await restoreDirectory(entries, path, { placer, hasher, root, fault });
      return restored === 'corrupt'
        ? report(digest, 'the bytes of a file in it are not those of its name')
        : restored;
    } catch (error) {
      if (error instanceof PipeError && error.problems[0]?.code === 'manifest-refused')
        return setAside(digest, error.message);
      throw error;
    }
  }
}
