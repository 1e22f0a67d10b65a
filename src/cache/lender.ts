// Lends contents to a folder that is removed soon: small files are copied, large ones are clones, else links to the read-only
// objects. An object that is lent many times is hashed once.
import { constants, chmodSync, copyFileSync, mkdirSync, statSync, symlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { discard } from '../disk/discard.ts';
import { errno } from '../base/problem.ts';
import { isDirectory, type Content, type Digest } from '../hash/digest.ts';
import { readFile } from '../hash/file-pool.ts';
import type { Hasher } from '../hash/hasher.ts';
import type { FileContent, ObjectStore, Restored } from './object-store.ts';
import type { Objects } from './objects.ts';
import type { Placer } from './placer.ts';

/** Bytes of a file that is copied. */
const SMALL = 64 << 10;
/** Bytes that are copied of one content; what is above is lent by links. */
const MOST_COPIED = 1 << 20;
const WRITABLE = 0o666;

export interface LenderOptions {
  readonly objects: Objects;
  /** Makes copies. */
  readonly placer: Placer;
  readonly hasher: Hasher;
  readonly entries: ObjectStore['entries'];
}

export class Lender {
  readonly #options: LenderOptions;
  /** Objects that had the bytes of their digest. */
  readonly #verified = new Set<Digest>();
  #canClone = true;

  constructor(options: LenderOptions) {
    this.#options = options;
  }

  /** Somebody may have written to what was lent. */
  doubt(): void {
    this.#verified.clear();
  }

  /** @param path absolute; nothing is there. */
  async lend(content: Content, path: string): Promise<Restored> {
    const left = { bytes: MOST_COPIED };
    // A link must lead to the final name of the object.
    this.#options.objects.flush();
    mkdirSync(dirname(path), { recursive: true });
    if (!isDirectory(content.digest)) return this.#lendFile(content, path, left);
    const entries = this.#options.entries(content);
    if (!entries) return 'missing';
    mkdirSync(path, { recursive: true });
    for (const entry of entries) {
      const at = `${path}/${entry.path}`;
      if (entry.kind === 'directory') mkdirSync(at, { recursive: true });
      else {
        if (entry.path.includes('/')) mkdirSync(dirname(at), { recursive: true });
        if (entry.kind === 'symlink') symlinkSync(entry.target, at);
        else {
          const lent = await this.#lendFile(entry, at, left);
          if (lent !== 'restored') return lent;
        }
      }
    }
    return 'restored';
  }

  async #lendFile(
    { digest, size: known, isexec }: FileContent,
    path: string,
    left: { bytes: number },
  ): Promise<Restored> {
    const { objects, placer, hasher } = this.#options;
    const object = objects.find(digest, known);
    if (object === undefined) return 'missing';
    const size = known ?? statSync(object).size;
    // A link has the mode of the object.
    if (isexec || (size <= SMALL && size <= left.bytes)) {
      left.bytes -= size;
      return placer.file({ digest, size, ...(isexec && { isexec }) }, path);
    }
    if (!(await this.#isIntact(object, digest, size))) return 'corrupt';
    if (!this.#clone(object, path)) symlinkSync(object, path);
    hasher.remember(path, { digest, size });
    return 'restored';
  }

  async #isIntact(object: string, digest: Digest, size: number): Promise<boolean> {
    if (this.#verified.has(digest)) return true;
    const { objects } = this.#options;
    if ((await readFile({ path: object, algorithm: objects.algorithm, size })).digest !== digest) {
      objects.setAside(digest);
      return false;
    }
    this.#verified.add(digest);
    return true;
  }

  #clone(object: string, path: string): boolean {
    if (!this.#canClone) return false;
    try {
      copyFileSync(object, path, constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL);
      chmodSync(path, WRITABLE & ~process.umask());
      return true;
    } catch (error) {
      discard(path);
      if (errno(error) === 'ENOSPC' || errno(error) === 'EDQUOT') throw error;
      this.#canClone = false;
      return false;
    }
  }
}
