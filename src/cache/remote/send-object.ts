// Sends one object to a remote: it is hashed before it leaves, and a damaged one is set aside.
import { createHash, hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Algorithm, Digest } from '../../hash/digest.ts';
import { readFile } from '../../hash/file-pool.ts';
import { limited, TooLong } from './body.ts';
import { Damaged, type FileSource, type Remote } from './remote.ts';
import type { Moving } from './tally.ts';
import type { Failure } from './transfer.ts';
import type { Vault } from './vault.ts';

/** A file whose bytes are known to be those of the digest. */
export interface KnownObject {
  readonly key: string;
  readonly digest: Digest;
  /** Absolute path. */
  readonly path: string;
  readonly size: number;
  readonly remote: Remote;
  readonly algorithm: Algorithm;
  /** Also where something is there. */
  readonly replace: boolean;
  readonly moving: Moving;
}

export interface SentObject extends KnownObject {
  readonly vault: Vault;
}

/** What is known of the bytes before they are sent. */
type Seen = Pick<FileSource, 'bytes' | 'unchecked'>;

export const DAMAGED = 'the object of the cache was damaged, and is set aside';

/** Objects of up to so many bytes are in memory while they are sent: they are read once. */
const IN_MEMORY = 256 << 10;

export async function sendObject(object: SentObject): Promise<Failure | undefined> {
  const { vault, digest } = object;
  const seen = vault.hashesBytes ? await check(object) : await checkByVault(object);
  try {
    if (!seen) throw new Damaged();
    // What DVC 2 calls the digest of a text is not that of its bytes.
    await sendKnown(object, vault.hashesBytes, seen);
    return undefined;
  } catch (error) {
    if (!(error instanceof Damaged)) throw error;
  }
  vault.setAside(digest);
  return { kind: 'corrupt', digest, why: DAMAGED };
}

/** @returns undefined where the bytes do not have the digest. */
async function check({ digest, path, size, remote, algorithm }: SentObject): Promise<Seen | undefined> {
  if (size <= IN_MEMORY) {
    const bytes = readFileSync(path);
    return bytes.length === size && hash(algorithm, bytes) === hexOf(digest) ? { bytes } : undefined;
  }
  if (remote.checks) return { unchecked: true };
  const { digest: found } = await readFile({ path, size, algorithm });
  return found === hexOf(digest) ? {} : undefined;
}

async function checkByVault({ vault, digest, path }: SentObject): Promise<Seen | undefined> {
  return (await vault.digestOf(path, digest)) === digest ? {} : undefined;
}

/** @param isOfBytes the digest is that of the bytes as they are. */
export async function sendKnown(object: KnownObject, isOfBytes = true, seen: Seen = {}): Promise<void> {
  const { key, digest, path, size, remote, algorithm, replace, moving } = object;
  const source: FileSource = {
    path,
    size,
    ...(isOfBytes && { checksum: { algorithm, hex: hexOf(digest) } }),
    ...seen,
    // What is sent a second time is no progress.
    onSent: (bytes) => moving.add(Math.min(bytes, size - moving.bytes)),
  };
  const written = await remote.write(key, source, replace);
  // Somebody else was faster; that they wrote the same is seen, not believed.
  if (written === 'exists' && !(await isThere(object))) await remote.write(key, source, true);
}

async function isThere({ key, digest, size, remote, algorithm }: KnownObject): Promise<boolean> {
  try {
    const found = await remote.read(key, async (body) => {
      const hash = createHash(algorithm);
      for await (const chunk of limited(body, size)) hash.update(chunk);
      return hash.digest('hex');
    });
    return found === hexOf(digest);
  } catch (error) {
    if (error instanceof TooLong) return false;
    throw error;
  }
}

/** A manifest's digest carries a mark. */
const hexOf = (digest: Digest): string => digest.replace(/\.dir$/, '');
