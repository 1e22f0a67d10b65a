// The files of the object store, one per digest: written aside, flushed in groups, renamed into place, never changed
// afterwards. Knows nothing of directories and of the workspace.
import { hash } from 'node:crypto';
import {
  chmodSync,
  constants,
  copyFileSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Algorithm, Digest } from '../hash/digest.ts';
import { LARGE_FILE, readFile } from '../hash/file-pool.ts';
import type { Hasher } from '../hash/hasher.ts';
import { giveTurn } from '../base/event-loop-turn.ts';
import { errno, PipeError } from '../base/problem.ts';
import { temporaryName } from '../disk/temporary-name.ts';
import { discard } from '../disk/discard.ts';
import type { Fault } from '../disk/crash-point.ts';
import { refuseLink } from '../disk/real-folder.ts';
import { storeError } from '../disk/store-error.ts';
import { syncPaths } from '../disk/flush.ts';

export interface ObjectsOptions {
  /** Absolute folder that holds `xx/rest`. */
  readonly folder: string;
  /** Absolute folder that corrupt objects are moved to. */
  readonly quarantine: string;
  readonly hasher: Hasher;
  readonly fault: Fault;
  /** Told of objects that are kept already and were stored some time ago. */
  readonly renew: (path: string) => void;
  /** Makes the folder of an object and those around it. @throws PipeError for a symbolic link in place of one. */
  readonly makeFolder: (folder: string) => void;
  /** Makes the cache folder; called before the first object is written. */
  readonly prepare: () => void;
}

export interface Objects {
  readonly algorithm: Algorithm;
  /** Where the object of a digest stands, or would stand. */
  at(digest: Digest): string;
  /** The file that has the bytes of a digest now, flushed or not; undefined where none of that size is here. */
  find(digest: Digest, size?: number): string | undefined;
  /**
   * Keeps a copy of a file. @param byLink make the file itself the object, where that is possible.
   * @returns whether the object and the file are the same inode now.
   * @throws PipeError when the file does not have this digest any more.
   */
  add(path: string, digest: Digest, size: number, byLink: boolean): Promise<boolean>;
  addText(text: string, digest: Digest): void;
  /**
   * Keeps a file that comes from elsewhere. @param fill writes it, to a path where nothing is, and makes sure that its bytes
   * are those of the digest.
   */
  receive(digest: Digest, fill: (path: string) => Promise<void>): Promise<void>;
  /** The text of an object, if it is here and has the bytes of its name. */
  text(digest: Digest): { readonly text: string } | 'missing' | 'corrupt';
  setAside(digest: Digest): void;
  /** Gives everything added its final name, safe against a power cut. Once it failed, it fails for good. */
  flush(): void;
}

/** Cloning small files saves nothing worth a call more. */
const WORTH_CLONING = 1 << 16;

/** Milliseconds; well below the time for which garbage collection leaves new objects alone. */
const RENEW = 5 * 60_000;

export function openObjects(options: ObjectsOptions): Objects {
  const { folder, hasher, fault } = options;
  const { algorithm } = hasher.rules;
  const pending = new Map<Digest, string>();
  const shards = new Set<string>();
  let clones = true;
  let masked: boolean | undefined;
  let failed: unknown;

  const at = (digest: Digest): string => `${folder}/${digest.slice(0, 2)}/${digest.slice(2)}`;

  /** A new file beside the object; whoever finds it later can tell from its name whose it was. */
  const aside = (digest: Digest): string => {
    const final = at(digest);
    const shard = dirname(final);
    if (!shards.has(shard)) {
      if (shards.size === 0) options.prepare();
      options.makeFolder(shard);
      shards.add(shard);
    }
    return `${final}.${temporaryName()}`;
  };

  /** New files get 0444 less the umask. */
  const protect = (temporary: string): void => {
    masked ??= (statSync(temporary).mode & 0o777) !== 0o444;
    if (masked) chmodSync(temporary, 0o444);
  };

  const find = (digest: Digest, size?: number): string | undefined => {
    const path = pending.get(digest) ?? at(digest);
    const stats = lstatSync(path, { throwIfNoEntry: false });
    return stats?.isFile() && (size === undefined || stats.size === size) ? path : undefined;
  };

  const changed = (path: string): PipeError =>
    new PipeError({
      code: 'output-changing',
      title: `${path} changed after it was hashed`,
      hint: 'end whatever still writes it, then run again',
    });

  function clone(path: string, temporary: string): boolean {
    if (!clones) return false;
    try {
      copyFileSync(path, temporary, constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL);
      return true;
    } catch (error) {
      discard(temporary);
      if (errno(error) === 'ENOSPC' || errno(error) === 'EDQUOT') throw error;
      clones = false; // this file system cannot, or not between these two folders
      return false;
    }
  }

  /** @returns whether the copy under the temporary name has the digest. */
  async function copy(path: string, temporary: string, digest: Digest, size: number): Promise<boolean> {
    const cloned = size > WORTH_CLONING && clone(path, temporary);
    if (size > LARGE_FILE) {
      if (!cloned) await copyFile(path, temporary, constants.COPYFILE_EXCL);
      chmodSync(temporary, 0o444);
      // Hashed once already: that it did not change before or while it was copied is as good as reading it again.
      return statSync(temporary).size === size && (await hasher.look(path))?.digest === digest;
    }
    const read = await readFile(
      cloned
        ? { path: temporary, algorithm, size }
        : { path, algorithm, size, copyTo: temporary, mode: 0o444 },
    );
    if (cloned) chmodSync(temporary, 0o444);
    else protect(temporary);
    return read.digest === digest;
  }

  async function take(path: string, temporary: string, digest: Digest, size: number): Promise<boolean> {
    if (lstatSync(path).nlink !== 1 || (await hasher.look(path))?.digest !== digest) return false;
    try {
      linkSync(path, temporary);
    } catch (error) {
      if (['EXDEV', 'EPERM', 'EMLINK', 'ENOTSUP', 'EOPNOTSUPP'].includes(errno(error) ?? '')) return false;
      throw error;
    }
    chmodSync(temporary, 0o444);
    if (statSync(temporary).size !== size) throw changed(path);
    hasher.remember(path, { digest, size });
    return true;
  }

  const setAside = (digest: Digest): void => {
    pending.delete(digest);
    fault('quarantine');
    refuseLink(options.quarantine);
    mkdirSync(options.quarantine, { recursive: true });
    const to = join(options.quarantine, digest);
    rmSync(to, { recursive: true, force: true });
    try {
      renameSync(at(digest), to);
    } catch (error) {
      if (errno(error) !== 'ENOENT') throw storeError(error, 'set a corrupt object aside', at(digest));
    }
  };

  /** Two stages may store equal files at the same time. */
  const keep = (digest: Digest, temporary: string): void => {
    if (pending.has(digest)) rmSync(temporary);
    else pending.set(digest, temporary);
  };

  /** @returns whether the object is there; whatever else stands under its name is moved away. */
  const isKept = (digest: Digest, size: number): boolean => {
    const stats = lstatSync(pending.get(digest) ?? at(digest), { throwIfNoEntry: false });
    if (!stats) return false;
    if (stats.isFile() && stats.size === size) {
      if (Date.now() - stats.mtimeMs > RENEW) options.renew(at(digest));
      return true;
    }
    setAside(digest);
    return false;
  };

  return {
    algorithm,
    at,
    find,
    async add(path, digest, size, byLink) {
      if (isKept(digest, size)) return false;
      await giveTurn();
      let temporary: string | undefined;
      try {
        temporary = aside(digest);
        fault('write object');
        const linked = byLink && (await take(path, temporary, digest, size));
        if (!linked && !(await copy(path, temporary, digest, size))) throw changed(path);
        keep(digest, temporary);
        return linked;
      } catch (error) {
        if (temporary !== undefined) discard(temporary);
        throw storeError(error, 'keep an output in the cache', path);
      }
    },
    addText(text, digest) {
      if (isKept(digest, Buffer.byteLength(text)) && readFileSync(find(digest)!, 'utf8') === text) return;
      let temporary: string | undefined;
      try {
        temporary = aside(digest);
        fault('write object');
        writeFileSync(temporary, text, { flag: 'wx', mode: 0o444 });
        protect(temporary);
        keep(digest, temporary);
      } catch (error) {
        if (temporary !== undefined) discard(temporary);
        throw storeError(error, 'keep an output in the cache', at(digest));
      }
    },
    async receive(digest, fill) {
      let temporary: string | undefined;
      try {
        if (lstatSync(at(digest), { throwIfNoEntry: false })?.isFile() === false) setAside(digest);
        temporary = aside(digest);
        fault('write object');
        await fill(temporary);
        chmodSync(temporary, 0o444);
        keep(digest, temporary);
      } catch (error) {
        if (temporary !== undefined) discard(temporary);
        throw storeError(error, 'keep an object in the cache', at(digest));
      }
    },
    text(digest) {
      const path = find(digest);
      if (path === undefined) return 'missing';
      const bytes = readFileSync(path);
      return `${hash(algorithm, bytes, 'hex')}.dir` === digest ? { text: bytes.toString('utf8') } : 'corrupt';
    },
    setAside,
    flush() {
      if (failed !== undefined) throw failed;
      if (pending.size === 0) return;
      const files = [...pending.values()];
      try {
        syncPaths(files, folder, fault);
        const touched = new Set<string>();
        for (const [digest, temporary] of pending) {
          fault('rename object');
          renameSync(temporary, at(digest));
          touched.add(dirname(at(digest)));
        }
        syncPaths([...touched, folder], folder, fault);
      } catch (error) {
        // Nobody knows what reached the disk: nothing of this group is kept. Other stages may have objects in it, so
        // that their flush must fail too.
        for (const temporary of files) discard(temporary);
        failed = storeError(error, 'flush the cache to the disk', folder);
        throw failed;
      } finally {
        pending.clear();
      }
    },
  };
}
