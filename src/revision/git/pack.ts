// One pack of a git repository: objects one after the other, many as changes to another, with an index of where each begins.
// Formats: https://git-scm.com/docs/gitformat-pack. Anything unexpected is left to git.
import { closeSync, openSync } from 'node:fs';
import { inflateSync } from 'node:zlib';
import { readBytes } from '../../disk/read-bytes.ts';
import type { GitObject } from './git-object.ts';
import { applyDelta } from './delta.ts';

export interface Pack {
  /** @returns undefined where it does not have the object. */
  read(id: string): PackedObject | undefined;
  close(): void;
}

export type PackedObject = Pick<GitObject, 'type' | 'bytes'>;

const INDEX_HEAD = 'ff744f6300000002';
const FANOUT = 8;
const NAMES = FANOUT + 256 * 4;
const ID_BYTES = 20;
const TYPES: Readonly<Record<number, GitObject['type']>> = { 1: 'commit', 2: 'tree', 3: 'blob', 4: 'tag' };
const BY_OFFSET = 6;
const BY_ID = 7;
/** In each second table; the first then holds its row. */
const LARGE = 0x80000000;
/** Larger objects are git's. */
const MOST_BYTES = 1 << 26;
const MOST_KEPT = 256;
const MOST_KEPT_BYTES = 1 << 16;

/** @param path absolute, without its ending. @throws Error where it cannot be read, or is of another version. */
export function openPack(path: string): Pack {
  const index = openSync(`${path}.idx`, 'r');
  let pack: number | undefined;
  // Versions of one file or folder are changes to each other, in chains.
  const recent = new Map<number, PackedObject>();
  const head = bytesAt(index, 0, NAMES);
  const count = head.readUInt32BE(NAMES - 4);

  function offsetOf(id: string): number | undefined {
    const wanted = Buffer.from(id, 'hex');
    const first = wanted[0]!;
    const from = first === 0 ? 0 : head.readUInt32BE(FANOUT + 4 * (first - 1));
    const names = bytesAt(index, NAMES + from * ID_BYTES, (fanout(first) - from) * ID_BYTES);
    const row = rowOf(wanted, names);
    if (row === undefined) return undefined;
    const offsets = NAMES + count * (ID_BYTES + 4);
    const offset = bytesAt(index, offsets + 4 * (from + row), 4).readUInt32BE();
    if (offset < LARGE) return offset;
    return Number(bytesAt(index, offsets + 4 * count + 8 * (offset - LARGE), 8).readBigUInt64BE());
  }

  const fanout = (byte: number): number => head.readUInt32BE(FANOUT + 4 * byte);

  function objectAt(offset: number): PackedObject {
    const known = recent.get(offset);
    if (known) return known;
    const object = storedAt(offset);
    if (object.bytes.length <= MOST_KEPT_BYTES) {
      if (recent.size === MOST_KEPT) recent.clear();
      recent.set(offset, object);
    }
    return object;
  }

  function storedAt(offset: number): PackedObject {
    pack ??= openSync(`${path}.pack`, 'r');
    const { kind, size, end, base } = entryHead(readBytes(pack, offset, 64), offset);
    if (size > MOST_BYTES) throw new Error('a large object');
    // What does not get smaller by compression gets a little larger.
    const stored = readBytes(pack, offset + end, size + (size >> 3) + 64);
    const bytes = inflateSync(stored, { maxOutputLength: Math.max(size, 1) });
    if (bytes.length !== size) throw new Error('an object of another size');
    const type = TYPES[kind];
    if (type) return { type, bytes };
    const from = typeof base === 'number' ? objectAt(base) : base === undefined ? undefined : read(base);
    if (!from) throw new Error('a change to an object of another pack');
    return { type: from.type, bytes: applyDelta(from.bytes, bytes) };
  }

  function read(id: string): PackedObject | undefined {
    const offset = offsetOf(id);
    return offset === undefined ? undefined : objectAt(offset);
  }

  function close(): void {
    closeSync(index);
    if (pack !== undefined) closeSync(pack);
  }

  if (head.toString('hex', 0, FANOUT) === INDEX_HEAD) return { read, close };
  close();
  throw new Error('an index of another version');
}

/** @param names sorted. */
function rowOf(wanted: Buffer, names: Buffer): number | undefined {
  for (let low = 0, high = names.length / ID_BYTES; low < high;) {
    const middle = (low + high) >> 1;
    const order = names.compare(wanted, 0, ID_BYTES, middle * ID_BYTES, (middle + 1) * ID_BYTES);
    if (order === 0) return middle;
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return undefined;
}

interface EntryHead {
  readonly kind: number;
  /** Of what is stored, once it is uncompressed. */
  readonly size: number;
  /** Where that begins, from the begin of the entry. */
  readonly end: number;
  /** What it is a change to: an offset in the pack, or an id. */
  readonly base?: number | string;
}

function entryHead(bytes: Buffer, offset: number): EntryHead {
  let at = 0;
  let byte = bytes.readUInt8(at++);
  const kind = (byte >> 4) & 7;
  let size = byte & 15;
  for (let factor = 16; byte & 128; factor *= 128) {
    byte = bytes.readUInt8(at++);
    size += (byte & 127) * factor;
  }
  if (kind === BY_ID)
    return { kind, size, end: at + ID_BYTES, base: bytes.toString('hex', at, at + ID_BYTES) };
  if (kind !== BY_OFFSET) return { kind, size, end: at };
  byte = bytes.readUInt8(at++);
  let back = byte & 127;
  while (byte & 128) {
    byte = bytes.readUInt8(at++);
    back = (back + 1) * 128 + (byte & 127);
  }
  return { kind, size, end: at, base: offset - back };
}

/** @throws Error where the file ends before. */
function bytesAt(file: number, position: number, length: number): Buffer {
  const bytes = readBytes(file, position, length);
  if (bytes.length < length) throw new Error('the file is too short');
  return bytes;
}
