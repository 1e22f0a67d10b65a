// Brings contents from a remote into the cache. Nothing of what comes is believed: it is written aside, up to the length
// that is right, and has to have the digest of its name. A directory's manifest is kept once all of its files are.
import { readFileSync } from 'node:fs';
import { hash } from 'node:crypto';
import { isDirectory, type Content, type Digest } from '../../hash/digest.ts';
import { optimised } from '../../base/optimised-code.ts';
import { PipeError } from '../../base/problem.ts';
import type { CacheLayout } from '../cache-layout.ts';
import { inParallel } from '../../base/in-parallel.ts';
import { readDirectory, type Directory, type File } from './open-vaults.ts';
import { receiveManifest, receiveObject } from './receive-object.ts';
import { Tally } from './tally.ts';
import {
  failedContents,
  MANY,
  uniqueContents,
  type Failure,
  type Transferred,
  type TransferOptions,
} from './transfer.ts';
import type { Vault } from './vault.ts';

export interface FetchOptions extends TransferOptions {
  /** Believe the cache no more than the remote: what is damaged here is set aside, and fetched. */
  readonly verify?: boolean;
}

/** Objects, or bytes, after which what came is made safe. */
const FLUSH_OBJECTS = 2000;
const FLUSH_BYTES = 256 << 20;

/** Texts of DVC 2 can be longer than was recorded, by their line ends: at most twice as long. */
const LINE_ENDS = 1024;

/** A file to be in the cache afterwards. */
interface Wanted {
  readonly vault: Vault;
  readonly digest: Digest;
  /** The most bytes that can be right. */
  readonly limit: number;
  readonly size: number | undefined;
}

interface KnownDirectory extends Directory {
  readonly vault: Vault;
  /** Its manifest was fetched, and is not in the cache yet. */
  readonly came: boolean;
}

/** One call, by keys on the remote. */
interface Fetch {
  readonly options: FetchOptions;
  readonly contents: readonly Content[];
  readonly tally: Tally;
  readonly failures: Map<string, Failure>;
  readonly directories: Map<Digest, KnownDirectory>;
}

/**
 * @param contents to be whole in the cache afterwards.
 * @throws PipeError where the remote cannot be reached, refuses or fails; what came until then is kept.
 */
export async function fetchObjects(
  contents: readonly Content[],
  options: FetchOptions,
): Promise<Transferred> {
  const tally = new Tally(options.onProgress);
  const unique = uniqueContents(contents);
  const fetch: Fetch = { options, contents: unique, tally, failures: new Map(), directories: new Map() };
  // Manifests first: they say what else there is to fetch.
  await readManifests(fetch);
  const files = filesOf(fetch);
  const lacking = await lackingOf(files, fetch);
  const expected = bytesIn(lacking);
  tally.expect(tally.objects + files.size, expected === undefined ? undefined : expected + tally.bytes);
  await (lacking.size < MANY ? fetchFiles(lacking, fetch) : optimised(() => fetchFiles(lacking, fetch)));
  keepManifests(fetch);
  const { objects, bytes, present } = tally;
  return { objects, bytes, present, failed: failedContents(contents, options.vaultOf, fetch.failures) };
}

async function readManifests(fetch: Fetch): Promise<void> {
  const { contents, failures, options } = fetch;
  const directories = contents.filter(({ digest }) => isDirectory(digest));
  await inParallel(directories, options.jobs, async (content) => {
    const failure = await readOne(content, fetch);
    if (failure) failures.set(options.vaultOf(content).key(content.digest), failure);
  });
}

async function readOne(
  content: Content,
  { options, tally, directories }: Fetch,
): Promise<Failure | undefined> {
  const { remote, layout, vaultOf } = options;
  const { algorithm } = layout.content;
  const { digest } = content;
  const vault = vaultOf(content);
  const own = manifestHere(vault, content, layout);
  const text = own ?? (await receiveManifest({ remote, vault, content, algorithm }));
  if (typeof text !== 'string') return text;
  if (own === undefined) tally.moved(Buffer.byteLength(text));
  else tally.present += 1;
  try {
    const directory = readDirectory(text, layout.content);
    directories.set(digest, { ...directory, vault, came: own === undefined });
    return undefined;
  } catch (error) {
    if (error instanceof PipeError) return { kind: 'corrupt', digest, why: error.message };
    throw error;
  }
}

/** The text of a manifest that the cache has; a damaged one is set aside. */
function manifestHere(vault: Vault, { digest }: Content, { content }: CacheLayout): string | undefined {
  const path = vault.find(digest);
  if (path === undefined) return undefined;
  const bytes = readFileSync(path);
  if (`${hash(content.algorithm, bytes)}.dir` === digest) return bytes.toString('utf8');
  vault.setAside(digest);
  return undefined;
}

/** The files that the contents consist of. */
function filesOf({ contents, directories, options }: Fetch): ReadonlyMap<string, Wanted> {
  const files = new Map<string, Wanted>();
  for (const content of contents) {
    const { digest, legacy } = content;
    const vault = options.vaultOf(content);
    const size = knownSize(content, options.layout);
    const limit = (length = size ?? Infinity): number => (legacy ? 2 * length + LINE_ENDS : length);
    const want = (file: File, most: number): void =>
      void files.set(vault.key(file.digest), { vault, ...file, limit: most });
    if (!isDirectory(digest)) want({ digest, size }, limit());
    // DVC's manifests do not have the sizes of files: none is larger than all together.
    for (const file of directories.get(digest)?.files ?? []) want(file, limit(file.size));
  }
  return files;
}

/** A `.dvc` file can lack the size. */
const knownSize = ({ size }: Content, layout: CacheLayout): number | undefined =>
  size === 0 && !layout.exactSizes ? undefined : size;

async function lackingOf(
  files: ReadonlyMap<string, Wanted>,
  { options, tally }: Fetch,
): Promise<ReadonlyMap<string, Wanted>> {
  const lacking = new Map(files);
  await inParallel([...files], options.jobs, async ([key, { vault, digest, size }]) => {
    const path = vault.find(digest, size);
    if (path === undefined) return;
    if (options.verify && (await vault.digestOf(path, digest)) !== digest) return vault.setAside(digest);
    lacking.delete(key);
    tally.present += 1;
  });
  return lacking;
}

/** Undefined where a size is not known. */
function bytesIn(files: ReadonlyMap<string, Wanted>): number | undefined {
  let sum = 0;
  for (const { size } of files.values()) {
    if (size === undefined) return undefined;
    sum += size;
  }
  return sum;
}

async function fetchFiles(
  lacking: ReadonlyMap<string, Wanted>,
  { options, tally, failures }: Fetch,
): Promise<void> {
  const { remote, jobs, layout } = options;
  const { algorithm } = layout.content;
  const vaults = new Set([...lacking.values()].map(({ vault }) => vault));
  let unsafe = { objects: 0, bytes: 0 };
  const flush = (): void => {
    for (const vault of vaults) vault.flush();
    unsafe = { objects: 0, bytes: 0 };
  };
  // Before what is unfinished is removed.
  process.prependListener('exit', flush);
  try {
    await inParallel([...lacking], jobs, async ([key, file]) => {
      const moving = tally.start();
      const came = await receiveObject({ remote, key, ...file, algorithm, moving }).finally(() =>
        moving.end(),
      );
      if (typeof came !== 'number') return void failures.set(key, came);
      tally.moved(came);
      unsafe = { objects: unsafe.objects + 1, bytes: unsafe.bytes + came };
      if (unsafe.objects >= FLUSH_OBJECTS || unsafe.bytes >= FLUSH_BYTES) flush();
    });
  } finally {
    process.off('exit', flush);
    flush();
  }
}

/** Of the directories whose files are all in the cache now. */
function keepManifests({ directories, failures }: Fetch): void {
  for (const [digest, { text, files, vault, came }] of directories) {
    const failure = files.map((file) => failures.get(vault.key(file.digest))).find(Boolean);
    if (failure) failures.set(vault.key(digest), failure);
    else if (came) vault.addText(text, digest);
  }
  for (const { vault } of directories.values()) vault.flush();
}
