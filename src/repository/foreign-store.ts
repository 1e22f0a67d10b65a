// The store through which objects of another repository pass: the cache of this project where both hash alike, else a folder that goes
// afterwards.
import { rmSync } from 'node:fs';
import type { CacheLayout } from '../cache/cache-layout.ts';
import type { ObjectStore } from '../cache/object-store.ts';
import { openStore } from '../cache/open-store.ts';
import { openVaults } from '../cache/remote/open-vaults.ts';
import type { Vault } from '../cache/remote/vault.ts';
import type { Dialect } from '../dialect.ts';
import type { Content } from '../hash/digest.ts';
import type { Hasher } from '../hash/hasher.ts';
import { openHasher } from '../hash/open-hasher.ts';

export interface ForeignStore {
  readonly layout: CacheLayout;
  readonly store: ObjectStore;
  readonly hasher: Hasher;
  readonly vaultOf: (content: Content) => Vault;
  close(): void;
}

export interface StoreFolders {
  /** Absolute cache folder. */
  readonly dir: string;
  /** Absolute folder for files on their way. */
  readonly scratch: string;
  /** Absolute folder in which everything is put. */
  readonly root: string;
  /** The cache folder is removed afterwards. */
  readonly temporary: boolean;
}

export function openForeignStore(
  dialect: Dialect,
  { dir, scratch, root, temporary }: StoreFolders,
): ForeignStore {
  const { layout } = dialect;
  const hasher = openHasher({ root, rules: layout.content });
  const objects = openStore({ root, dir, layout, links: ['reflink', 'copy'], hasher, scratch });
  return {
    layout,
    hasher,
    store: dialect.extendStore({ dir, store: objects, hasher, scratch, shared: false }),
    vaultOf: openVaults({ dir, layout, hasher, scratch }),
    close() {
      if (temporary) rmSync(dir, { recursive: true, force: true });
    },
  };
}
