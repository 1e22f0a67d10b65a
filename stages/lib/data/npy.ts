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
  // The values may start anywhere, in the file and in Node's shared buffer; views of floats need an aligned start.
  const at = bytes.byteOffset + start;
  const View = VALUE_TYPES[type];
  return {
    shape,
    values:
      at % width === 0
        ? new View(bytes.buffer, at, size)
        : new View(bytes.buffer.slice(at, at + width * size), 0, size),
  };
}

/** @throws StageError that names what the file is instead */
function parseHeader(
  head: Buffer,
  path: string,
  allowed: readonly ValueType[],
): { shape: number[]; start: number; type: ValueType } {
  if (head.length < PREFIX || head.toString('latin1', 0, MAGIC.length) !== MAGIC)
    throw new StageError(`${path} is no .npy file of version 1.0`);
  const start = PREFIX + head.readUInt16LE(MAGIC.length);
  // A dictionary as Python prints it.
  const text = head.toString('latin1', PREFIX, start);
  const descr = /['"]descr['"]\s*:\s*(?:(['"])(.*?)\1|(\[.*?\])\s*,\s*['"])/s.exec(text);
  const order = /['"]fortran_order['"]\s*:\s*(True|False)/.exec(text)?.[1];
  const shape = /['"]shape['"]\s*:\s*\(([\d,\sL]*)\)/.exec(text)?.[1];
  if (start > head.length || descr === null || order === undefined || shape === undefined)
    throw new StageError(`${path} has a damaged .npy header: ${text.trim()}`);
  const name = descr[2] ?? descr[3]!;
  const type = allowed.find((known) => known === name);
  if (type === undefined)
    throw new StageError(
      `${path} holds values of the type ${name}${name.startsWith('>') ? ' (big-endian)' : ''}; ${allowed.join(', ')} can be read: convert it with numpy.save(…, array.astype('<f4'))`,
    );
  if (order === 'True')
    throw new StageError(
      `${path} is in Fortran order: convert it with numpy.save(…, numpy.ascontiguousarray(array))`,
    );
  return {
    type,
    shape: (shape.match(/\d+/g) ?? []).map(Number),
    start,
  };
}
