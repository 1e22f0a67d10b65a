// Files of images as people have them, for the use of a trained model: PNG, idx and .npy, in and out. The pipeline's own files are
// read by images.ts.
import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { StageError } from '../stage/fail.ts';
import { writeFileIn } from '../stage/files.ts';
import { decodeIdx, encodeIdx } from './idx.ts';
import { PIXELS, SIZE } from './images.ts';
import { readAnyNpy, writeNpy } from './npy.ts';
import { readSheet, toByte, writeSheet } from './png-images.ts';

export interface ImageSet {
  /** 0 … 1, [n × 784]. */
  readonly values: Float32Array;
  /** As the file had it: [n, 28, 28], or one of its like. */
  readonly shape: readonly number[];
  /** Images side by side, where they came from a sheet. */
  readonly columns?: number;
}

type Format = 'png' | 'idx' | 'npy';

const FORMATS = '.png, .npy, or idx (as MNIST has them: .idx, -ubyte, packed too with .gz)';

/** @throws StageError where the name has no known ending, or the content is not images */
export function readImages(path: string): ImageSet {
  switch (formatOf(path)) {
    case 'png': {
      const { images, columns } = readSheet(path);
      return { values: images, shape: [images.length / PIXELS, SIZE, SIZE], columns };
    }
    case 'npy': {
      const { shape, values } = readAnyNpy(path, ['|u1', '<f4', '<f8']);
      checkShape(path, shape);
      if (values instanceof Uint8Array) return { shape, values: fromBytes(values) };
      checkRange(path, values);
      return { shape, values: Float32Array.from(values, (value) => Math.min(1, Math.max(0, value))) };
    }
    case 'idx': {
      const bytes = readFileSync(path);
      const { shape, values } = decodeIdx(isPacked(bytes) ? gunzipSync(bytes) : bytes, path);
      checkShape(path, shape);
      return { shape, values: fromBytes(values) };
    }
  }
}

/**
 * Numbers go out as 32-bit floats to .npy, in 256 steps otherwise.
 * @throws StageError where the name has no known ending
 */
export function writeImages(path: string, { values, shape, columns }: ImageSet): void {
  const count = values.length / PIXELS;
  switch (formatOf(path)) {
    case 'png':
      return writeSheet(path, { images: values, columns: columns ?? Math.ceil(Math.sqrt(count)) });
    case 'npy':
      return writeNpy(path, { shape, values });
    case 'idx':
      if (path.endsWith('.gz')) throw new StageError(`${path}: what is written is not packed; leave out .gz`);
      return writeFileIn(
        path,
        encodeIdx({ shape: [count, SIZE, SIZE], values: Uint8Array.from(values, toByte) }),
      );
  }
}

/** @throws StageError */
export function formatOf(path: string): Format {
  const name = path.toLowerCase();
  const ending = extname(name);
  if (ending === '.png') return 'png';
  if (ending === '.npy') return 'npy';
  if (/(?:\.idx\d?|ubyte)(?:\.gz)?$/.test(name)) return 'idx';
  throw new StageError(`${path}: the name has no known ending; images are ${FORMATS}`);
}

function checkShape(path: string, shape: readonly number[]): void {
  const size = shape.reduce((a, b) => a * b, 1);
  const inner = shape.filter((length) => length !== 1).slice(-2);
  const isSquare = inner.length === 2 && inner.every((length) => length === SIZE);
  const isFlat = shape.at(-1) === PIXELS && shape.length <= 2;
  if (size === 0 || size % PIXELS !== 0 || !(isSquare || isFlat))
    throw new StageError(
      `${path} has shape [${shape.join(', ')}]; images are [n, ${SIZE}, ${SIZE}] or [n, ${PIXELS}]`,
    );
}

/** The most that noise on top of 1 can come to, by far. */
const MOST = 20;

function checkRange(path: string, values: Float32Array | Float64Array): void {
  const wrong = values.find((value) => !Number.isFinite(value) || Math.abs(value) > MOST);
  if (wrong !== undefined)
    throw new StageError(
      `${path} holds the value ${wrong}; floats are 0 … 1\nBytes 0 … 255 are read from arrays of uint8, or divide by 255`,
    );
}

const fromBytes = (bytes: Uint8Array): Float32Array => Float32Array.from(bytes, (value) => value / 255);

const isPacked = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;
