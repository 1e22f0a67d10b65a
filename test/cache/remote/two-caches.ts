// Two caches and a remote in memory: from one objects are pushed, into the other they are fetched.
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { fetchObjects, openVaults, pushObjects } from '../../../src/cache/cache.ts';
import type { Content, Digest } from '../../../src/hash/hash.ts';
import { layouts } from '../../layouts.ts';
import { makeStore, type StoreSpace } from '../store-space.ts';
import { memoryRemote, type MemoryRemote } from './memory-remote.ts';

export const layout = layouts.pipe;

interface Setting {
  readonly here: StoreSpace;
  readonly remote: MemoryRemote;
  readonly file: Content;
  readonly folder: Content;
  readonly keyOf: (digest: Digest) => string;
  readonly push: (...contents: readonly Content[]) => ReturnType<typeof pushObjects>;
  /** With other options. */
  readonly pushBy: (more: object, ...contents: readonly Content[]) => ReturnType<typeof pushObjects>;
  /** Into another, empty cache. */
  readonly there: StoreSpace;
  readonly fetch: (...contents: readonly Content[]) => ReturnType<typeof fetchObjects>;
  readonly fetchBy: (more: object, ...contents: readonly Content[]) => ReturnType<typeof fetchObjects>;
  readonly options: Parameters<typeof fetchObjects>[1];
}

export async function setting(t: TestContext): Promise<Setting> {
  const [here, there] = [makeStore(t), makeStore(t)];
  const remote = memoryRemote();
  here.write('file', 'the file');
  here.write('out/one', 'first');
  here.write('out/two', 'second');
  const options = ({ dir, files, path }: StoreSpace): Parameters<typeof fetchObjects>[1] => ({
    remote,
    layout,
    vaultOf: openVaults({ dir, layout, hasher: files, scratch: path('scratch') }),
    jobs: 2,
  });
  const file = await here.keep('file');
  return {
    here,
    there,
    remote,
    file,
    folder: await here.keep('out'),
    keyOf: (digest) => options(here).vaultOf(file).key(digest),
    push: (...contents) => pushObjects(contents, { ...options(here), force: false, dry: false }),
    pushBy: (more, ...contents) =>
      pushObjects(contents, { ...options(here), force: false, dry: false, ...more }),
    fetch: (...contents) => fetchObjects(contents, options(there)),
    fetchBy: (more, ...contents) => fetchObjects(contents, { ...options(there), ...more }),
    options: options(there),
  };
}

export type TakeBody = Parameters<MemoryRemote['read']>[1];

/** An object with other bytes of the same length. */
export function damage(path: string): void {
  chmodSync(path, 0o644);
  writeFileSync(path, readFileSync(path, 'utf8').toUpperCase());
}
