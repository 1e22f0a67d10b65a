// Compares the cache with a remote: which objects of recorded outputs only one of them has, and which neither.
import { statSync } from 'node:fs';
import { findDirectory } from '../../cache/remote/find-directory.ts';
import type { TransferOptions } from '../../cache/remote/transfer.ts';
import { isDirectory, type Digest } from '../../hash/digest.ts';
import { isObject, type RemoteOut } from './remote-outs.ts';

/** DVC's words: only the cache has it, only the remote, or neither. */
export type ObjectState = 'new' | 'deleted' | 'missing';

export interface ComparedObject {
  readonly state: ObjectState;
  /** Bytes; undefined where they are not known. */
  readonly size: number | undefined;
  /** Of a file in a directory: its path there. */
  readonly path?: string;
}

export interface ComparedOut {
  readonly out: RemoteOut;
  /** What differs; none where the cache and the remote both have all of it. */
  readonly objects: readonly ComparedObject[];
}

/** An object that an output needs. */
interface Needed {
  readonly key: string;
  readonly path?: string;
  /** Of the file in the cache; undefined where it is not there. */
  readonly here: number | undefined;
  /** As recorded. */
  readonly size: number | undefined;
}

/** @throws PipeError where the remote cannot be reached, refuses or fails. */
export async function compareWith(
  outs: readonly RemoteOut[],
  options: TransferOptions,
): Promise<readonly ComparedOut[]> {
  const needed: (readonly [RemoteOut, readonly Needed[]])[] = [];
  for (const out of outs) needed.push([out, await objectsOf(out, options)]);
  const keys = new Set(needed.flatMap(([, objects]) => objects.map(({ key }) => key)));
  const there = await options.remote.sizes([...keys], options.jobs);
  return needed.map(([out, objects]) => ({
    out,
    objects: objects.flatMap(({ key, path, here, size }): ComparedObject[] => {
      const found = there.get(key);
      // One of another size there is replaced by the next push.
      const isThere = found !== undefined && (found === 'unknown' || here === undefined || found === here);
      if (here !== undefined && isThere) return [];
      const state = here !== undefined ? 'new' : isThere ? 'deleted' : 'missing';
      const bytes = here ?? (typeof found === 'number' ? found : size);
      return [{ state, size: bytes, ...(path !== undefined && { path }) }];
    }),
  }));
}

async function objectsOf({ content }: RemoteOut, options: TransferOptions): Promise<readonly Needed[]> {
  const { layout, vaultOf } = options;
  const vault = vaultOf(content);
  const needed = (digest: Digest, size: number | undefined, path?: string): Needed => {
    const file = vault.find(digest, size);
    return {
      key: vault.key(digest),
      here: file === undefined ? undefined : statSync(file).size,
      size,
      ...(path !== undefined && { path }),
    };
  };
  if (!isDirectory(content.digest)) {
    const size = content.size === 0 && !layout.exactSizes ? undefined : content.size;
    return [needed(content.digest, size)];
  }
  const files = (await findDirectory(content, options)) ?? [];
  return [
    needed(content.digest, undefined),
    ...files
      .filter(({ digest }) => isObject({ ...content, digest }, layout))
      .map(({ digest, size, path }) => needed(digest, size, path)),
  ];
}
