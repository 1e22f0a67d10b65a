// Sends contents of the cache to a remote: the files of a directory before its manifest, so that whoever finds a manifest
// there finds all that it names.
import { readFileSync, statSync } from 'node:fs';
import { optimised } from '../../base/optimised-code.ts';
import { isDirectory, type Content } from '../../hash/digest.ts';
import { errno, PipeError } from '../../base/problem.ts';
import { inParallel } from '../../base/in-parallel.ts';
import { readDirectory, type File } from './open-vaults.ts';
import type { Size } from './remote.ts';
import { receiveManifest } from './receive-object.ts';
import { DAMAGED, sendObject } from './send-object.ts';
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

export interface PushOptions extends TransferOptions {
  /** Send everything, even if the remote seems to have it. */
  readonly force: boolean;
  /** Send nothing, only count. */
  readonly dry: boolean;
}

/** An object to be on the remote afterwards. */
interface Wanted extends File {
  readonly vault: Vault;
}

/** One that the cache has. */
interface Here extends Wanted {
  readonly path: string;
  readonly size: number;
}

interface Directory {
  readonly manifest: Wanted;
  readonly files: readonly File[];
}

/** One call, by keys on the remote. */
interface Push {
  readonly options: PushOptions;
  readonly tally: Tally;
  readonly failures: Map<string, Failure>;
  readonly files: Map<string, Wanted>;
  readonly directories: Map<string, Directory>;
}

/**
 * @param contents to be whole on the remote afterwards; what is not in the cache has to be there already.
 * @throws PipeError where the remote cannot be reached, refuses or fails; what was sent until then is whole there.
 */
export async function pushObjects(contents: readonly Content[], options: PushOptions): Promise<Transferred> {
  const tally = new Tally(options.onProgress);
  const push: Push = { options, tally, failures: new Map(), files: new Map(), directories: new Map() };
  await inParallel(uniqueContents(contents), options.jobs, (content) => list(content, push));
  await sendLacking(push.files, push);
  await sendLacking(wholeManifests(push), push);
  const { objects, bytes, present } = tally;
  return { objects, bytes, present, failed: failedContents(contents, options.vaultOf, push.failures) };
}

/** Notes what a content consists of. */
async function list(content: Content, push: Push): Promise<void> {
  const { layout, vaultOf } = push.options;
  const { digest } = content;
  const vault = vaultOf(content);
  const key = vault.key(digest);
  if (!isDirectory(digest)) {
    push.files.set(key, { vault, digest, size: layout.exactSizes ? content.size : undefined });
    return;
  }
  const files = await filesOf(vault, content, push.options);
  if ('kind' in files) return void push.failures.set(key, files);
  push.directories.set(key, { manifest: { vault, digest, size: undefined }, files });
  for (const file of files) push.files.set(vault.key(file.digest), { vault, ...file });
}

/** The files of a directory by its manifest: here, else on the remote, which can lack a file that is here. */
async function filesOf(
  vault: Vault,
  content: Content,
  { remote, layout, dry }: PushOptions,
): Promise<readonly File[] | Failure> {
  const { digest } = content;
  const { algorithm } = layout.content;
  const path = vault.find(digest);
  if (path !== undefined && (await vault.digestOf(path, digest)) !== digest) {
    if (dry) return { kind: 'corrupt', digest, why: 'the object of the cache is damaged' };
    vault.setAside(digest);
    return { kind: 'corrupt', digest, why: DAMAGED };
  }
  const text =
    path === undefined
      ? await receiveManifest({ remote, vault, content, algorithm })
      : readFileSync(path, 'utf8');
  if (typeof text !== 'string')
    return text.kind === 'corrupt' ? { ...text, why: `the list of its files there: ${text.why}` } : text;
  try {
    return readDirectory(text, layout.content).files;
  } catch (error) {
    if (error instanceof PipeError) return { kind: 'corrupt', digest, why: error.message };
    throw error;
  }
}

/** The manifests of directories whose files are all on the remote now. */
function wholeManifests({ directories, failures }: Push): ReadonlyMap<string, Wanted> {
  const whole = new Map<string, Wanted>();
  for (const [key, { manifest, files }] of directories) {
    const failure = files.map(({ digest }) => failures.get(manifest.vault.key(digest))).find(Boolean);
    if (failure) failures.set(key, failure);
    else whole.set(key, manifest);
  }
  return whole;
}

async function sendLacking(wanted: ReadonlyMap<string, Wanted>, push: Push): Promise<void> {
  const { remote, jobs, force, dry } = push.options;
  push.tally.expect(push.files.size + push.directories.size, undefined);
  const here = filesHere(wanted);
  // What is sent in any case need not be looked for.
  const asked = [...wanted.keys()].filter((key) => !force || !here.has(key));
  const there = await remote.sizes(asked, jobs);
  const lacking = lackingOf(wanted, here, there, push);
  push.tally.expect(push.files.size + push.directories.size, bytesIn(lacking) + push.tally.bytes);
  if (dry) return lacking.forEach(({ size }) => push.tally.moved(size));
  const sendAll = (): Promise<void> =>
    inParallel([...lacking], jobs, async ([key, object]) => {
      const failure = await send(key, object, force || there.has(key), push);
      if (failure) push.failures.set(key, failure);
    });
  try {
    await (lacking.size < MANY ? sendAll() : optimised(sendAll));
  } finally {
    await remote.settle();
  }
}

function filesHere(wanted: ReadonlyMap<string, Wanted>): ReadonlyMap<string, Here> {
  const here = new Map<string, Here>();
  for (const [key, { vault, digest, size }] of wanted) {
    const path = vault.find(digest, size);
    const stats = path === undefined ? undefined : statSync(path, { throwIfNoEntry: false });
    if (path !== undefined && stats) here.set(key, { vault, digest, path, size: stats.size });
  }
  return here;
}

/** What the cache has and the remote lacks; counts what the remote has, and notes what neither has. */
function lackingOf(
  wanted: ReadonlyMap<string, Wanted>,
  here: ReadonlyMap<string, Here>,
  there: ReadonlyMap<string, Size>,
  { tally, failures }: Push,
): ReadonlyMap<string, Here> {
  const lacking = new Map<string, Here>();
  for (const [key, { digest }] of wanted) {
    const own = here.get(key);
    const size = there.get(key);
    if (own === undefined && size === undefined) failures.set(key, { kind: 'missing', digest });
    // Another size shows that what is there is damaged.
    else if (own !== undefined && size !== own.size && size !== 'unknown') lacking.set(key, own);
    else tally.present += 1;
  }
  return lacking;
}

const bytesIn = (objects: ReadonlyMap<string, Here>): number =>
  [...objects.values()].reduce((sum, { size }) => sum + size, 0);

async function send(
  key: string,
  object: Here,
  replace: boolean,
  { options, tally }: Push,
): Promise<Failure | undefined> {
  const moving = tally.start();
  try {
    const { remote, layout } = options;
    const { algorithm } = layout.content;
    const failure = await sendObject({ ...object, key, remote, algorithm, replace, moving });
    if (failure) return failure;
  } catch (error) {
    // Garbage collection may go on beside us.
    const { vault, digest, size } = object;
    if (errno(error) !== 'ENOENT' || vault.find(digest, size) !== undefined) throw error;
    return { kind: 'missing', digest };
  } finally {
    moving.end();
  }
  tally.moved(object.size);
  return undefined;
}
