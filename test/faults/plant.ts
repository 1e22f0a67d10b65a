// A store into which somebody put a manifest of their own making, under its true digest.
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import type { TestContext } from 'node:test';
import type { Content, Digest } from '../../src/hash/hash.ts';
import { makeStore, type StoreSpace } from '../cache/store-space.ts';
import type { LayoutName } from '../layouts.ts';

export interface PlantedEntry {
  readonly path: string;
  /** A symlink in place of a file. */
  readonly target?: string;
}

/** @returns a project in the folder `project` of a space, and the content of the planted directory. */
export function plant(
  t: TestContext,
  layout: LayoutName,
  entries: readonly PlantedEntry[],
): { space: StoreSpace; content: Content } {
  const algorithm = layout === 'pipe' ? 'sha256' : 'md5';
  const digest = (text: string): string => createHash(algorithm).update(text).digest('hex');
  const outside = makeStore(t);
  const root = outside.path('project');
  mkdirSync(root);
  const space = {
    ...makeStore(t, { layout, root, dir: outside.path('cache') }),
    path: outside.path,
    list: outside.list,
  };
  const put = (name: string, text: string): void => {
    outside.write(space.object(name as Digest).slice(outside.root.length + 1), text);
  };
  if (layout === 'pipe') outside.write('cache/CACHEDIR.TAG', 'Signature: 8a477f597d28d172789f06886806bc55\n');
  put(digest('x'), 'x');
  const line = ({ path, target }: PlantedEntry): string =>
    JSON.stringify(target === undefined ? { path, sha256: digest('x'), size: 1 } : { path, symlink: target });
  const manifest =
    layout === 'pipe'
      ? ['{"schema":"pipe-tree/1"}', ...entries.map(line), ''].join('\n')
      : JSON.stringify(entries.map(({ path }) => ({ md5: digest('x'), relpath: path })));
  const name = `${digest(manifest)}.dir`;
  put(name, manifest);
  return { space, content: { digest: name as Digest, size: entries.length, nfiles: entries.length } };
}
