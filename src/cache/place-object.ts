// Puts one object's bytes at a path of the workspace: made aside, then renamed, so that the path holds all of the old or
// all of the new; every byte is hashed on its way.
import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Digest } from '../hash/digest.ts';
import { readFile } from '../hash/file-pool.ts';
import type { Hasher } from '../hash/hasher.ts';
import { errno } from '../base/problem.ts';
import { temporaryName } from '../disk/temporary-name.ts';
import { discard } from '../disk/discard.ts';
import type { Fault } from '../disk/crash-point.ts';
import type { Restored } from './object-store.ts';
import type { Objects } from './objects.ts';
import { refuseLink } from '../disk/real-folder.ts';

export type LinkKind = 'reflink' | 'copy' | 'hardlink' | 'symlink';

export interface FileContent {
  readonly digest: Digest;
  /** Unknown inside of DVC directories. */
  readonly size: number | undefined;
  readonly isexec?: true;
}

export interface Placer {
  /** @param verified the object's bytes were hashed a moment ago. */
  file(content: FileContent, path: string, verified?: boolean): Promise<Restored>;
  symlink(target: string, path: string): void;
  /** Makes a path a real folder, whatever stood there; a symlink is replaced, not followed. */
  folder(path: string): void;
}

export interface PlacerOptions {
  readonly objects: Objects;
  readonly hasher: Hasher;
  /** In the order in which they are tried. */
  readonly links: readonly LinkKind[];
  /** Absolute folder of ours for files on their way. */
  readonly scratch: string;
  readonly fault: Fault;
}

const WORTH_CLONING = 1 << 16;
const CANNOT_LINK = new Set([
  'EXDEV',
  'EPERM',
  'EMLINK',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EINVAL',
  'ENOTTY',
]);

export function openPlacer({ objects, hasher, links, scratch, fault }: PlacerOptions): Placer {
  const kinds = new Set<LinkKind>([...links, 'copy']);
  let scratchDevice: number | undefined;
  const devices = new Map<string, number>();

  /** A name that does not exist, on the file system of the folder that the file is to end in. */
  function aside(path: string): string {
    const parent = dirname(path);
    let device = devices.get(parent);
    if (device === undefined) {
      mkdirSync(parent, { recursive: true });
      device = statSync(parent).dev;
      devices.set(parent, device);
    }
    scratchDevice ??= deviceToWrite(scratch);
    const name = temporaryName();
    return device === scratchDevice
      ? join(scratch, name)
      : join(parent, `.${basename(path).slice(0, 100)}.pipe-${name}`);
  }

  /** A cache that can only be read still gives its objects: their copies are made beside their place, then. */
  function deviceToWrite(folder: string): number {
    try {
      refuseLink(folder);
      mkdirSync(folder, { recursive: true });
      accessSync(folder, constants.W_OK);
      return statSync(folder).dev;
    } catch (error) {
      if (['EACCES', 'EPERM', 'EROFS'].includes(errno(error) ?? '')) return -1;
      throw error;
    }
  }

  function moveIn(temporary: string, path: string): void {
    fault('rename into workspace');
    try {
      renameSync(temporary, path);
    } catch (error) {
      const code = errno(error);
      if (code === 'EISDIR' || code === 'ENOTEMPTY' || code === 'EEXIST') {
        rmSync(path, { recursive: true, force: true });
        renameSync(temporary, path);
      } else if (code === 'EXDEV') {
        // The same device mounted twice: from now on files of this folder are made beside their place.
        devices.set(dirname(path), -2);
        const beside = aside(path);
        copyFileSync(temporary, beside, constants.COPYFILE_EXCL);
        renameSync(beside, path);
        rmSync(temporary);
      } else throw error;
    }
  }

  /** Makes `temporary` a link; false where the file system cannot. */
  function link(kind: LinkKind, object: string, digest: Digest, temporary: string): boolean {
    try {
      if (kind === 'hardlink') linkSync(object, temporary);
      else symlinkSync(objects.at(digest), temporary);
      return true;
    } catch (error) {
      if (CANNOT_LINK.has(errno(error) ?? '')) return false;
      throw error;
    }
  }

  function clone(object: string, temporary: string, mode: number): boolean {
    closeSync(openSync(temporary, 'wx', mode));
    const masked = statSync(temporary).mode & 0o777;
    try {
      copyFileSync(object, temporary, constants.COPYFILE_FICLONE_FORCE);
      chmodSync(temporary, masked);
      return true;
    } catch (error) {
      discard(temporary);
      if (!CANNOT_LINK.has(errno(error) ?? '')) throw error;
      kinds.delete('reflink');
      return false;
    }
  }

  /** @returns the digest of what was placed under the temporary name. */
  async function make(
    content: FileContent,
    object: string,
    size: number,
    temporary: string,
    verified: boolean,
  ): Promise<Digest> {
    const { algorithm } = objects;
    // A link shares the object's mode, so what is executable is copied.
    const linkKind = content.isexec
      ? undefined
      : [...kinds].find((kind) => kind === 'hardlink' || kind === 'symlink');
    if (linkKind) {
      const digest = verified ? content.digest : (await readFile({ path: object, algorithm, size })).digest;
      if (digest !== content.digest || link(linkKind, object, content.digest, temporary)) return digest;
    }
    const mode = content.isexec ? 0o777 : 0o666;
    if (kinds.has('reflink') && size > WORTH_CLONING && clone(object, temporary, mode)) {
      return (await readFile({ path: temporary, algorithm, size })).digest;
    }
    return (await readFile({ path: object, algorithm, size, copyTo: temporary, mode })).digest;
  }

  return {
    async file(content, path, verified = false) {
      // A symlink must lead to the object's final name.
      if (kinds.has('symlink')) objects.flush();
      const object = objects.find(content.digest, content.size);
      if (object === undefined) return 'missing';
      const size = content.size ?? statSync(object).size;
      const temporary = aside(path);
      let left = true;
      try {
        fault('write aside');
        if ((await make(content, object, size, temporary, verified)) !== content.digest) {
          objects.setAside(content.digest);
          return 'corrupt';
        }
        moveIn(temporary, path);
        // Where both are links to the same file, renaming does nothing.
        left = kinds.has('hardlink');
      } finally {
        if (left) discard(temporary);
      }
      hasher.remember(path, {
        digest: content.digest,
        size,
        ...(content.isexec && { isexec: true as const }),
      });
      return 'restored';
    },
    symlink(target, path) {
      const temporary = aside(path);
      try {
        symlinkSync(target, temporary);
        moveIn(temporary, path);
      } finally {
        discard(temporary);
      }
    },
    folder(path) {
      const stats = lstatSync(path, { throwIfNoEntry: false });
      if (stats?.isDirectory()) return;
      if (stats) rmSync(path);
      fault('make folder');
      mkdirSync(path, { recursive: true });
    },
  };
}
