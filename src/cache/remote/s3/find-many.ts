// Looks for many objects of a bucket: by listing, where a page answers for many of them, else one by one. A listing skips what
// was not asked for, so it never takes more requests than asking for each.
import { inParallel } from '../../../base/in-parallel.ts';
import type { Size } from '../remote.ts';
import type { Page } from './list-bucket.ts';

export interface FindManyOptions {
  /** Lists keys with the prefix, behind one; undefined where that is not allowed. */
  readonly list: (prefix: string, after: string) => Promise<Page | undefined>;
  readonly size: (key: string) => Promise<number | undefined>;
  /** So many requests at once. */
  readonly jobs: number;
}

/** Fewer are asked for one by one. */
const FEW = 8;
/** A page that answers for fewer is not worth it. */
const LEAST_FOUND = 3;
/** Each of those that list at once gets at least so many keys. */
const LEAST_SHARE = 100;

export async function findMany(
  keys: readonly string[],
  options: FindManyOptions,
): Promise<ReadonlyMap<string, Size>> {
  const found = new Map<string, Size>();
  const sorted = [...new Set(keys)].sort();
  const left: string[] = [];
  await inParallel(split(sorted, options.jobs), options.jobs, async (share) => {
    // One by one: these may be more than a call takes arguments.
    for (const key of await findByListing(share, found, options)) left.push(key);
  });
  await inParallel(left, options.jobs, async (key) => {
    const size = await options.size(key);
    if (size !== undefined) found.set(key, size);
  });
  return found;
}

/** Into as many parts of neighbours as there are jobs, where there are enough. */
function split(sorted: readonly string[], jobs: number): readonly (readonly string[])[] {
  const length = Math.max(LEAST_SHARE, Math.ceil(sorted.length / jobs));
  return Array.from({ length: Math.ceil(sorted.length / length) }, (_, index) =>
    sorted.slice(index * length, (index + 1) * length),
  );
}

/** @returns those that listing is no good way to look for. */
async function findByListing(
  keys: readonly string[],
  found: Map<string, Size>,
  { list }: FindManyOptions,
): Promise<readonly string[]> {
  if (keys.length < FEW) return keys;
  const prefix = commonFolder(keys);
  for (let next = 0; next < keys.length;) {
    const page = await list(prefix, justBefore(keys[next]!));
    if (page === undefined) return keys.slice(next);
    const sizes = new Map(page.files.map(({ key, size }) => [key, size]));
    const last = page.more ? page.files.at(-1)?.key : undefined;
    const end = last === undefined ? keys.length : endOf(keys, next, last);
    const covered = keys.slice(next, end);
    for (const key of covered) {
      const size = sizes.get(key);
      if (size !== undefined) found.set(key, size);
    }
    next = end;
    if (covered.length < LEAST_FOUND) return keys.slice(next);
  }
  return [];
}

/** The index behind the keys up to `last`. */
function endOf(keys: readonly string[], from: number, last: string): number {
  let end = from;
  while (end < keys.length && keys[end]! <= last) end += 1;
  return end;
}

/** Sorts before a key, and behind all that is far before it. */
const justBefore = (key: string): string => {
  const code = key.charCodeAt(key.length - 1);
  return code > 0x21 ? `${key.slice(0, -1)}${String.fromCharCode(code - 1)}~` : key.slice(0, -1);
};

/** Up to the last slash that all have in common. */
function commonFolder(keys: readonly string[]): string {
  const [first = '', last = ''] = [keys[0], keys.at(-1)];
  let length = 0;
  while (length < first.length && first[length] === last[length]) length += 1;
  return first.slice(0, first.lastIndexOf('/', length - 1) + 1);
}
