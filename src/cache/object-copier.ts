// Brings the bytes of a workspace file to the temporary path of an object: by a hard link, a clone or a copy. Every way checks that
// the bytes have the digest of the object.
import { chmodSync, constants, copyFileSync, linkSync, lstatSync, statSync } from 'node:fs';
import { errno, PipeError } from '../base/problem.ts';
import { discard } from '../disk/discard.ts';
import { copyBySystem } from '../disk/unfinished.ts';
import type { Digest } from '../hash/digest.ts';
import { LARGE_FILE, readFile } from '../hash/file-pool.ts';
import type { Hasher } from '../hash/hasher.ts';
import { isUnsupported, WORTH_CLONING } from './link-kind.ts';

export interface CopyJob {
  /** Absolute path of the workspace file. */
  readonly path: string;
  /** A path at which nothing is. */
  readonly temporary: string;
  readonly digest: Digest;
  readonly size: number;
}

const OBJECT_MODE = 0o444;

export class ObjectCopier {
  readonly #hasher: Hasher;
  /** The file system can clone files, as far as is known. */
  #canClone = true;
  /** The umask removes bits of `OBJECT_MODE`. */
  #isMasked: boolean | undefined;

  constructor(hasher: Hasher) {
    this.#hasher = hasher;
  }

  /** Makes the file itself the object. @returns false where it has other links or is one, has changed, or cannot be linked. */
  async link({ path, temporary, digest, size }: CopyJob): Promise<boolean> {
    const stats = lstatSync(path);
    // A link to another object would be made the object, which then has no bytes of its own.
    if (!stats.isFile() || stats.nlink !== 1) return false;
    if ((await this.#hasher.look(path))?.digest !== digest) return false;
    try {
      linkSync(path, temporary);
    } catch (error) {
      if (isUnsupported(error)) return false;
      throw error;
    }
    chmodSync(temporary, OBJECT_MODE);
    if (statSync(temporary).size !== size) throw changedProblem(path);
    this.#hasher.remember(path, { digest, size });
    return true;
  }

  /** @throws PipeError when the file does not have the digest any more. */
  async copy(job: CopyJob): Promise<void> {
    const { path, temporary, size } = job;
    const cloned = size > WORTH_CLONING && this.#clone(path, temporary);
    const isWhole =
      size > LARGE_FILE ? await this.#copyLarge(job, cloned) : await this.#copyRead(job, cloned);
    if (!isWhole) throw changedProblem(path);
  }

  /** The mode of an object. New files get it less the umask. */
  protect(temporary: string): void {
    this.#isMasked ??= (statSync(temporary).mode & 0o777) !== OBJECT_MODE;
    if (this.#isMasked) chmodSync(temporary, OBJECT_MODE);
  }

  #clone(path: string, temporary: string): boolean {
    if (!this.#canClone) return false;
    try {
      copyFileSync(path, temporary, constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL);
      return true;
    } catch (error) {
      discard(temporary);
      if (errno(error) === 'ENOSPC' || errno(error) === 'EDQUOT') throw error;
      this.#canClone = false; // this file system cannot, or not between these two folders
      return false;
    }
  }

  /** Does not read the file again: that it did not change before or while it was copied is as good. */
  async #copyLarge({ path, temporary, digest, size }: CopyJob, cloned: boolean): Promise<boolean> {
    if (!cloned) await copyBySystem(path, temporary, constants.COPYFILE_EXCL);
    chmodSync(temporary, OBJECT_MODE);
    return statSync(temporary).size === size && (await this.#hasher.look(path))?.digest === digest;
  }

  async #copyRead({ path, temporary, digest, size }: CopyJob, cloned: boolean): Promise<boolean> {
    const { algorithm } = this.#hasher.rules;
    const read = await readFile(
      cloned
        ? { path: temporary, algorithm, size }
        : { path, algorithm, size, copyTo: temporary, mode: OBJECT_MODE },
    );
    if (cloned) chmodSync(temporary, OBJECT_MODE);
    else this.protect(temporary);
    return read.digest === digest;
  }
}

export function changedProblem(path: string): PipeError {
  return new PipeError({
    code: 'output-changing',
    title: `${path} changed after it was hashed`,
    hint: 'end the process that still writes it, then run again',
  });
}
