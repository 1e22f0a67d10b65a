// NumPy's .npy files: little-endian, C order, format version 1.0. The pipeline's own hold 32-bit floats; from others, images as bytes
// and 64-bit floats are read as well.
import { appendFileSync, readFileSync } from 'node:fs';
import { StageError } from '../stage/fail.ts';
import { writeFileIn } from '../stage/files.ts';

export interface NpyArray {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

const MAGIC = '\u0093NUMPY\u0001\u0000';
const PREFIX = MAGIC.length + 2;

/** The bytes before the values; padded so that the values start at a multiple of 64. */
export function npyHeader(shape: readonly number[]): Uint8Array<ArrayBuffer> {
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const description = `{'descr': '<f4', 'fortran_order': False, 'shape': (${sizes}), }`;
  const length = Math.ceil((PREFIX + description.length + 1) / 64) * 64 - PREFIX;
  const text = `${MAGIC}\0\0${description.padEnd(length - 1)}\n`;
  const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
  new DataView(bytes.buffer).setUint16(MAGIC.length, length, true);
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
  const { shape, values } = readAnyNpy(path, ['<f4']);
  return { shape, values: values as Float32Array };
}

/** Types of values by NumPy's names. */
const VALUE_TYPES = { '|u1': Uint8Array, '<f4': Float32Array, '<f8': Float64Array } as const;

export type ValueType = keyof typeof VALUE_TYPES;

/** @throws StageError where the file is no array of these types in C order, or is cut */
export function readAnyNpy(
  path: string,
  allowed: readonly ValueType[],
): { shape: readonly number[]; values: Uint8Array | Float32Array | Float64Array } {
  const bytes = readFileSync(path);
  const { shape, start, type } = parseHeader(bytes, path, allowed);
  const size = shape.reduce((a, b) => a * b, 1);
  const { BYTES_PER_ELEMENT: width } = VALUE_TYPES[type];
  if (bytes.length !== start + width * size)
    throw new StageError(
      `${path} has ${bytes.length - start} bytes of values; its shape needs ${width * size}`,
    );
  // A small file may start anywhere in Node's shared buffer, and views of floats need an aligned start.
  const at = bytes.byteOffset + start;
  const aligned = at % width === 0 ? bytes.buffer : Uint8Array.from(bytes).buffer;
  return { shape, values: new VALUE_TYPES[type](aligned, at % width === 0 ? at : start, size) };
}

function parseHeader(
  head: Buffer,
  path: string,
  allowed: readonly ValueType[],
): { shape: number[]; start: number; type: ValueType } {
  if (head.length < PREFIX || head.toString('latin1', 0, MAGIC.length) !== MAGIC)
    throw new StageError(`${path} is no .npy file of version 1.0`);
  const length = head.readUInt16LE(MAGIC.length);
  const text = head.toString('latin1', PREFIX, PREFIX + length);
  const shape = /'shape': \(([\d, ]*)\)/.exec(text)?.[1];
  const type = allowed.find((name) => text.includes(`'descr': '${name}'`));
  if (type === undefined || !text.includes("'fortran_order': False") || shape === undefined)
    throw new StageError(`${path} holds no values of ${allowed.join(', ')} in C order: ${text.trim()}`);
  return {
    type,
    shape: shape
      .split(',')
      .filter((part) => part.trim() !== '')
      .map(Number),
    start: PREFIX + length,
  };
}
