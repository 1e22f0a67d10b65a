// Receives one object from a remote: only bytes of its digest are kept.
import { createHash, hash } from 'node:crypto';
import type { Algorithm, Content, Digest } from '../../hash/digest.ts';
import { bodyToFile, bodyToText, bytesToFile, takeBody, TooLong } from './body.ts';
import { fillFile, type Filled } from './fill-file.ts';
import { PartialFile } from './partial-file.ts';
import type { Range, Remote, TakeAt } from './remote.ts';
import type { Moving } from './tally.ts';
import type { Failure } from './transfer.ts';
import type { Vault } from './vault.ts';

/** No manifest is longer: so much, and so much for each of its files. */
const MANIFEST_BYTES = 64 << 20;
const MANIFEST_BYTES_PER_FILE = 16 << 10;
const MOST_MANIFEST_BYTES = 1 << 30;

/** A file of so many bytes may come in parts, is hashed by another thread meanwhile, and continued after an interruption. */
const LARGE = 32 << 20;

const NOT_ITS_BYTES = 'its bytes are not those of its name';
const TOO_LONG = 'it is longer than it can be';

export interface ReceivedObject {
  readonly remote: Remote;
  readonly key: string;
  readonly vault: Vault;
  readonly digest: Digest;
  /** The most bytes that can be right. */
  readonly limit: number;
  /** Where it is known. */
  readonly size: number | undefined;
  readonly algorithm: Algorithm;
  readonly moving: Moving;
}

/** @returns how many bytes came into the cache. */
export async function receiveObject(object: ReceivedObject): Promise<number | Failure> {
  const { vault, digest } = object;
  let bytes = 0;
  try {
    await vault.receive(digest, async (path, at) => {
      const found = await (isLarge(object) ? readLarge(path, at, object) : readTo(path, object));
      if (found === undefined) throw new Missing();
      if ((found.digest ?? (await vault.digestOf(path, digest))) !== digest) throw new OtherBytes();
      bytes = found.length;
    });
    return bytes;
  } catch (error) {
    return failureOf(error, digest);
  }
}

type Came = Omit<Filled, 'digest'> & {
  /** Of what was written; undefined where the digest is not that of the bytes as they are. */
  readonly digest: string | undefined;
};

/** Hashes the bytes on their way into the file. */
function readTo(path: string, object: ReceivedObject): Promise<Came | undefined> {
  const { remote, key, vault, limit, algorithm, moving } = object;
  return remote.read(key, async (body) => {
    moving.end();
    const whole = await body.whole?.();
    if (whole) {
      bytesToFile(whole, path, limit);
      moving.add(whole.length);
      return { length: whole.length, digest: vault.hashesBytes ? hash(algorithm, whole) : undefined };
    }
    const hashing = vault.hashesBytes ? createHash(algorithm) : undefined;
    const length = await bodyToFile(body, path, limit, (chunk) => {
      hashing?.update(chunk);
      moving.add(chunk.length);
    });
    return { length, digest: hashing?.digest('hex') };
  });
}

type LargeObject = ReceivedObject & { readonly size: number };

const isLarge = (object: ReceivedObject): object is LargeObject =>
  object.size !== undefined && object.size >= LARGE && object.vault.hashesBytes;

/** @param at the path of the object: what comes of it stays beside it until all of it is there. */
async function readLarge(path: string, at: string, object: LargeObject): Promise<Came | undefined> {
  const { size, digest, remote } = object;
  const partial = PartialFile.open({ object: at, size, url: remote.url });
  try {
    const isContinued = partial.received.length > 0;
    let came = await readRest(partial, object);
    if (isContinued && came !== undefined && came.digest !== digest) {
      // What came before can have been lost by a power cut.
      partial.restart();
      came = await readRest(partial, object);
    }
    if (came?.digest === digest) partial.moveTo(path);
    else partial.discard();
    return came;
  } catch (error) {
    if (error instanceof TooLong || partial.received.length === 0) partial.discard();
    throw error;
  }
}

/** By parts, where the remote can; else all of it. */
async function readRest(partial: PartialFile, object: LargeObject): Promise<Came | undefined> {
  const { remote, key, size } = object;
  const { readParts } = remote;
  if (readParts) {
    const isContinued = partial.received.length > 0;
    let how: 'read' | 'missing' | 'unfit' = 'unfit';
    const lacking = {
      size,
      ranges: gapsIn(partial.received, size),
      version: partial.version,
      onVersion: (version: string | undefined) => partial.begin(version),
    };
    const came = await fill(partial, object, async (take) => {
      how = await readParts(key, lacking, take);
      return how === 'read';
    });
    if (how !== 'unfit') return came;
    partial.restart();
    if (isContinued) return readRest(partial, object);
  }
  return remote.read(key, (body) => {
    partial.restart();
    return fill(partial, object, async (take) => {
      await takeBody(body, 0, take);
      return true;
    });
  });
}

function fill(
  partial: PartialFile,
  { size, algorithm, moving }: LargeObject,
  work: (take: TakeAt) => Promise<boolean>,
): Promise<Came | undefined> {
  const { path, received } = partial;
  moving.end();
  for (const { start, end } of received) moving.add(end - start);
  const onReceived = (ranges: readonly Range[]): void => partial.note(ranges);
  return fillFile({ path, size, algorithm, received, onReceived }, (take) =>
    work((start, bytes) => {
      if (start + bytes.length > size) throw new TooLong();
      take(start, bytes);
      moving.add(bytes.length);
    }),
  );
}

function gapsIn(received: readonly Range[], size: number): readonly Range[] {
  const starts = [0, ...received.map(({ end }) => end)];
  const ends = [...received.map(({ start }) => start), size];
  return starts.flatMap((start, index) => (start < ends[index]! ? [{ start, end: ends[index]! }] : []));
}

export interface ReceivedManifest {
  readonly remote: Remote;
  readonly vault: Vault;
  readonly content: Content;
  readonly algorithm: Algorithm;
}

/** @returns its text, which is not in the cache yet. */
export async function receiveManifest(manifest: ReceivedManifest): Promise<string | Failure> {
  const { remote, vault, content, algorithm } = manifest;
  const { digest, nfiles = 0 } = content;
  const limit = Math.min(MANIFEST_BYTES + nfiles * MANIFEST_BYTES_PER_FILE, MOST_MANIFEST_BYTES);
  try {
    const bytes = await remote.read(vault.key(digest), (body) => bodyToText(body, limit));
    if (bytes === undefined) throw new Missing();
    if (`${hash(algorithm, bytes)}.dir` !== digest) throw new OtherBytes();
    return bytes.toString('utf8');
  } catch (error) {
    return failureOf(error, digest);
  }
}

class Missing extends Error {}
class OtherBytes extends Error {}

/** What concerns one object alone; everything else ends the whole. */
function failureOf(error: unknown, digest: Digest): Failure {
  if (error instanceof Missing) return { kind: 'missing', digest };
  if (error instanceof OtherBytes) return { kind: 'corrupt', digest, why: NOT_ITS_BYTES };
  if (error instanceof TooLong) return { kind: 'corrupt', digest, why: TOO_LONG };
  throw error;
}
