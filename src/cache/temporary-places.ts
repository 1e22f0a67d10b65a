// Where files on their way into the workspace are made, and how they get their final paths. A file is made on the file system of the
// folder that it ends in: in a folder of ours, else beside its final path.
import { accessSync, constants, copyFileSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { errno } from '../base/problem.ts';
import type { Fault } from '../disk/crash-point.ts';
import { refuseLink } from '../disk/real-folder.ts';
import { temporaryBeside, temporaryName } from '../disk/temporary-name.ts';

/** The folder of ours cannot be written to: the cache is read-only, its objects can still be copied. */
const UNWRITABLE = -1;
/** The folder is on the device of ours by its number, but by another mount. */
const OTHER_MOUNT = -2;

export class TemporaryPlaces {
  readonly #scratch: string;
  readonly #fault: Fault;
  #scratchDevice: number | undefined;
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
    this.#scratchDevice ??= deviceOfWritable(this.#scratch);
    return device === this.#scratchDevice ? `${this.#scratch}/${temporaryName()}` : temporaryBeside(path);
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

function deviceOfWritable(folder: string): number {
  try {
    refuseLink(folder);
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
    return statSync(folder).dev;
  } catch (error) {
    if (['EACCES', 'EPERM', 'EROFS'].includes(errno(error) ?? '')) return UNWRITABLE;
    throw error;
  }
}
