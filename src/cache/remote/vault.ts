// The objects of the cache as they are shared with remotes: where each lies here, what it is called there, and whether a
// file is one. In a DVC repository there are two: the objects of DVC 3, and those that DVC 2 left.
import { hash } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isDirectory, type Content, type Digest } from '../../hash/digest.ts';
import { readFile } from '../../hash/file-pool.ts';
import type { Hasher } from '../../hash/hasher.ts';
import { legacyFileDigest } from '../../dvc/legacy-digest.ts';
import { asideName } from '../../disk/temporary-name.ts';
import { discard } from '../../disk/discard.ts';
import { crashPoint, type Fault } from '../../disk/crash-point.ts';
import { ownBase } from '../list-objects.ts';
import { readManifest, type Layout, type ManifestEntry } from '../manifests.ts';
import { openCacheObjects, quarantineFolder } from '../open-store.ts';
import { makeRealFolder } from '../../disk/real-folder.ts';
import { storeError } from '../../disk/disk-problem.ts';

export interface Vault {
  /** What an object is called on a remote. */
  key(digest: Digest): string;
  /** The file that has the bytes of a digest; undefined where none of that size is here. */
  find(digest: Digest, size?: number): string | undefined;
  /** The digest of a file, by its absolute path. */
  digestOf(path: string, digest: Digest): Promise<Digest>;
  /** As `Objects.receive`. */
  receive(digest: Digest, fill: (path: string) => Promise<void>): Promise<void>;
  /** Keeps the manifest of a directory, all of whose files are here. */
  addText(text: string, digest: Digest): void;
  setAside(digest: Digest): void;
  /** Gives everything received its final name. */
  flush(): void;
}

export interface VaultOptions {
  /** Absolute cache folder. */
  readonly dir: string;
  readonly layout: Layout;
  readonly hasher: Hasher;
  /** Absolute folder of ours for files on their way. */
  readonly scratch: string;
  /** A group shares the cache. */
  readonly shared?: boolean;
  readonly fault?: Fault;
}

/** @returns which vault a content belongs to. @throws PipeError when the cache folder is not ours. */
export function openVaults(options: VaultOptions): (content: Content) => Vault {
  const vault = openVault(options);
  if (options.layout === 'pipe') return () => vault;
  const legacy = openLegacyVault(options);
  return (content) => (content.legacy ? legacy : vault);
}

const shardOf = (digest: Digest): string => `${digest.slice(0, 2)}/${digest.slice(2)}`;

function openVault({ fault = crashPoint, ...options }: VaultOptions): Vault {
  const { layout } = options;
  const objects = openCacheObjects({ ...options, fault });
  const prefix = layout === 'pipe' ? 'objects/sha256' : 'files/md5';
  return {
    ...objects,
    key: (digest) => `${prefix}/${shardOf(digest)}`,
    async digestOf(path, named) {
      const { algorithm } = objects;
      const { digest } = await readFile({ path, algorithm, size: statSync(path).size });
      return (isDirectory(named) ? `${digest}.dir` : digest) as Digest;
    },
  };
}

function openLegacyVault({ dir, layout, scratch, shared = false }: VaultOptions): Vault {
  const at = (digest: Digest): string => join(dir, shardOf(digest));
  const moveIn = (temporary: string, digest: Digest): void => {
    makeRealFolder(dir, dirname(at(digest)), shared);
    crashPoint('rename object');
    renameSync(temporary, at(digest));
  };
  const aside = (): string => {
    makeRealFolder(ownBase(dir, scratch), scratch);
    return join(scratch, asideName());
  };
  return {
    key: shardOf,
    // Two texts that differ in their line ends are one object: the size tells nothing.
    find: (digest) => (existsSync(at(digest)) ? at(digest) : undefined),
    digestOf: async (path, named) =>
      (isDirectory(named) ? `${hash('md5', readFileSync(path))}.dir` : legacyFileDigest(path)) as Digest,
    async receive(digest, fill) {
      const temporary = aside();
      try {
        crashPoint('write object');
        await fill(temporary);
        chmodSync(temporary, 0o444);
        moveIn(temporary, digest);
      } catch (error) {
        discard(temporary);
        throw storeError(error, 'keep an object in the cache', at(digest));
      }
    },
    addText(text, digest) {
      const temporary = aside();
      crashPoint('write object');
      writeFileSync(temporary, text, { flag: 'wx', mode: 0o444 });
      moveIn(temporary, digest);
    },
    setAside(digest) {
      const quarantine = quarantineFolder(dir, layout, scratch);
      makeRealFolder(ownBase(dir, scratch), quarantine);
      renameSync(at(digest), join(quarantine, digest));
    },
    flush: () => undefined,
  };
}

/** A manifest that was checked, and the files that it names; the digests of those of DVC 2 are of its kind. */
export interface Directory {
  readonly text: string;
  readonly files: readonly File[];
}

export interface File {
  readonly digest: Digest;
  readonly size: number | undefined;
}

/** @throws PipeError for a manifest that would write where it must not. */
export function readDirectory(text: string, layout: Layout): Directory {
  const isFile = (entry: ManifestEntry): entry is Extract<ManifestEntry, { kind: 'file' }> =>
    entry.kind === 'file';
  return { text, files: readManifest(text, layout).filter(isFile) };
}
