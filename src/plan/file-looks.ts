// Looks at the files of stages, without reading them: each path once until a stage writes to it.
import { absolutePath, type WorkspacePath } from '../base/workspace-path.ts';
import type { PathStamp } from '../disk/path-stamp.ts';
import { fileStamp } from '../disk/witnessed-fs.ts';
import type { Content } from '../hash/digest.ts';
import type { Hasher } from '../hash/hasher.ts';

export class FileLooks {
  readonly #root: string;
  readonly #hasher: Pick<Hasher, 'remembered'>;
  readonly #stamps = new Map<WorkspacePath, PathStamp | undefined>();

  constructor(root: string, hasher: Pick<Hasher, 'remembered'>) {
    this.#root = root;
    this.#hasher = hasher;
  }

  /** Undefined where no file is. */
  stamp(at: WorkspacePath): PathStamp | undefined {
    if (this.#stamps.has(at)) return this.#stamps.get(at);
    const stamp = fileStamp(absolutePath(this.#root, at));
    this.#stamps.set(at, stamp);
    return stamp;
  }

  /** Of a file that was looked at, where its digest is remembered. */
  content(at: WorkspacePath): Content | undefined {
    const stamp = this.#stamps.get(at);
    return stamp === undefined ? undefined : this.#hasher.remembered(absolutePath(this.#root, at), stamp);
  }

  /** A stage writes to it. */
  forget(at: WorkspacePath): void {
    this.#stamps.delete(at);
  }
}
