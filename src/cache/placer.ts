// Puts the bytes of one object at a path of the workspace. The file is made at a temporary path and renamed, so that the path holds the
// old content or the new one; every byte is hashed on its way.
import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  type Stats,
} from 'node:fs';
import { errno } from '../base/problem.ts';
import type { Digest } from '../hash/digest.ts';
import { readFile } from '../hash/file-pool.ts';
import type { FileRead } from '../hash/file-task.ts';
import type { Hasher } from '../hash/hasher.ts';
import { discard } from '../disk/discard.ts';
import { now } from '../disk/stat-key.ts';
import type { Fault } from '../disk/crash-point.ts';
import { copySmall, maybeSmall, momentAgo } from './copy-small.ts';
import { isLink, isUnsupported, WORTH_CLONING, type LinkKind } from './link-kind.ts';
import type { FileContent, Restored } from './object-store.ts';
import type { Objects } from './objects.ts';
import { TemporaryPlaces } from './temporary-places.ts';

export interface PlacerOptions {
  readonly objects: Objects;
  readonly hasher: Hasher;
  /** In the order in which they are tried. */
  readonly links: readonly LinkKind[];
  /** Absolute folder of ours for files on their way. */
  readonly scratch: string;
  /** A wanted kind of link is not possible; the next one is tried. @param code of the system's error. */
  readonly onUnsupported?: (kind: LinkKind, code: string) => void;
  readonly fault: Fault;
}

/** An object that is placed. */
interface Source {
  /** Absolute. */
  readonly path: string;
  readonly size: number;
  readonly content: FileContent;
  /** Its bytes were hashed a moment ago. */
  readonly verified: boolean;
}

/** What is at a temporary path. */
interface Made {
  readonly digest: Digest;
  /** Nanoseconds since 1970: whatever changes the file from then on gives it a later time; undefined where that is not known. */
  readonly since?: bigint;
}

/** Of a file: its stat data. */
export type Filled = Stats | 'missing' | 'corrupt';

export class Placer {
  readonly #options: PlacerOptions;
  readonly places: TemporaryPlaces;
  /** The kinds that are wanted and that the file system has, as far as is known. */
  readonly #kinds: Set<LinkKind>;
  /** A kind that is wanted before a copy shares the file. */
  readonly links: boolean;

  constructor(options: PlacerOptions) {
    this.#options = options;
    this.places = new TemporaryPlaces(options.scratch, options.fault);
    this.#kinds = new Set<LinkKind>([...options.links, 'copy']);
    this.links = this.kindsFor({}).some(isLink);
  }

  /** @param verified the bytes of the object were hashed a moment ago. */
  file(content: FileContent, path: string, verified = false): Restored | Promise<Restored> {
    const copied = this.#copiesAtOnce(content) ? this.#copyAtOnce(content, path) : 'large';
    return copied === 'large' ? this.#place(content, path, verified) : copied;
  }

  /** Small files are neither cloned nor read by a thread, where no link is wanted. */
  #copiesAtOnce(content: FileContent): boolean {
    return maybeSmall(content.size) && (content.isexec || !this.links);
  }

  #copyAtOnce(content: FileContent, path: string): Restored | 'large' {
    const { objects, hasher, fault } = this.#options;
    const temporary = this.places.newPath(path);
    let isLeft = false;
    try {
      const copy = copySmall(objects.where(content.digest), content, temporary, objects.algorithm, () => {
        fault('write aside');
        isLeft = true;
      });
      if (typeof copy === 'string') {
        if (copy === 'corrupt') objects.setAside(content.digest);
        return copy;
      }
      this.places.moveIn(temporary, path);
      isLeft = false;
      hasher.placed(path, content.digest, copy);
      return 'restored';
    } finally {
      if (isLeft) discard(temporary);
    }
  }

  async #place(content: FileContent, path: string, verified: boolean): Promise<Restored> {
    const { objects, hasher, fault } = this.#options;
    // A symlink must lead to the final name of the object.
    if (this.#kinds.has('symlink')) objects.flush();
    const object = objects.find(content.digest, content.size);
    if (object === undefined) return 'missing';
    const size = content.size ?? statSync(object).size;
    const temporary = this.places.newPath(path);
    let isLeft = true;
    let made: Made;
    try {
      fault('write aside');
      made = await this.#make(temporary, { path: object, size, content, verified });
      if (made.digest !== content.digest) {
        objects.setAside(content.digest);
        return 'corrupt';
      }
      this.places.moveIn(temporary, path);
      // Where both are links to the same file, renaming does nothing.
      isLeft = this.#kinds.has('hardlink');
    } finally {
      if (isLeft) discard(temporary);
    }
    const mode = content.isexec && { isexec: true as const };
    hasher.remember(path, { digest: content.digest, size, ...mode }, made.since);
    return 'restored';
  }

  /**
   * Makes a file at a path where nothing is, in a folder that is moved to its place as a whole. Not where links are wanted.
   * @returns its stat data.
   */
  fill(content: FileContent, path: string): Filled | Promise<Filled> {
    const { objects, fault } = this.#options;
    if (!maybeSmall(content.size)) return this.#fillLarge(content, path);
    const copy = copySmall(objects.where(content.digest), content, path, objects.algorithm, () =>
      fault('write aside'),
    );
    if (copy === 'corrupt') objects.setAside(content.digest);
    return copy === 'large' ? this.#fillLarge(content, path) : copy;
  }

  async #fillLarge(content: FileContent, path: string): Promise<Filled> {
    const { objects, fault } = this.#options;
    const object = objects.find(content.digest, content.size);
    if (object === undefined) return 'missing';
    fault('write aside');
    const size = content.size ?? statSync(object).size;
    const made = await this.#make(path, { path: object, size, content, verified: false });
    if (made.digest === content.digest) return lstatSync(path);
    objects.setAside(content.digest);
    return 'corrupt';
  }

  symlink(target: string, path: string): void {
    const temporary = this.places.newPath(path);
    try {
      symlinkSync(target, temporary);
      this.places.moveIn(temporary, path);
    } finally {
      discard(temporary);
    }
  }

  /** Makes a path a real folder, whatever was there; a symlink is replaced, not followed. */
  folder(path: string): void {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats?.isDirectory()) return;
    if (stats) rmSync(path);
    this.#options.fault('make folder');
    mkdirSync(path, { recursive: true });
  }

  /** The kinds that can apply to a content, in order; the last is `copy`. */
  kindsFor({ isexec }: Pick<FileContent, 'isexec'>): readonly LinkKind[] {
    const kinds = [...this.#kinds];
    const possible = kinds.slice(0, kinds.indexOf('copy') + 1);
    // A link shares the mode of the object, so what is executable is copied.
    return isexec ? possible.filter((kind) => !isLink(kind)) : possible;
  }

  async #make(temporary: string, source: Source): Promise<Made> {
    const { path, size, content } = source;
    const { algorithm } = this.#options.objects;
    const mode = content.isexec ? 0o777 : 0o666;
    const kinds = this.kindsFor(content);
    // Where a link comes next, a clone is made however small the file is.
    const smallest = kinds.some(isLink) ? 0 : WORTH_CLONING;
    let made: Made | undefined = source.verified ? { digest: content.digest } : undefined;
    for (const kind of kinds) {
      if (kind === 'reflink') {
        if (size > smallest && this.#clone(path, temporary, mode))
          return ofOurs(temporary, await readFile({ path: temporary, algorithm, size }));
      } else if (isLink(kind)) {
        made ??= { since: now(), digest: (await readFile({ path, algorithm, size })).digest };
        if (made.digest !== content.digest || this.#link(kind, path, temporary)) return made;
      }
    }
    return ofOurs(temporary, await readFile({ path, algorithm, size, copyTo: temporary, mode }));
  }

  /** @returns false where the file system cannot make such a link here. */
  #link(kind: 'hardlink' | 'symlink', object: string, temporary: string): boolean {
    try {
      if (kind === 'hardlink') linkSync(object, temporary);
      else symlinkSync(object, temporary);
      return true;
    } catch (error) {
      if (!isUnsupported(error)) throw error;
      this.#options.onUnsupported?.(kind, errno(error)!);
      return false;
    }
  }

  /** @returns false where the file system cannot clone; it is not tried again. */
  #clone(object: string, temporary: string, mode: number): boolean {
    closeSync(openSync(temporary, 'wx', mode));
    const masked = statSync(temporary).mode & 0o777;
    try {
      copyFileSync(object, temporary, constants.COPYFILE_FICLONE_FORCE);
      chmodSync(temporary, masked);
      return true;
    } catch (error) {
      discard(temporary);
      if (!isUnsupported(error)) throw error;
      this.#options.onUnsupported?.('reflink', errno(error)!);
      this.#kinds.delete('reflink');
      return false;
    }
  }
}

/**
 * Sets the time of modification a moment back: a write by somebody else, however soon it follows, shows in the times then, and the
 * file need not be read again to be sure of it.
 */
function ofOurs(temporary: string, { digest }: FileRead): Made {
  const time = momentAgo();
  utimesSync(temporary, time, time);
  return { digest, since: now() };
}
