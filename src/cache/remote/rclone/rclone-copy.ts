// What one call of `rclone copy` moves: files of the cache to the storage, where they are or, under other names, by way of a folder of
// ours; and small files from there into that folder.
import {
  copyFileSync,
  createReadStream,
  existsSync,
  linkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import type { Size, Source } from '../remote.ts';
import type { Scratch } from './rclone-scratch.ts';
import { runRclone } from './run-rclone.ts';

export interface Sending {
  readonly key: string;
  readonly source: Source;
  readonly replace: boolean;
}

export type Arrival =
  | { readonly kind: 'file'; open(): AsyncIterable<Uint8Array>; remove(): void }
  /** Too large to be kept twice. */
  | { readonly kind: 'large' }
  | { readonly kind: 'missing' };

const LARGE = 8 << 20;
/** At once, by one rclone. */
const MOST_TRANSFERS = 16;

/** @throws Error of the system where a file of the cache has vanished; and what rclone fails with. */
export async function sendAll(place: string, sent: readonly Sending[], scratch: Scratch): Promise<void> {
  const placed = sent.map((one) => ({ ...one, folder: folderOf(one, scratch) }));
  const groups = Map.groupBy(placed, ({ folder, replace }) => `${replace ? 'all' : 'lacking'} ${folder}`);
  for (const group of groups.values()) {
    const { folder, replace } = group[0]!;
    await copy(
      folder,
      place,
      group.map(({ key }) => key),
      {
        // The same bytes need not go twice; wrong ones of the same length and time must not stay.
        flags: ['--copy-links', replace ? '--ignore-times' : '--checksum'],
        onBytes: spread(group.map(({ source }) => source)),
      },
    );
  }
  // rclone says nothing of a file that it does not find.
  for (const { source } of sent) if ('path' in source) statSync(source.path);
}

/** @param look which of them exist, and their sizes. */
export async function readFrom(
  place: string,
  keys: readonly string[],
  look: (keys: readonly string[]) => Promise<ReadonlyMap<string, Size>>,
  scratch: Scratch,
): Promise<readonly Arrival[]> {
  const sizes = await look(keys);
  const isSmall = (key: string): boolean =>
    typeof sizes.get(key) === 'number' && Number(sizes.get(key)) < LARGE;
  const small = keys.filter(isSmall);
  const folder = scratch.path('in/.').slice(0, -2);
  if (small.length > 0) await copy(place, folder, small, { flags: ['--ignore-times'] });
  return keys.map((key): Arrival => {
    const path = `${folder}/${key}`;
    if (isSmall(key) && existsSync(path))
      return {
        kind: 'file',
        open: () => createReadStream(path),
        remove: () => rmSync(path, { force: true }),
      };
    return { kind: isSmall(key) || !sizes.has(key) ? 'missing' : 'large' };
  });
}

interface CopyOptions {
  readonly flags: readonly string[];
  readonly onBytes?: (bytes: number) => void;
}

async function copy(
  from: string,
  to: string,
  keys: readonly string[],
  { flags, onBytes }: CopyOptions,
): Promise<void> {
  const transfers = Math.min(MOST_TRANSFERS, keys.length);
  await runRclone({
    args: [
      'copy',
      '--files-from-raw=-',
      '--no-traverse',
      `--transfers=${transfers}`,
      `--checkers=${transfers}`,
      ...flags,
      '--',
      from,
      to,
    ],
    input: keys.map((key) => `${key}\n`).join(''),
    ...(onBytes && { onBytes }),
  });
}

/** The folder in which a file is found under the name of its key. */
function folderOf({ key, source }: Sending, scratch: Scratch): string {
  if ('path' in source && source.path.endsWith(`/${key}`)) return source.path.slice(0, -key.length - 1);
  const path = scratch.path(`out/${key}`);
  rmSync(path, { force: true });
  if ('text' in source) writeFileSync(path, source.text);
  else place(source.path, path);
  return path.slice(0, -key.length - 1);
}

function place(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to);
  }
}

/** Reports bytes of a whole batch as those of its files, one after the other. */
function spread(sources: readonly Source[]): (bytes: number) => void {
  let reported = 0;
  const ends: { readonly end: number; readonly onSent: (bytes: number) => void }[] = [];
  let total = 0;
  for (const source of sources) {
    if (!('path' in source)) continue;
    total += source.size;
    ends.push({ end: total, onSent: (bytes) => source.onSent?.(bytes) });
  }
  return (bytes) => {
    for (const { end, onSent } of ends) {
      const more = Math.min(bytes, end) - reported;
      if (more <= 0) continue;
      onSent(more);
      reported += more;
    }
  };
}
