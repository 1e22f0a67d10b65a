// Brings contents from a remote into the cache. Nothing of what comes is believed: it is written aside, up to the length
// that is right, and has to have the digest of its name. A directory's manifest is kept once all of its files are.
import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isDirectory, type Content, type Digest } from '../../hash/digest.ts';
import { PipeError } from '../../base/problem.ts';
import type { CacheLayout } from '../cache-layout.ts';
import { bodyToFile, bodyToText, counted, TooLong } from './body.ts';
import { inParallel } from './in-parallel.ts';
import {
  failedContents,
  uniqueContents,
  type Failure,
  type Transferred,
  type TransferOptions,
} from './transfer.ts';
import { readDirectory, type Directory, type File } from './open-vaults.ts';
import type { Vault } from './vault.ts';

/** No manifest is longer: so much, and so much for each of its files. */
const MANIFEST_BYTES = 64 << 20;
const MANIFEST_BYTES_PER_FILE = 16 << 10;
const MOST_MANIFEST_BYTES = 1 << 30;
/** Objects, or bytes, after which what came is made safe. */
const FLUSH_OBJECTS = 500;
const FLUSH_BYTES = 256 << 20;

/** Texts of DVC 2 can be longer than was recorded, by their line ends: at most twice as long. */
const LINE_ENDS = 1024;

const NOT_ITS_BYTES = 'its bytes are not those of its name';
const TOO_LONG = 'it is longer than it can be';

/** A file to be fetched; `limit` in bytes. */
interface Wanted {
  readonly vault: Vault;
  readonly digest: Digest;
  readonly limit: number;
}

export interface FetchOptions extends TransferOptions {
  /** Believe the cache no more than the remote: what is damaged here is set aside, and fetched. */
  readonly verify?: boolean;
}

/**
 * @param contents to be whole in the cache afterwards.
 * @throws PipeError where the remote cannot be reached, refuses or fails; what came until then is kept.
 */
export async function fetchObjects(
  contents: readonly Content[],
  options: FetchOptions,
): Promise<Transferred> {
  const { remote, layout, vaultOf, jobs } = options;
  const wanted = new Map<string, Wanted>();
  const failures = new Map<string, Failure>();
  const directories = new Map<Digest, Directory & { readonly vault: Vault; readonly came: boolean }>();
  const done = { objects: 0, bytes: 0, present: 0 };
  /** Bytes of objects that are not whole yet. */
  let arriving = 0;
  const report = (): void =>
    options.onProgress?.({
      objects: { done: done.objects, total: wanted.size },
      bytes: done.bytes + arriving,
    });

  const here = new Map<string, Wanted & { readonly path: string }>();
  const want = (vault: Vault, { digest, size }: File, limit: number): void => {
    const path = vault.find(digest, size);
    const file = { vault, digest, limit };
    if (path === undefined) wanted.set(vault.key(digest), file);
    else here.set(vault.key(digest), { ...file, path });
  };

  // Manifests first: they say what else there is to fetch.
  await inParallel(
    uniqueContents(contents).filter(({ digest }) => isDirectory(digest)),
    jobs,
    async (content) => {
      const { digest } = content;
      const vault = vaultOf(content);
      const own = manifestHere(vault, digest);
      if (own !== undefined) done.present += 1;
      const text = own ?? (await fetchManifest(content, vault));
      if (typeof text !== 'string') return void failures.set(vault.key(digest), text);
      if (own === undefined) {
        done.objects += 1;
        done.bytes += Buffer.byteLength(text);
      }
      try {
        const directory = readDirectory(text, layout.content);
        directories.set(digest, { ...directory, vault, came: own === undefined });
      } catch (error) {
        if (!(error instanceof PipeError)) throw error;
        failures.set(vault.key(digest), { kind: 'corrupt', digest, why: error.message });
      }
    },
  );
  for (const content of uniqueContents(contents)) {
    const vault = vaultOf(content);
    const { digest } = content;
    const size = knownSize(content, layout);
    const limit = (length = size ?? Infinity): number => (content.legacy ? 2 * length + LINE_ENDS : length);
    if (!isDirectory(digest)) want(vault, { digest, size }, limit());
    // DVC's manifests do not have the sizes of files: none is larger than all together.
    for (const file of directories.get(digest)?.files ?? []) want(vault, file, limit(file.size));
  }
  if (options.verify)
    await inParallel([...here], jobs, async ([key, file]) => {
      if ((await file.vault.digestOf(file.path, file.digest)) === file.digest) return;
      file.vault.setAside(file.digest);
      here.delete(key);
      wanted.set(key, file);
    });
  done.present += here.size;
  report();

  let unsafe = { objects: 0, bytes: 0 };
  const flush = (): void => {
    for (const vault of vaultsOf(wanted)) vault.flush();
    unsafe = { objects: 0, bytes: 0 };
  };
  try {
    await inParallel([...wanted], jobs, async ([key, file]) => {
      const came = await fetchFile(key, file);
      if (typeof came !== 'number') return void failures.set(key, came);
      done.objects += 1;
      done.bytes += came;
      unsafe.objects += 1;
      unsafe.bytes += came;
      if (unsafe.objects >= FLUSH_OBJECTS || unsafe.bytes >= FLUSH_BYTES) flush();
      report();
    });
  } finally {
    flush();
  }

  for (const [digest, { text, files, vault, came }] of directories) {
    const failure = files.map((file) => failures.get(vault.key(file.digest))).find(Boolean);
    if (failure) failures.set(vault.key(digest), failure);
    else if (came) vault.addText(text, digest);
  }
  for (const { vault } of directories.values()) vault.flush();
  return { ...done, failed: failedContents(contents, vaultOf, failures) };

  /** @returns how many bytes came. */
  async function fetchFile(key: string, { vault, digest, limit }: Wanted): Promise<number | Failure> {
    let bytes = 0;
    let own = 0;
    const count = (more: number): void => {
      arriving += more;
      own += more;
      report();
    };
    try {
      await vault.receive(digest, async (path) => {
        const found = await remote.read(key, (body) => {
          count(-own);
          return bodyToFile(counted(body, count), path, limit);
        });
        if (found === undefined) throw new Missing();
        bytes = found;
        if ((await vault.digestOf(path, digest)) !== digest) throw new OtherBytes();
      });
      return bytes;
    } catch (error) {
      return failureOf(error, digest);
    } finally {
      arriving -= own;
    }
  }

  async function fetchManifest({ digest, nfiles = 0 }: Content, vault: Vault): Promise<string | Failure> {
    const limit = Math.min(MANIFEST_BYTES + nfiles * MANIFEST_BYTES_PER_FILE, MOST_MANIFEST_BYTES);
    try {
      const bytes = await remote.read(vault.key(digest), (body) => bodyToText(body, limit));
      if (bytes === undefined) throw new Missing();
      if (`${hash(layout.content.algorithm, bytes)}.dir` !== digest) throw new OtherBytes();
      return bytes.toString('utf8');
    } catch (error) {
      return failureOf(error, digest);
    }
  }

  function manifestHere(vault: Vault, digest: Digest): string | undefined {
    const path = vault.find(digest);
    if (path === undefined) return undefined;
    const bytes = readFileSync(path);
    if (`${hash(layout.content.algorithm, bytes)}.dir` === digest) return bytes.toString('utf8');
    vault.setAside(digest);
    return undefined;
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

/** A `.dvc` file can lack the size. */
const knownSize = ({ size }: Content, layout: CacheLayout): number | undefined =>
  size === 0 && !layout.exactSizes ? undefined : size;

const vaultsOf = (wanted: ReadonlyMap<string, Wanted>): ReadonlySet<Vault> =>
  new Set([...wanted.values()].map(({ vault }) => vault));
