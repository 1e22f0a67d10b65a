// A cache whose files have ages, and the collection of its garbage.
import { createHash } from 'node:crypto';
import { utimesSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { collectGarbage, type GarbageItem } from '../../src/cache/cache.ts';
import { openRunCache, ownLayout } from '../../src/own/own.ts';
import type { Content, Digest } from '../../src/hash/hash.ts';
import type { LockEntry } from '../../src/lock/lock.ts';
import { makeStore, type StoreSpace } from './store-space.ts';

export const DAY = 86_400_000;
export const key = (name: string): Digest => createHash('sha256').update(name).digest('hex') as Digest;

export const recordOf = (name: string): string => `cache/runs/${key(name).slice(0, 2)}/${key(name).slice(2)}`;

/** What was removed, in the terms of the tests. */
export interface Collected {
  readonly removed: readonly GarbageItem[];
  readonly runs: number;
  readonly leftovers: number;
  readonly freed: number;
  readonly kept: { readonly objects: number; readonly bytes: number };
  readonly others: readonly { readonly path: string }[];
}

type Options = Partial<Parameters<typeof collectGarbage>[0]>;

interface Yard extends StoreSpace {
  /** Stores an output of one file and remembers the run, both so many days ago. */
  run(name: string, daysAgo: number, size?: number): Promise<Content>;
  found(name: string): boolean;
  collect(options: Options): Promise<Collected>;
}

export function makeYard(t: TestContext): Yard {
  const space = makeStore(t);
  const runs = openRunCache({ dir: space.dir, store: space.store });
  const age = (path: string, daysAgo: number): void =>
    utimesSync(path, new Date(), new Date(Date.now() - daysAgo * DAY));
  return {
    ...space,
    async run(name, daysAgo, size = 100) {
      space.write(`${name}/a`, name.padEnd(size, '.'));
      const content = await space.keep(name);
      const entry: LockEntry = { cmd: name, deps: [], params: new Map(), outs: [{ path: name, content }] };
      runs.save(key(name), entry);
      const { entries } = await space.files.tree(space.path(name));
      for (const file of entries) if (file.kind === 'file') age(space.object(file.digest), daysAgo);
      age(space.object(content.digest), daysAgo);
      age(space.path(recordOf(name)), daysAgo);
      return content;
    },
    found: (name) => runs.find(key(name)) !== undefined,
    async collect(options) {
      const { items, kept, others } = await collectGarbage({
        dir: space.dir,
        layout: ownLayout,
        scratch: space.path('cache/placing'),
        quarantine: space.path('cache/quarantine'),
        needed: [],
        policy: {},
        ...options,
      });
      const of = (kind: GarbageItem['kind']): GarbageItem[] => items.filter((item) => item.kind === kind);
      return {
        removed: of('object'),
        runs: of('record').reduce((sum, { results }) => sum + results!, 0),
        leftovers: of('leftover').length,
        freed: items.reduce((sum, { size }) => sum + size, 0),
        kept,
        others,
      };
    },
  };
}
