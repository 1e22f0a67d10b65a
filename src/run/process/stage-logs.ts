// The logs of stages, a file for each job in a folder for each stage. Most stages print nothing, and new files and folders take a file
// system long: a stage gets its folder with the first bytes that it prints. From then on each of its jobs has a file, even an empty one,
// so that the newest file is always that of the newest job.
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { errno } from '../../base/problem.ts';
import { APPEND_NO_LINK, refuseLink } from '../../disk/real-folder.ts';

export class StageLogs {
  /** Folders that those of stages are in. */
  readonly #parents = new Set<string>();

  /** @param path absolute. @throws PipeError for a symbolic link in place of its folder. */
  open(path: string): StageLog {
    const folder = dirname(path);
    const log = new StageLog(path);
    if (refuseLink(folder)) log.make();
    else this.#makeParent(dirname(folder));
    return log;
  }

  /** That it cannot be made shows before the stage starts. */
  #makeParent(parent: string): void {
    if (this.#parents.has(parent)) return;
    mkdirSync(parent, { recursive: true });
    this.#parents.add(parent);
  }
}

export class StageLog {
  readonly #path: string;
  #descriptor: number | undefined;
  #isClosed = false;

  constructor(path: string) {
    this.#path = path;
  }

  /** Makes the file, if it does not exist. @returns its descriptor. */
  make(): number {
    if (this.#descriptor !== undefined) return this.#descriptor;
    mkdirSync(dirname(this.#path), { recursive: true });
    return (this.#descriptor = openSync(this.#path, APPEND_NO_LINK));
  }

  write(chunk: Buffer): void {
    if (this.#isClosed) return;
    try {
      writeSync(this.make(), chunk);
    } catch (error) {
      // A full disk, or a file that may not grow, must not take the stage down with it.
      if (errno(error) === undefined) throw error;
    }
  }

  close(): void {
    this.#isClosed = true;
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
  }
}
