// Where files on their way into the workspace are made, and how they get their final paths. A file is made on the file system of the
// folder that it ends in: in a folder of ours, else beside its final path.
import {
  accessSync,
  constants,
  copyFileSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  type Stats,
} from 'node:fs';
import { dirname } from 'node:path';
import { errno, PipeError } from '../base/problem.ts';
import type { Fault } from '../disk/crash-point.ts';
import { refuseLink } from '../disk/real-folder.ts';
import { temporaryBeside, temporaryName } from '../disk/temporary-name.ts';
import { beginUnfinished, finished } from '../disk/unfinished.ts';

/** The folder of ours cannot be written to: the cache is read-only, its objects can still be copied. */
const UNWRITABLE = -1;
/** The folder is on the device of ours by its number, but by another mount. */
const OTHER_MOUNT = -2;
/** What is made in such a folder belongs to its group, and folders in it are such folders too. */
const SET_GROUP = 0o2000;

export class TemporaryPlaces {
  readonly #scratch: string;
  readonly #fault: Fault;
  #scratchStats: Pick<Stats, 'dev' | 'mode'> | undefined;
  /** Devices of folders of the workspace. */
  readonly #devices = new Map<string, number>();

  /** @param scratch absolute folder of ours. */
  constructor(scratch: string, fault: Fault) {
    this.#scratch = scratch;
    this.#fault = fault;
  }

  /** A path at which nothing is, for a file that will be moved to `path`. */
  newPath(path: string): string {
    const parent = path.slice(0, path.lastIndexOf('/'));
    let device = this.#devices.get(parent);
    if (device === undefined) {
      mkdirSync(parent, { recursive: true });
      device = statSync(parent).dev;
      this.#devices.set(parent, device);
    }
    this.#scratchStats ??= statsOfWritable(this.#scratch);
    return beginUnfinished(
      device === this.#scratchStats.dev ? `${this.#scratch}/${temporaryName()}` : temporaryBeside(path),
    );
  }

  /** Makes a folder that can be moved to `path`; undefined where it would not be as one that is made there. */
  newFolder(path: string): string | undefined {
    const temporary = this.newPath(path);
    const isOurs = temporary.startsWith(`${this.#scratch}/`);
    if (!isOurs || (this.#scratchStats!.mode & SET_GROUP) !== 0) return undefined;
    this.#fault('make folder');
    mkdirSync(temporary);
    return temporary;
  }

  /**
   * Moves a complete folder to its final path, at which nothing was. @returns false where that is on another mount.
   * @throws PipeError where something is there now.
   */
  moveFolderIn(temporary: string, path: string): boolean {
    this.#fault('rename into workspace');
    try {
      renameSync(temporary, path);
      finished(temporary);
      return true;
    } catch (error) {
      const code = errno(error);
      if (code === 'EXDEV') return false;
      throw code === 'ENOTDIR' || code === 'ENOTEMPTY' || code === 'EEXIST' ? appearedProblem(path) : error;
    }
  }

  /** Moves a complete file to its final path, in place of whatever is there. */
  moveIn(temporary: string, path: string): void {
    this.#fault('rename into workspace');
    try {
      renameSync(temporary, path);
    } catch (error) {
      const code = errno(error);
      if (code === 'EISDIR' || code === 'ENOTEMPTY' || code === 'EEXIST') {
        rmSync(path, { recursive: true, force: true });
        renameSync(temporary, path);
      } else if (code === 'EXDEV') this.#copyIn(temporary, path);
      else throw error;
    }
    finished(temporary);
  }

  #copyIn(temporary: string, path: string): void {
    // From now on files of this folder are made beside their final paths.
    this.#devices.set(dirname(path), OTHER_MOUNT);
    const beside = this.newPath(path);
    copyFileSync(temporary, beside, constants.COPYFILE_EXCL);
    renameSync(beside, path);
    rmSync(temporary);
  }
}

function appearedProblem(path: string): PipeError {
  return new PipeError({
    code: 'output-changing',
    title: `something appeared at ${path} while that was restored`,
    hint: 'end the process that writes there, then run again',
  });
}

function statsOfWritable(folder: string): Pick<Stats, 'dev' | 'mode'> {
  try {
    refuseLink(folder);
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
    return statSync(folder);
  } catch (error) {
    if (['EACCES', 'EPERM', 'EROFS'].includes(errno(error) ?? '')) return { dev: UNWRITABLE, mode: 0 };
    throw error;
  }
}
