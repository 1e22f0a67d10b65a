// The object store as the engine sees it: contents in, contents out. Puts its parts together and reports corrupt objects.
import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isDirectory, type Content, type Digest } from '../hash/digest.ts';
import { shownPath } from '../hash/hash-problem.ts';
import type { Hasher } from '../hash/hasher.ts';
import { PipeError, type Problem } from '../base/problem.ts';
import { crashPoint, type Fault } from '../disk/crash-point.ts';
import type { CacheLayout } from './cache-layout.ts';
import type { ObjectStore, Restored } from './object-store.ts';
import { Lender } from './lender.ts';
import type { LinkKind } from './link-kind.ts';
import { Objects } from './objects.ts';
import { Placer } from './placer.ts';
import { RealFolders } from '../disk/real-folder.ts';
import { SeenObjects } from './seen-objects.ts';
import { storeOutput } from './store-output.ts';
import { StoredContents, WRONG_BYTES } from './stored-contents.ts';
import { restoreAside } from './restore-aside.ts';
import { restoreDirectory } from './restore-directory.ts';
import { storeError } from '../disk/store-error.ts';
import { unprotect } from './unprotect.ts';

export interface StoreOptions {
  /** Absolute root of the project. */
  readonly root: string;
  /** Absolute cache folder. */
  readonly dir: string;
  readonly layout: CacheLayout;
  /**
   * How outputs get their bytes, in the order in which it is tried; `copy` always comes last. Default reflink. Where a kind that is
   * named here is not possible, a warning says so once.
   */
  readonly links?: readonly LinkKind[];
  readonly hasher: Hasher;
  /** Absolute folder of ours for files on their way; default `placing` in the cache. Set it in a DVC repository. */
  readonly scratch?: string;
  /** A group shares the cache: all members may write to its folders (DVC's `cache.shared = group`). */
  readonly shared?: boolean;
  /** Absolute path of a memory of objects that were seen; without it, each is looked at whenever it is stored. */
  readonly seenFile?: string;
  /** Called for corrupt and hostile objects that were set aside. */
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
  const folders = new RealFolders(dir, shared);
  return new Objects({
    folder: objectsFolder(dir, layout),
    quarantine: layout.quarantine(dir, scratch),
    dir,
    shared,
    makeFolder: (folder) => folders.make(folder),
    hasher,
    fault,
    renew: (path) => layout.renew(path),
    prepare: () => layout.make(dir, shared),
  });
}

const LINKS: Readonly<Record<LinkKind, string>> = {
  reflink: 'clones (reflinks)',
  hardlink: 'hard links',
  symlink: 'symbolic links',
  copy: 'copies',
};

function warnOnce(warn: (problem: Problem) => void): (kind: LinkKind, code: string) => void {
  const said = new Set<LinkKind>();
  return (kind, code) => {
    if (said.has(kind)) return;
    said.add(kind);
    warn({
      code: 'link-unavailable',
      title: `outputs cannot be ${LINKS[kind]} of objects of the cache here: the next kind is used`,
      facts: [['reason', code]],
      hint: 'have the cache and the workspace on one file system that can do it, or change the kinds of links in the settings',
    });
  };
}

/** @throws PipeError when the folder is not ours or cannot be made. */
export function openStore(options: StoreOptions): ObjectStore {
  const { root, dir, layout, hasher } = options;
  const fault = options.fault ?? crashPoint;
  const links = options.links ?? ['reflink'];
  const scratch = options.scratch ?? scratchFolder(dir);
  const folder = objectsFolder(dir, layout);
  const objects = openCacheObjects({ dir, layout, hasher, scratch, fault, shared: options.shared === true });
  const contents = new StoredContents(objects, layout.content);
  const onUnsupported = options.links && options.warn && warnOnce(options.warn);
  const placer = new Placer({
    objects,
    hasher,
    links,
    scratch,
    fault,
    ...(onUnsupported && { onUnsupported }),
  });
  const { linksAnywhere } = layout;
  const seen =
    options.seenFile === undefined ? undefined : new SeenObjects(options.seenFile, folder, objects);
  const keeping = { root, folder, objects, contents, placer, hasher, linksAnywhere, seen };

  function reportCorrupt(digest: Digest, why: string): 'corrupt' {
    contents.forgetComplete();
    options.warn?.({
      code: 'object-corrupt',
      title: `an object of the cache was set aside: ${why}`,
      facts: [
        ['object', digest],
        ['now in', shownPath(layout.quarantine(dir, scratch), root)],
      ],
    });
    return 'corrupt';
  }

  function setAside(digest: Digest, why: string): 'corrupt' {
    objects.setAside(digest);
    return reportCorrupt(digest, why);
  }

  async function restoreFile({ digest, size, isexec }: Content, path: string): Promise<Restored> {
    const restored = await placer.file({ digest, size, ...(isexec && { isexec }) }, path);
    return restored === 'corrupt' ? reportCorrupt(digest, WRONG_BYTES) : restored;
  }

  async function restoreEntries(content: Content, path: string): Promise<Restored> {
    const { digest } = content;
    const entries = contents.entriesOf(digest);
    if (entries === 'missing') return entries;
    if ('why' in entries) return setAside(digest, entries.why);
    try {
      let restored = await restoreAside(entries, content.size, path, { placer, hasher });
      if (restored === undefined) {
        if (!contents.has(content)) return 'missing';
        restored = await restoreDirectory(entries, path, { placer, hasher, root, fault });
      }
      return restored === 'corrupt'
        ? reportCorrupt(digest, 'the bytes of a file in it are not those of its name')
        : restored;
    } catch (error) {
      if (error instanceof PipeError && error.problems[0]?.code === 'manifest-refused')
        return setAside(digest, error.message);
      throw error;
    }
  }

  const entries: ObjectStore['entries'] = ({ digest }) => {
    const found = contents.entriesOf(digest);
    return found === 'missing' || 'why' in found ? undefined : found;
  };
  let lender: Lender | undefined;
  const openLender = (): Lender =>
    (lender ??= new Lender({
      objects,
      placer: new Placer({ objects, hasher, links: [], scratch, fault }),
      hasher,
      entries,
    }));

  return {
    has: (content) => contents.has(content),
    lacking: (files) => objects.lacking(files),
    sizeOf(digest) {
      const path = objects.find(digest);
      return path === undefined ? undefined : statSync(path).size;
    },
    entries,
    read: ({ digest }) => objects.bytes(digest),
    requireWritable: () => objects.requireWritable(),
    store: (path, content, recorded) => storeOutput(path, content, keeping, recorded),
    storeManifest: (text, digest) => objects.addText(text, digest),
    async restore(content, path) {
      try {
        return await (isDirectory(content.digest) ? restoreEntries : restoreFile)(content, path);
      } catch (error) {
        throw storeError(error, `restore ${shownPath(path, root)}`, dirname(path));
      }
    },
    async lend(content, path) {
      try {
        const lent = await openLender().lend(content, path);
        return lent === 'corrupt' ? reportCorrupt(content.digest, WRONG_BYTES) : lent;
      } catch (error) {
        throw storeError(error, `place ${shownPath(path, root)}`, dirname(path));
      }
    },
    doubtLent: () => lender?.doubt(),
    unprotect: (path) => unprotect(path, folder),
    flush: () => objects.flush(),
    flushTogether: (moreComes = false) => objects.flushTogether(moreComes),
  };
}
