// A temporary project with a hasher and an object store, for tests of the cache.
import { existsSync, readdirSync } from 'node:fs';
import type { TestContext } from 'node:test';
import type { Content, Digest, Hasher } from '../../src/hash/hash.ts';
import { objectsFolder, openStore, type ObjectStore, type StoreOptions } from '../../src/cache/cache.ts';
import type { Problem } from '../../src/base/base.ts';
import { makeSpace, type Space } from '../hash/space.ts';
import { layouts, type LayoutName } from '../layouts.ts';

export interface StoreSpace extends Space {
  readonly dir: string;
  readonly files: Hasher;
  readonly store: ObjectStore;
  readonly warnings: Problem[];
  /** Looks at a path, stores it and flushes. */
  keep(name: string): Promise<Content>;
  /** Where the object of a digest stands. */
  object(digest: Digest): string;
  /** Everything under a folder that is not a folder itself, relative to it. */
  readonly list: (name: string) => string[];
}

export function makeStore(
  test: TestContext,
  {
    layout: name = 'pipe',
    ...options
  }: Partial<Omit<StoreOptions, 'layout'>> & {
    readonly layout?: LayoutName;
    readonly parent?: string;
    /** The state database, in the folder of the project. */
    readonly stateFile?: string;
  } = {},
): StoreSpace {
  const space = makeSpace(test, options.parent);
  const layout = layouts[name];
  const dir = options.dir ?? space.path('cache');
  const { stateFile } = options;
  const files = space.hasher(layout.content.algorithm, {
    objects: objectsFolder(dir, layout),
    ...(stateFile !== undefined && { stateFile: space.path(stateFile) }),
  });
  const warnings: Problem[] = [];
  const store = openStore({
    root: space.root,
    dir,
    layout,
    hasher: files,
    warn: (problem) => warnings.push(problem),
    ...options,
  });
  return {
    ...space,
    dir,
    files,
    store,
    warnings,
    async keep(name) {
      const content = (await files.look(space.path(name)))!;
      await store.store(space.path(name), content);
      store.flush();
      return content;
    },
    object: (digest) => `${objectsFolder(dir, layout)}/${digest.slice(0, 2)}/${digest.slice(2)}`,
    list: (name) =>
      existsSync(space.path(name))
        ? readdirSync(space.path(name), { recursive: true, withFileTypes: true })
            .filter((entry) => !entry.isDirectory())
            .map((entry) => `${entry.parentPath}/${entry.name}`.slice(space.path(name).length + 1))
            .sort()
        : [],
  };
}
