// A folder as a remote: on this machine, or mounted from another. Owns reading, and what failures mean to the user; folder-writer.ts
// writes.
import { constants, type Dirent } from 'node:fs';
import { lstat, open, readdir, rm, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { errno } from '../../../base/problem.ts';
import { crashPoint, type Fault } from '../../../disk/crash-point.ts';
import { takeBody } from '../body.ts';
import { FolderWriter } from './folder-writer.ts';
import type { Listed, Remote } from '../remote.ts';
import { failed, full, refused, unreachable } from '../remote-problem.ts';
import { sizesOneByOne } from '../sizes.ts';

export interface FolderOptions {
  readonly name: string;
  /** Absolute. */
  readonly folder: string;
  readonly fault?: Fault;
}

/** What messages say of a remote. */
type Shown = Pick<Remote, 'name' | 'url'>;

const CHUNK = 1 << 20;

export function openFolderRemote({ name, folder, fault = crashPoint }: FolderOptions): Remote {
  const at = (key: string): string => join(folder, key);
  const shown: Shown = { name, url: folder };
  const writer = new FolderWriter(folder, fault);
  let checked: Promise<void> | undefined;
  const checkFolder = (): Promise<void> => (checked ??= requireFolder(shown));

  const size: Remote['size'] = (key) =>
    sizeOf(at(key)).catch((error: unknown) => fail(error, 'look for objects'));

  return {
    ...shown,
    size,
    sizes: (keys, jobs) => sizesOneByOne(size, keys, jobs),
    async read(key, take) {
      const file = await openToRead(at(key)).catch((error: unknown) => fail(error, 'read objects'));
      if (!file) {
        await checkFolder();
        return undefined;
      }
      try {
        const stats = await file.stat();
        if (!stats.isFile()) return undefined;
        return await take(bodyOf(file, (error) => problemOf(error, 'read objects', shown)));
      } finally {
        await file.close();
      }
    },
    async readParts(key, { size, ranges, version, onVersion }, take) {
      const file = await openToRead(at(key)).catch((error: unknown) => fail(error, 'read objects'));
      if (!file) {
        await checkFolder();
        return 'missing';
      }
      try {
        const stats = await file.stat();
        const own = String(stats.mtimeMs);
        if (!stats.isFile() || stats.size !== size || (version ?? own) !== own) return 'unfit';
        onVersion(own);
        const asProblem = (error: unknown): unknown => problemOf(error, 'read objects', shown);
        for (const { start, end } of ranges) await takeBody(bodyOf(file, asProblem, start, end), start, take);
        return 'read';
      } finally {
        await file.close();
      }
    },
    async write(key, source) {
      await writer.write(key, source).catch((error: unknown) => fail(error, 'write objects'));
      return 'written';
    },
    settle: () => writer.settle().catch((error: unknown) => fail(error, 'flush objects')),
    async *list(path) {
      await checkFolder();
      try {
        yield* listBelow(folder, path);
      } catch (error) {
        fail(error, 'list files');
      }
    },
    async remove(keys) {
      for (const key of keys)
        await rm(at(key), { force: true }).catch((error: unknown) => fail(error, 'remove objects'));
    },
    close: () => Promise.resolve(),
  };

  function fail(error: unknown, doing: string): never {
    throw problemOf(error, doing, shown);
  }
}

/** Distinguishes a remote that does not exist from one that lacks a file. @throws PipeError */
async function requireFolder(shown: Shown): Promise<void> {
  let isFolder: boolean;
  try {
    isFolder = (await stat(shown.url)).isDirectory();
  } catch (error) {
    if (!isAbsent(error)) throw problemOf(error, 'look into it', shown);
    throw unreachable(shown, 'the folder does not exist', 'mount it, or make it with a first `pipe push`');
  }
  if (!isFolder) throw unreachable(shown, 'it is not a folder', 'correct the URL');
}

function problemOf(error: unknown, doing: string, shown: Shown): unknown {
  switch (errno(error)) {
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return refused(shown, doing, String(errno(error)), 'correct the permissions of the folder');
    case 'ENOSPC':
    case 'EDQUOT':
      return full(shown, doing);
    case undefined:
      return error;
    default:
      return failed(shown, doing, (error as Error).message);
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    const stats = await lstat(path);
    // Anything else under the name of an object is as good as a damaged one.
    return stats.isFile() ? stats.size : -1;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

async function openToRead(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** A failure to read is the remote's problem; what the consumer throws is its own. */
async function* bodyOf(
  file: FileHandle,
  asProblem: (error: unknown) => unknown,
  start = 0,
  end = Infinity,
): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.allocUnsafe(CHUNK);
  for (let done = start; done < end;) {
    const length = Math.min(CHUNK, end - done);
    const { bytesRead } = await file.read(buffer, 0, length, done).catch((error: unknown) => {
      throw asProblem(error);
    });
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
    done += bytesRead;
  }
}

/** Files that are on their way have temporary names. */
async function* listBelow(root: string, folder: string): AsyncGenerator<readonly Listed[]> {
  const files: Listed[] = [];
  for (const entry of await entriesOf(join(root, folder))) {
    const key = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) yield* listBelow(root, key);
    if (!entry.isFile() || entry.name.endsWith('.tmp')) continue;
    const stats = await stat(join(root, key)).catch(() => undefined);
    if (stats) files.push({ key, size: stats.size, time: stats.mtimeMs });
  }
  if (files.length > 0) yield files;
}

async function entriesOf(folder: string): Promise<readonly Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

const isAbsent = (error: unknown): boolean => errno(error) === 'ENOENT' || errno(error) === 'ENOTDIR';
