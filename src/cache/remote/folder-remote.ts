// A folder as a remote: on this machine, or mounted from another. Files are written aside, flushed and renamed, so that two
// machines which write the same at once both leave it whole.
import { constants } from 'node:fs';
import {
  chmod,
  copyFile,
  lstat,
  mkdir,
  open,
  readdir,
  rename,
  rm,
  stat,
  writeFile,
  type FileHandle,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errno } from '../../base/problem.ts';
import { temporaryName } from '../../disk/temporary-name.ts';
import { discard } from '../../disk/discard.ts';
import { crashPoint, type Fault } from '../../disk/crash-point.ts';
import type { Remote, Source } from './remote.ts';
import { failed, refused, unreachable } from './remote-problem.ts';

export interface FolderOptions {
  readonly name: string;
  /** Absolute. */
  readonly folder: string;
  readonly fault?: Fault;
}

/** Files on their way; beside the objects, where no reader looks. */
const ASIDE = 'tmp';
/** Whoever wrote a file aside so long ago has died. */
const WEEK = 7 * 86_400_000;
const CHUNK = 1 << 20;

export function openFolderRemote({ name, folder, fault = crashPoint }: FolderOptions): Remote {
  const at = (key: string): string => join(folder, key);
  const here = { name, url: folder };
  const touched = new Set<string>();
  const made = new Set<string>();
  let known: Promise<void> | undefined;

  /** A folder that is not there is told apart from a file that is not there. */
  const reach = (): Promise<void> =>
    (known ??= stat(folder).then(
      (stats) => {
        if (!stats.isDirectory()) throw unreachable(here, 'it is not a folder', 'correct the URL');
      },
      (error: unknown) => {
        throw isAbsent(error)
          ? unreachable(here, 'the folder does not exist', 'mount it, or make it with a first `pipe push`')
          : explain(error, 'look into it');
      },
    ));

  const explain = (error: unknown, doing: string): unknown => {
    switch (errno(error)) {
      case 'EACCES':
      case 'EPERM':
      case 'EROFS':
        return refused(here, doing, String(errno(error)), 'correct the permissions of the folder');
      case 'ENOSPC':
      case 'EDQUOT':
        return failed(here, doing, 'no room is left there');
      case undefined:
        return error;
      default:
        return failed(here, doing, (error as Error).message);
    }
  };

  async function makeFolder(path: string): Promise<void> {
    if (made.has(path)) return;
    await mkdir(path, { recursive: true });
    made.add(path);
  }

  let prepared: Promise<void> | undefined;
  const prepare = (): Promise<void> => (prepared ??= makeFolder(at(ASIDE)).then(() => removeOld(at(ASIDE))));

  async function put(key: string, source: Source): Promise<void> {
    const temporary = at(join(ASIDE, temporaryName()));
    try {
      fault('write to remote');
      if ('text' in source) await writeFile(temporary, source.text, { flag: 'wx' });
      else await copyFile(source.path, temporary, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
      await chmod(temporary, 0o444);
      await flush(temporary);
      fault('rename on remote');
      await moveIn(temporary, at(key));
      touched.add(dirname(at(key)));
    } catch (error) {
      discard(temporary);
      throw error;
    }
  }

  return {
    ...here,
    async size(key) {
      try {
        const stats = await lstat(at(key));
        // Anything else under the name of an object is as good as a damaged one.
        return stats.isFile() ? stats.size : -1;
      } catch (error) {
        if (isAbsent(error)) return undefined;
        throw explain(error, 'look for objects');
      }
    },
    async read(key, take) {
      let file;
      try {
        file = await open(at(key), constants.O_RDONLY | constants.O_NONBLOCK);
      } catch (error) {
        if (!isAbsent(error)) throw explain(error, 'read objects');
        await reach();
        return undefined;
      }
      try {
        const stats = await file.stat();
        if (!stats.isFile()) return undefined;
        return await take(bodyOf(file, (error) => explain(error, 'read objects')));
      } finally {
        await file.close();
      }
    },
    async write(key, source) {
      try {
        await prepare();
        await makeFolder(dirname(at(key)));
        await put(key, source);
        return 'written';
      } catch (error) {
        throw explain(error, 'write objects');
      }
    },
    async settle() {
      try {
        if (touched.size > 0) fault('flush remote');
        for (const path of touched) await flush(path);
        touched.clear();
      } catch (error) {
        throw explain(error, 'flush objects');
      }
    },
    async list(path) {
      await reach();
      try {
        const names = (await readdir(at(path))).filter((name) => !name.endsWith('.tmp'));
        const dated = await Promise.all(
          names.map(async (name) => ({ name, time: (await stat(at(join(path, name)))).mtimeMs })),
        );
        return dated.sort((a, b) => b.time - a.time).map(({ name }) => name);
      } catch (error) {
        if (isAbsent(error)) return [];
        throw explain(error, 'list records');
      }
    },
  };
}

/** Only what goes wrong in reading is the remote's; what the taker throws is its own. */
async function* bodyOf(file: FileHandle, explain: (error: unknown) => unknown): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.allocUnsafe(CHUNK);
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, CHUNK).catch((error: unknown) => {
      throw explain(error);
    });
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}

async function flush(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

async function moveIn(temporary: string, path: string): Promise<void> {
  try {
    await rename(temporary, path);
  } catch (error) {
    if (errno(error) !== 'EISDIR') throw error;
    // No writer of objects makes folders: what stands there is damage.
    await rm(path, { recursive: true });
    await rename(temporary, path);
  }
}

async function removeOld(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const stats = await lstat(path).catch(() => undefined);
    if (stats && stats.mtimeMs < Date.now() - WEEK) await rm(path, { force: true });
  }
}

const isAbsent = (error: unknown): boolean => errno(error) === 'ENOENT' || errno(error) === 'ENOTDIR';
