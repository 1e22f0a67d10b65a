// Garbage collection on a remote: lists what is not needed there, and removes what was listed. Objects are known by their names, so
// whatever else is on the remote stays.
import { digestsIn } from '../../cache/manifests.ts';
import { bodyToText } from '../../cache/remote/body.ts';
import {
  chooseRemoteGarbage,
  directoriesToRead,
  type RemoteGarbage,
  type RemoteGarbageItem,
  type RemoteObject,
  type RemoteRecord,
} from '../../cache/remote/choose-garbage.ts';
import { findDirectory } from '../../cache/remote/find-directory.ts';
import { inParallel } from '../../base/in-parallel.ts';
import type { OpenRemote } from '../../cache/remote/open-remote.ts';
import type { Listed } from '../../cache/remote/remote.ts';
import { outsInRecord } from '../../cache/remote/run-records.ts';
import type { TransferOptions } from '../../cache/remote/transfer.ts';
import { PipeError } from '../../base/problem.ts';
import { isDirectory, type Digest } from '../../hash/digest.ts';
import { experimentsOn } from './experiments.ts';
import { listerOf } from './push-marker.ts';

export interface CollectOptions extends TransferOptions {
  readonly remote: OpenRemote;
  /** What records of the workspace and of revisions name. */
  readonly needed: ReadonlySet<Digest>;
  /** What is younger stays; milliseconds. */
  readonly grace: number;
  /** By the clock of the remote; milliseconds since 1970. */
  readonly now: number;
}

const MOST_RECORD_BYTES = 16 << 20;
/** So many files are removed with one call. */
const BATCH = 500;

/** @throws PipeError where the remote cannot be used for it: it cannot list or remove, or is read-only. */
export function refuseForGarbage(remote: OpenRemote): void {
  const problem = (why: string, hint: string): PipeError =>
    new PipeError({
      code: 'remote-unlisted',
      title: `garbage cannot be collected on the remote '${remote.name}': ${why}`,
      hint,
    });
  if (remote.readOnly) throw problem('it is declared as read-only', 'name another with --remote');
  if (!listerOf(remote)) throw problem('it cannot list files', 'collect garbage where its files are');
  if (!remote.remove) throw problem('it cannot remove files', 'collect garbage where its files are');
}

/** @throws PipeError where the remote cannot be reached, or a manifest that is needed cannot be read. */
export async function listRemoteGarbage(options: CollectOptions): Promise<RemoteGarbage> {
  const { layout, needed, grace, now } = options;
  const isYoung = ({ time }: Listed): boolean => !(time <= now - grace);
  const objects = new Map<Digest, RemoteObject>();
  for await (const file of filesIn(options.remote, layout.objects)) {
    const digest = file.key.slice(layout.objects.length + 1).replace('/', '') as Digest;
    if (layout.content.digest.test(digest)) objects.set(digest, { ...file, digest });
  }
  const records = await readRecords(options);
  const known = { objects, records, needed, isYoung };
  const directories = await readDirectories(directoriesToRead(known), objects, options);
  return chooseRemoteGarbage({ ...known, directories });
}

async function* filesIn(remote: OpenRemote, folder: string): AsyncGenerator<Listed> {
  for await (const page of listerOf(remote)!(folder)) yield* page;
}

async function readRecords({ remote, layout, jobs }: CollectOptions): Promise<readonly RemoteRecord[]> {
  const { runs, content } = layout;
  const files: Listed[] = [];
  for (const folder of new Set([runs.records, ...(runs.foreign ? [runs.foreign.root] : [])]))
    for await (const file of filesIn(remote, folder)) files.push(file);
  const experiments = experimentsOn(layout);
  for await (const file of filesIn(remote, experiments)) files.push(file);
  const records: RemoteRecord[] = [];
  await inParallel(files, jobs, async (file) => {
    const bytes = await remote.read(file.key, (body) => bodyToText(body, MOST_RECORD_BYTES));
    if (!bytes) return;
    const text = bytes.toString('utf8');
    // Experiments stay until they are removed by name.
    const isRun = !file.key.startsWith(`${experiments}/`);
    const outs = isRun ? outsInRecord(text, runs)?.map(({ content: { digest } }) => digest) : undefined;
    records.push({ ...file, outs, digests: outs ?? digestsIn(text, content) });
  });
  return records;
}

/** Those that are neither here nor on the remote are left out: no push of them is complete. */
async function readDirectories(
  digests: readonly Digest[],
  objects: ReadonlyMap<Digest, RemoteObject>,
  options: CollectOptions,
): Promise<ReadonlyMap<Digest, readonly Digest[]>> {
  const found = new Map<Digest, readonly Digest[]>();
  await inParallel(digests, options.jobs, async (digest) => {
    const size = objects.get(digest)?.size;
    const files = await findDirectory({ digest, size: size ?? 0, nfiles: (size ?? 0) >> 6 }, options);
    if (files)
      found.set(
        digest,
        files.map((file) => file.digest),
      );
    else if (objects.has(digest)) throw unreadable(digest, options.remote);
  });
  return found;
}

function unreadable(digest: Digest, remote: OpenRemote): PipeError {
  return new PipeError({
    code: 'remote-unlisted',
    title: `which files a folder has cannot be read: its manifest on the remote '${remote.name}' is damaged`,
    facts: [['object', digest]],
    hint: 'replace it with `pipe push --force` from where the cache has it; nothing was removed',
  });
}

/** @param items in the order of their removal. */
export async function removeRemoteGarbage(
  items: readonly RemoteGarbageItem[],
  { remote, jobs }: Pick<CollectOptions, 'remote' | 'jobs'>,
): Promise<void> {
  const isManifest = ({ key }: RemoteGarbageItem): boolean => isDirectory(key as Digest);
  const groups = [
    items.filter(({ kind }) => kind === 'record'),
    items.filter((item) => item.kind === 'object' && isManifest(item)),
    items.filter((item) => item.kind === 'object' && !isManifest(item)),
  ];
  for (const group of groups) {
    const batches: string[][] = [];
    for (let at = 0; at < group.length; at += BATCH)
      batches.push(group.slice(at, at + BATCH).map(({ key }) => key));
    await inParallel(batches, jobs, (keys) => remote.remove!(keys));
  }
}
