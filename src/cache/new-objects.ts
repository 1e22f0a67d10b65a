// Objects that are complete under temporary names and do not have their final names yet. Owns the order of flushing and renaming, and
// that after a failed flush no later one succeeds.
import { renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Digest } from '../hash/digest.ts';
import type { Fault } from '../disk/crash-point.ts';
import { discard } from '../disk/discard.ts';
import { syncPaths } from '../disk/flush.ts';
import { storeError } from '../disk/store-error.ts';

export interface NewObjectsOptions {
  /** Absolute folder of all objects. */
  readonly folder: string;
  /** The final path of an object. */
  readonly at: (digest: Digest) => string;
  readonly fault: Fault;
}

export class NewObjects {
  readonly #options: NewObjectsOptions;
  readonly #paths = new Map<Digest, string>();
  #failure: unknown;

  constructor(options: NewObjectsOptions) {
    this.#options = options;
  }

  /** The temporary path of an object. */
  find(digest: Digest): string | undefined {
    return this.#paths.get(digest);
  }

  add(digest: Digest, temporary: string): void {
    // Two stages may store equal files at the same time.
    if (this.#paths.has(digest)) rmSync(temporary);
    else this.#paths.set(digest, temporary);
  }

  forget(digest: Digest): void {
    this.#paths.delete(digest);
  }

  /** Gives every object its final name, safe against a power cut. @throws PipeError, from then on always. */
  flush(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#paths.size === 0) return;
    const { folder } = this.#options;
    const temporaries = [...this.#paths.values()];
    try {
      this.#flushAndRename(temporaries);
    } catch (error) {
      // It is unknown what reached the disk, so nothing of this group is kept. Other stages may have objects in it: their flush must
      // fail too.
      for (const temporary of temporaries) discard(temporary);
      this.#failure = storeError(error, 'flush the cache to the disk', folder);
      throw this.#failure;
    } finally {
      this.#paths.clear();
    }
  }

  #flushAndRename(temporaries: readonly string[]): void {
    const { folder, at, fault } = this.#options;
    syncPaths(temporaries, folder, fault);
    const changed = new Set<string>();
    for (const [digest, temporary] of this.#paths) {
      fault('rename object');
      renameSync(temporary, at(digest));
      changed.add(dirname(at(digest)));
    }
    syncPaths([...changed, folder], folder, fault);
  }
}
