// MNIST's idx files (unsigned bytes): a big-endian header of magic number and dimensions, then the values.
import { readFileSync } from 'node:fs';
import { StageError } from '../stage/fail.ts';

export interface IdxFile {
  readonly shape: readonly number[];
  readonly values: Uint8Array;
}

const UNSIGNED_BYTE = 0x08;

/** @param name for the message @throws StageError where the bytes are no whole idx file of unsigned bytes */
export function decodeIdx(bytes: Uint8Array, name: string): IdxFile {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 4 || view.getUint16(0) !== 0 || view.getUint8(2) !== UNSIGNED_BYTE)
    throw new StageError(`${name} is no idx file of unsigned bytes`);
  const rank = view.getUint8(3);
  const start = 4 + 4 * rank;
  if (bytes.length < start) throw new StageError(`${name} ends inside its header`);
  const shape = Array.from({ length: rank }, (_, at) => view.getUint32(4 + 4 * at));
  const size = shape.reduce((a, b) => a * b, 1);
  if (bytes.length !== start + size)
    throw new StageError(`${name} has ${bytes.length - start} values; its header says ${size}`);
  return { shape, values: bytes.subarray(start) };
}

export function encodeIdx({ shape, values }: IdxFile): Uint8Array {
  const bytes = new Uint8Array(4 + 4 * shape.length + values.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(2, UNSIGNED_BYTE);
  view.setUint8(3, shape.length);
  for (const [at, size] of shape.entries()) view.setUint32(4 + 4 * at, size);
  bytes.set(values, 4 + 4 * shape.length);
  return bytes;
}

/** The first `count` entries along the first dimension. */
export function takeFirst({ shape, values }: IdxFile, count: number): IdxFile {
  const [all, ...rest] = shape as [number, ...number[]];
  const kept = Math.min(all, count);
  return { shape: [kept, ...rest], values: values.subarray(0, (values.length / all) * kept) };
}

export function readIdx(path: string): IdxFile {
  return decodeIdx(readFileSync(path), path);
}
