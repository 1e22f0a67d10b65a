// The folders of `PIPE_TMP`, one for each stage that runs. Most stages leave theirs empty: the next stage gets that one under its own name.
// To make a folder takes a file system longer than to rename one; ext4 also searches long for a new inode where many were freed a moment
// ago, and then all other new files wait too.
import { lstatSync, mkdirSync, readdirSync, renameSync, rmSync, type Stats } from 'node:fs';
import { dirname } from 'node:path';
import { errno } from '../base/problem.ts';
import { crashPoint } from '../disk/crash-point.ts';
import { refuseLink } from '../disk/real-folder.ts';
import { removeEmptyFolder } from '../disk/remove-empty-folder.ts';

export class ScratchFolders {
  readonly #parent: string;
  /** Absolute paths of those that no stage uses. */
  readonly #free = new Set<string>();
  /** As a new one is. */
  #new: Pick<Stats, 'mode' | 'uid' | 'gid'> | undefined;

  /** @param parent absolute folder that they are in. Those that are elsewhere are not used again. */
  constructor(parent: string) {
    this.#parent = parent;
  }

  /** Before each attempt: what an attempt that failed left stays. @throws PipeError for a symbolic link in place of it. */
  make(path: string): void {
    if (dirname(path) === this.#parent && this.#moveFree(path)) return;
    refuseLink(path);
    const made = mkdirSync(path, { recursive: true });
    if (made !== undefined) this.#new ??= lstatSync(path);
  }

  /** The stage has succeeded. @param isOver none of its processes is left on another machine. */
  clear(path: string, isOver: boolean): void {
    crashPoint('clear scratch');
    if (isOver && dirname(path) === this.#parent && this.#isAsNew(path)) this.#free.add(path);
    else rmSync(path, { recursive: true, force: true });
  }

  /** No further stage runs. */
  close(): void {
    for (const path of this.#free) removeEmptyFolder(path);
  }

  #moveFree(path: string): boolean {
    if (this.#free.delete(path)) return true;
    const [free] = this.#free;
    if (free === undefined) return false;
    try {
      renameSync(free, path);
      this.#free.delete(free);
      return true;
    } catch (error) {
      // It has what a failed attempt left, it is no folder, or the free one was removed.
      if (errno(error) === undefined) throw error;
      if (errno(error) === 'ENOENT') this.#free.delete(free);
      return false;
    }
  }

  #isAsNew(path: string): boolean {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (!stats || !this.#new) return false;
    const { mode, uid, gid } = this.#new;
    return stats.mode === mode && stats.uid === uid && stats.gid === gid && readdirSync(path).length === 0;
  }
}
