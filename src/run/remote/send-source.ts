// Sends data of elsewhere to a remote without keeping it here: each file is hashed, sent under the name of its digest, and let go. What
// has to be downloaded first needs room for the files that are on their way, and no more.
import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PipeError } from '../../base/problem.ts';
import type { OpenRemote } from '../../cache/remote/open-remote.ts';
import { inBatches } from '../../cache/remote/rclone/batch.ts';
import { sendKnown } from '../../cache/remote/send-object.ts';
import { Tally } from '../../cache/remote/tally.ts';
import { now, sameKey, unsettledFor, type StatKey } from '../../disk/stat-key.ts';
import { temporaryName } from '../../disk/temporary-name.ts';
import type { Content, Digest } from '../../hash/digest.ts';
import { readFile } from '../../hash/file-pool.ts';
import type { DataSource, FileEntry, Visited } from '../../source/data-source.ts';
import { sourceChanging } from '../../source/source-problem.ts';
import type { Exchange } from './exchange.ts';
import { refuseReadOnly } from './push.ts';
import { announcePush } from './push-marker.ts';

export interface SentSource {
  /** What is on the remote now. */
  readonly content: Content;
  /** What it was sent from, as the source calls it. */
  readonly version: Content;
}

/** Sends a file. @param mark of the digest of a folder's list. */
type Send = (path: string, isCopy: boolean, mark?: '.dir') => Promise<Pick<FileEntry, 'digest' | 'size'>>;

/** So many objects are looked for at a time. */
const LOOKED_FOR = 256;

/** @param name of the remote. @throws PipeError where the data cannot be read, or the remote refuses or fails. */
export async function sendSource(
  source: DataSource,
  name: string,
  exchange: Exchange,
  onRetry?: (reason: string) => void,
): Promise<SentSource> {
  const { project, folders, rules } = exchange.workspace;
  const remote = await exchange.remoteForCopies(name, 'warn');
  refuseReadOnly(remote);
  const folder = join(folders.placing, temporaryName());
  const clear = (): void => rmSync(folder, { recursive: true, force: true });
  process.on('exit', clear);
  const announced = await announcePush(remote, project.root);
  try {
    mkdirSync(folder, { recursive: true });
    const { jobs } = exchange.transfer(remote);
    const send = sender(remote, exchange);
    const visited = await source.visit(folder, send, { jobs, ...(onRetry && { onRetry }) });
    // Whoever finds the list of a folder there finds all that it names.
    await remote.settle();
    const content = visited.isFolder
      ? await sendManifest(visited, folder, send, exchange)
      : fileContent(visited, rules.outModesCount);
    await remote.settle();
    return { content, version: visited.version };
  } finally {
    await announced?.end();
    process.off('exit', clear);
    clear();
  }
}

function sender(remote: OpenRemote, exchange: Exchange): Send {
  const { jobs, onProgress, layout } = exchange.transfer(remote);
  const { algorithm } = layout.content;
  const tally = new Tally(onProgress);
  let started = 0;
  const sizeThere = inBatches(async (keys: readonly string[]) => {
    const sizes = await remote.sizes(keys, jobs);
    return keys.map((key) => sizes.get(key));
  }, LOOKED_FOR);

  return async (path, isCopy, mark) => {
    tally.expect((started += 1), undefined);
    const began = now();
    const before = keyOf(path);
    const { digest: hex, bytes: size } = await readFile({ path, size: Number(before.size), algorithm });
    const digest = `${hex}${mark ?? ''}` as Digest;
    const key = exchange.vaultOf({ digest, size }).key(digest);
    const there = await sizeThere(key);
    if (there === size) {
      tally.present += 1;
      tally.report();
      return { digest, size };
    }
    const moving = tally.start();
    try {
      const replace = there !== undefined;
      await sendKnown({ key, digest, path, size, remote, algorithm, replace, moving });
    } finally {
      moving.end();
    }
    if (!isCopy && !(await isStill(path, digest, before, began))) {
      // What was sent may not be what the name says.
      await remote.remove?.([key]);
      throw sourceChanging(path);
    }
    tally.moved(size);
    return { digest, size };
  };

  /** Whether it holds what was hashed, and has held it meanwhile. */
  async function isStill(path: string, digest: Digest, before: StatKey, began: bigint): Promise<boolean> {
    const after = keyOf(path);
    // A link to it, as rclone is given one, changes this time alone.
    if (!sameKey(before, { ...after, ctimeNs: before.ctimeNs })) return false;
    if (sameKey(before, after) && unsettledFor(before, began) === 0n) return true;
    return (await readFile({ path, size: Number(before.size), algorithm })).digest === digest;
  }
}

function keyOf(path: string): StatKey {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (stats?.isFile()) return stats;
  throw new PipeError({
    code: 'source-refused',
    title: `'${path}' is not a file any more`,
    hint: 'try again once nothing writes there',
  });
}

/** @param modes whether records say that a file may be executed; DVC does not for what it sends so. */
function fileContent({ entries }: Visited, modes: boolean): Content {
  const [file] = entries;
  if (file?.kind !== 'file') throw new Error('a source of one file has handed over none');
  return { digest: file.digest, size: file.size, ...(modes && file.isexec && { isexec: true }) };
}

async function sendManifest(
  { entries }: Visited,
  folder: string,
  send: Send,
  { workspace: { layout } }: Exchange,
): Promise<Content> {
  const text = layout.content.formatManifest(entries);
  const path = join(folder, 'list');
  writeFileSync(path, text);
  const { digest } = await send(path, true, '.dir');
  const files = entries.filter((entry) => entry.kind === 'file');
  return { digest, size: files.reduce((sum, { size }) => sum + size, 0), nfiles: files.length };
}
