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
import { dirname } from 'node:path';
import type { Fault } from '../../../disk/crash-point.ts';
import type { Size, Source } from '../remote.ts';
import type { Scratch } from './rclone-scratch.ts';
import type { TemporaryFolder } from './rclone-temporary.ts';
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
/** Bytes that are moved together. */
const PORTION = 256 << 20;
/** At once, by one rclone. */
const MOST_TRANSFERS = 16;

export interface SendOptions {
  readonly place: string;
  readonly temporary: TemporaryFolder;
  readonly scratch: Scratch;
  readonly fault: Fault;
}

/** @throws Error of the system where a file of the cache has vanished; and what rclone fails with. */
export async function sendAll(
  sent: readonly Sending[],
  { place, temporary, scratch, fault }: SendOptions,
): Promise<void> {
  const placed = sent.map((one) => ({ ...one, folder: folderOf(one, scratch) }));
  const groups = Map.groupBy(placed, ({ folder, replace }) => `${replace ? 'all' : 'lacking'} ${folder}`);
  const first = await temporary.open();
  for (const whole of groups.values())
    // What is not moved yet is lost where the push is interrupted.
    for (const group of first === undefined ? [whole] : portions(whole)) {
      const { folder, replace } = group[0]!;
      const keys = group.map(({ key }) => key);
      await copy(folder, first ?? place, keys, {
        // The same bytes need not go twice; wrong ones of the same length and time must not stay.
        flags: ['--copy-links', replace ? '--ignore-times' : '--checksum'],
        onBytes: spread(group.map(({ source }) => source)),
      });
      if (first === undefined) continue;
      fault('rename on remote');
      await temporary.moveIn(keys);
    }
  // rclone says nothing of a file that it does not find.
  for (const { source } of sent) if ('path' in source) statSync(source.path);
}

function portions<One extends Sending>(sent: readonly One[]): One[][] {
  const all: One[][] = [];
  let size = Infinity;
  for (const one of sent) {
    if (size >= PORTION) {
      all.push([]);
      size = 0;
    }
    all.at(-1)!.push(one);
    size += 'path' in one.source ? one.source.size : one.source.text.length;
  }
  return all;
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
  const folder = dirname(scratch.path('in/file'));
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
