// A temporary folder with files in it, for tests of hashing and the cache.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { openHasher, type Algorithm, type Hasher, type HasherOptions } from '../../src/hash/hash.ts';
import { dvcContent } from '../../src/dvc/dvc.ts';
import { ownContent } from '../../src/own/own.ts';

const contentRules = { sha256: ownContent, md5: dvcContent } as const;

export interface Space {
  readonly root: string;
  readonly path: (name: string) => string;
  write(name: string, data: string | Uint8Array, mode?: number): string;
  hasher(algorithm?: Algorithm, options?: Partial<HasherOptions>): Hasher;
}

/** @param parent folder to make it in; the system's temporary folder by default. */
export function makeSpace(test: TestContext, parent = tmpdir()): Space {
  const root = realpathSync(mkdtempSync(join(parent, 'pipe-space-')));
  test.after(() => rmSync(root, { recursive: true, force: true }));
  const path = (name: string): string => join(root, name);
  return {
    root,
    path,
    write(name, data, mode) {
      mkdirSync(dirname(path(name)), { recursive: true });
      writeFileSync(path(name), data, mode === undefined ? {} : { mode });
      return path(name);
    },
    hasher: (algorithm = 'sha256', options = {}) =>
      openHasher({ root, rules: contentRules[algorithm], ...options }),
  };
}
