// The files of `PIPE_PARAMS_FILE`. A stage has its file for itself; one that it left unchanged becomes that of a later stage with the same
// values, since most stages have the same: none. All go at the end of the run.
import { constants, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errno } from '../../base/problem.ts';
import { inFolder, refuseLink } from '../../disk/real-folder.ts';

/** Files that no stage uses. */
const MOST_FREE = 16;
const OURS = /^(?:\d+|[0-9a-f]{32})\.json$/;
/** Node passes numbers on to open(2); its types know texts only. A pipe in place of the file is not waited for. */
const AS_IT_IS = (constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK) as unknown as string;

interface ParamsFile {
  /** Absolute. */
  readonly path: string;
  readonly json: string;
}

export class ParamsFiles {
  readonly #state: string;
  readonly #folder: string;
  /** Those that were used last come last. */
  readonly #free: ParamsFile[] = [];
  #count = 0;

  /** @param state absolute folder, which no other run uses at the same time. */
  constructor(state: string) {
    this.#state = state;
    this.#folder = join(state, 'params');
  }

  /** @returns the absolute path of a file with this text. */
  take(json: string): string {
    for (;;) {
      const index = this.#free.findLastIndex((file) => file.json === json);
      if (index === -1) return this.#make(json);
      const [{ path }] = this.#free.splice(index, 1) as [ParamsFile];
      if (readText(path) === json) return path;
      rmSync(path, { recursive: true, force: true });
    }
  }

  /** The stage that took it has ended. */
  giveBack(path: string, json: string): void {
    this.#free.push({ path, json });
    if (this.#free.length > MOST_FREE) rmSync(this.#free.shift()!.path, { recursive: true, force: true });
  }

  /** Removes all, and those of runs that were killed. */
  close(): void {
    inFolder(this.#state, this.#folder, (at) => {
      for (const name of readdirSync(at('.'))) if (OURS.test(name)) rmSync(at(name), { recursive: true });
    });
  }

  #make(json: string): string {
    if (this.#count === 0) refuseLink(this.#folder);
    this.#count += 1;
    const path = join(this.#folder, `${this.#count}.json`);
    writeNew(path, json, this.#folder);
    return path;
  }
}

function writeNew(path: string, json: string, folder: string): void {
  const write = (): void => writeFileSync(path, json, { flag: 'wx' });
  try {
    write();
  } catch (error) {
    if (errno(error) === 'ENOENT') mkdirSync(folder, { recursive: true });
    // Left by a crash, or a link: it is removed, not followed.
    else if (errno(error) === 'EEXIST') rmSync(path, { recursive: true, force: true });
    else throw error;
    write();
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, { encoding: 'utf8', flag: AS_IT_IS });
  } catch {
    return undefined;
  }
}
