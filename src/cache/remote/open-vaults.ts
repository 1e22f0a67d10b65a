// Opens the vaults of a cache: that of its objects, and the other one where the dialect has one.
import { statSync } from 'node:fs';
import type { ContentRules } from '../../hash/content-rules.ts';
import { isDirectory, type Content, type Digest } from '../../hash/digest.ts';
import { readFile } from '../../hash/file-pool.ts';
import type { Hasher } from '../../hash/hasher.ts';
import type { ManifestEntry } from '../../hash/tree.ts';
import { crashPoint, type Fault } from '../../disk/crash-point.ts';
import type { CacheLayout } from '../cache-layout.ts';
import { openCacheObjects } from '../open-store.ts';
import { shardOf, type Vault } from './vault.ts';

export interface VaultOptions {
  /** Absolute cache folder. */
  readonly dir: string;
  readonly layout: CacheLayout;
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
  const { dir, layout, scratch, shared = false } = options;
  const other = layout.openOtherVault?.({ dir, scratch, shared });
  return other ? (content) => (other.has(content) ? other.vault : vault) : () => vault;
}

function openVault({ fault = crashPoint, ...options }: VaultOptions): Vault {
  const { layout } = options;
  const objects = openCacheObjects({ ...options, fault });
  return {
    hashesBytes: true,
    find: (digest, size) => objects.find(digest, size),
    receive: (digest, fill) => objects.receive(digest, fill),
    addText: (text, digest) => objects.addText(text, digest),
    setAside: (digest) => objects.setAside(digest),
    flush: () => objects.flush(),
    key: (digest) => `${layout.objects}/${shardOf(digest)}`,
    async digestOf(path, named) {
      const { algorithm } = layout.content;
      const { digest } = await readFile({ path, algorithm, size: statSync(path).size });
      return (isDirectory(named) ? `${digest}.dir` : digest) as Digest;
    },
  };
}

/** A checked manifest, and the files that it names; the digests of DVC 2's directories are of DVC 2's kind. */
export interface Directory {
  readonly text: string;
  readonly files: readonly File[];
}

export interface File {
  readonly digest: Digest;
  readonly size: number | undefined;
}

/** @throws PipeError for a manifest with paths outside of its directory. */
export function readDirectory(text: string, rules: ContentRules): Directory {
  const isFile = (entry: ManifestEntry): entry is Extract<ManifestEntry, { kind: 'file' }> =>
    entry.kind === 'file';
  return { text, files: rules.parseManifest(text).filter(isFile) };
}
