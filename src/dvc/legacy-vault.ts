// The objects of DVC 2 as a vault: what push and fetch share with remotes.
import { hash } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ownBase } from '../cache/list-objects.ts';
import { shardOf, type OtherVault, type OtherVaultOptions, type Vault } from '../cache/remote/vault.ts';
import { crashPoint } from '../disk/crash-point.ts';
import { discard } from '../disk/discard.ts';
import { storeError } from '../disk/store-error.ts';
import { replaceFile } from '../disk/replace-file.ts';
import { makeRealFolder } from '../disk/real-folder.ts';
import { temporaryName } from '../disk/temporary-name.ts';
import { isDirectory, type Digest } from '../hash/digest.ts';
import { legacyFileDigest } from './legacy-digest.ts';
import { dvcQuarantine } from './quarantine.ts';

/** Contents that carry `legacy`. */
export function openLegacyVault({ dir, scratch, shared }: OtherVaultOptions): OtherVault {
  const at = (digest: Digest): string => join(dir, shardOf(digest));
  const moveIn = (temporary: string, digest: Digest): void => {
    makeRealFolder(dir, dirname(at(digest)), shared);
    crashPoint('rename object');
    renameSync(temporary, at(digest));
  };
  const newTemporary = (): string => {
    makeRealFolder(ownBase(dir, scratch), scratch);
    return join(scratch, temporaryName());
  };
  const vault: Vault = {
    key: shardOf,
    hashesBytes: false,
    // Two texts that differ only in their line ends are one object, so the size is not compared.
    find: (digest) => (existsSync(at(digest)) ? at(digest) : undefined),
    digestOf: async (path, named) =>
      (isDirectory(named) ? `${hash('md5', readFileSync(path))}.dir` : legacyFileDigest(path)) as Digest,
    async receive(digest, fill) {
      const temporary = newTemporary();
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
      makeRealFolder(dir, dirname(at(digest)), shared);
      replaceFile(at(digest), text, {
        temporary: newTemporary(),
        replaceLink: true,
        mode: 0o444,
        steps: { write: 'write object', rename: 'rename object' },
      });
    },
    setAside(digest) {
      const quarantine = dvcQuarantine(dir, scratch);
      makeRealFolder(ownBase(dir, scratch), quarantine);
      renameSync(at(digest), join(quarantine, digest));
    },
    flush: () => undefined,
  };
  return { vault, has: ({ legacy }) => legacy === true };
}
