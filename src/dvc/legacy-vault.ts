// The objects of DVC 2 as a vault: what push and fetch share with remotes.
import { hash } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { moveToQuarantine } from '../cache/quarantine.ts';
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
  /** Beside the object: the cache can be on another file system than our own folder. */
  const newTemporary = (digest: Digest): string => {
    makeRealFolder(dir, dirname(at(digest)), shared);
    return `${at(digest)}.${temporaryName()}`;
  };
  const vault: Vault = {
    key: shardOf,
    hashesBytes: false,
    // Two texts that differ only in their line ends are one object, so the size is not compared.
    find: (digest) => (existsSync(at(digest)) ? at(digest) : undefined),
    digestOf: async (path, named) =>
      (isDirectory(named) ? `${hash('md5', readFileSync(path))}.dir` : legacyFileDigest(path)) as Digest,
    async receive(digest, fill) {
      const temporary = newTemporary(digest);
      try {
        crashPoint('write object');
        await fill(temporary, at(digest));
        chmodSync(temporary, 0o444);
        crashPoint('rename object');
        renameSync(temporary, at(digest));
      } catch (error) {
        discard(temporary);
        throw storeError(error, 'keep an object in the cache', at(digest));
      }
    },
    addText(text, digest) {
      replaceFile(at(digest), text, {
        temporary: newTemporary(digest),
        replaceLink: true,
        mode: 0o444,
        steps: { write: 'write object', rename: 'rename object' },
      });
    },
    setAside(digest) {
      moveToQuarantine(at(digest), digest, { quarantine: dvcQuarantine(dir, scratch), dir });
    },
    flush: () => undefined,
  };
  return { vault, has: ({ legacy }) => legacy === true };
}
