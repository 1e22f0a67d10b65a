// NumPy's .npy files of 32-bit floats: little-endian, C order, format version 1.0.
import { appendFileSync, readFileSync } from 'node:fs';
import { StageError } from './fail.ts';
import { writeFileIn } from './files.ts';

export interface NpyArray {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

const MAGIC = '\u0093NUMPY\u0001\u0000';
const PREFIX = MAGIC.length + 2;

/** The bytes before the values; padded so that the values start at a multiple of 64. */
function npyHeader(shape: readonly number[]): Uint8Array {
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const description = `{'descr': '<f4', 'fortran_order': False, 'shape': (${sizes}), }`;
  const length = Math.ceil((PREFIX + description.length + 1) / 64) * 64 - PREFIX;
  const bytes = Buffer.alloc(PREFIX + length, ' ');
  bytes.write(MAGIC, 0, 'latin1');
  bytes.writeUInt16LE(length, MAGIC.length);
  bytes.write(description, PREFIX, 'latin1');
  bytes.write('\n', bytes.length - 1, 'latin1');
  return bytes;
}

/** Writes header and values one after the other: an array may be too large to be held twice. */
export function writeNpy(path: string, { shape, values }: NpyArray): void {
  writeFileIn(path, npyHeader(shape));
  appendFileSync(path, asBytes(values));
}

/** The same bytes, not copied. Every platform that this runs on is little-endian. */
export function asBytes(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** @throws StageError where the file is no array of 32-bit floats in C order, or is cut */
export function readNpy(path: string): NpyArray {
  const bytes = readFileSync(path);
  const { shape, start } = parseHeader(bytes, path);
  const size = shape.reduce((a, b) => a * b, 1);
  if (bytes.length !== start + 4 * size)
    throw new StageError(`${path} has ${bytes.length - start} bytes of values; its shape needs ${4 * size}`);
  // A small file may lie anywhere in Node's shared buffer: views of floats need an aligned start.
  const at = bytes.byteOffset + start;
  const aligned = at % 4 === 0 ? bytes.buffer : Uint8Array.from(bytes).buffer;
  return { shape, values: new Float32Array(aligned, at % 4 === 0 ? at : start, size) };
}

function parseHeader(head: Buffer, path: string): { shape: number[]; start: number } {
  if (head.length < PREFIX || head.toString('latin1', 0, MAGIC.length) !== MAGIC)
    throw new StageError(`${path} is no .npy file of version 1.0`);
  const length = head.readUInt16LE(MAGIC.length);
  const text = head.toString('latin1', PREFIX, PREFIX + length);
  const shape = /'shape': \(([\d, ]*)\)/.exec(text)?.[1];
  if (!text.includes("'descr': '<f4'") || !text.includes("'fortran_order': False") || shape === undefined)
    throw new StageError(`${path} holds no 32-bit floats in C order: ${text.trim()}`);
  return {
    shape: shape
      .split(',')
      .filter((part) => part.trim() !== '')
      .map(Number),
    start: PREFIX + length,
  };
}
