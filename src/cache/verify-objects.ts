// Hashes objects of a cache again, and moves those into quarantine whose bytes are not those of their name.
import { isDirectory, type Digest } from '../hash/digest.ts';
import { readFile } from '../hash/file-pool.ts';
import { giveTurn } from '../base/event-loop-turn.ts';
import { listObjects, type StoredObject } from './list-objects.ts';
import type { CacheLayout } from './cache-layout.ts';
import { moveToQuarantine, type Quarantine } from './quarantine.ts';
import { storeError } from '../disk/store-error.ts';

export interface VerifyOptions extends Quarantine {
  readonly layout: CacheLayout;
  /** Which objects; all by default. */
  readonly only?: (digest: Digest) => boolean;
  readonly onProgress?: (done: { readonly bytes: number; readonly objects: number }) => void;
}

export interface Verified {
  readonly objects: number;
  readonly bytes: number;
  /** Those that are in quarantine now: the stages that made them will run again. */
  readonly corrupt: readonly StoredObject[];
}

/** @throws PipeError when an object cannot be read or moved. */
export async function verifyObjects(options: VerifyOptions): Promise<Verified> {
  const { dir, layout, only = () => true } = options;
  const { algorithm } = layout.content;
  const corrupt: StoredObject[] = [];
  const done = { bytes: 0, objects: 0 };
  for (const object of listObjects(dir, layout)) {
    if (!only(object.digest)) continue;
    await giveTurn();
    try {
      const { digest } = await readFile({ path: object.path, algorithm, size: object.size }, (bytes) => {
        done.bytes += bytes;
        options.onProgress?.(done);
      });
      done.objects += 1;
      if ((isDirectory(object.digest) ? `${digest}.dir` : digest) === object.digest) continue;
      moveToQuarantine(object.path, object.digest, options);
      corrupt.push(object);
    } catch (error) {
      throw storeError(error, 'verify an object', object.path);
    }
  }
  return { ...done, corrupt };
}
