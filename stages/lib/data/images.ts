// Sets of images as the stages use them: clean from idx files (0 … 255 → 0 … 1), noisy and denoised from .npy files.
import { StageError } from '../stage/fail.ts';
import { readIdx } from './idx.ts';
import { readNpy } from './npy.ts';

/** Height and width of an image. */
export const SIZE = 28;
export const PIXELS = SIZE * SIZE;

/** @returns values 0 … 1, [n × 784] @throws StageError where the file holds no 28×28 images */
export function readCleanImages(path: string): Float32Array {
  const values = readCleanBytes(path);
  // A loop: Float32Array.from would first make a list of all the values, ten times their size.
  const images = new Float32Array(values.length);
  for (let at = 0; at < values.length; at++) images[at] = values[at]! / 255;
  return images;
}

/** The same as in the file, 0 … 255: a quarter of the memory. */
export function readCleanBytes(path: string): Uint8Array {
  const { shape, values } = readIdx(path);
  if (shape.length !== 3 || shape[1] !== SIZE || shape[2] !== SIZE)
    throw new StageError(`${path} has shape [${shape.join(', ')}]; images are [n, ${SIZE}, ${SIZE}]`);
  return values;
}

/** @returns one class per image @throws StageError where the number is another than that of the images */
export function readLabels(path: string, images: number): Uint8Array {
  const { shape, values } = readIdx(path);
  if (shape.length !== 1 || values.length !== images)
    throw new StageError(`${path} has shape [${shape.join(', ')}]; there are ${images} images`);
  return values;
}

/** @returns values 0 … 1, as many as the clean images have */
export function readNoisyImages(path: string, clean: ArrayLike<number>): Float32Array {
  const { shape, values } = readNpy(path);
  if (values.length !== clean.length)
    throw new StageError(
      `${path} has shape [${shape.join(', ')}]; the clean set has ${clean.length / PIXELS} images`,
    );
  return values;
}

/** 0, 1, 2, … */
export function allIndices(images: number): Uint32Array {
  return Uint32Array.from({ length: images }, (_, at) => at);
}

/** Copies of the images with these indices, in their order; bytes become values 0 … 1. */
export function gather(images: Float32Array | Uint8Array, indices: ArrayLike<number>): Float32Array {
  const chosen = new Float32Array(indices.length * PIXELS);
  for (let at = 0; at < indices.length; at++)
    chosen.set(images.subarray(indices[at]! * PIXELS, (indices[at]! + 1) * PIXELS), at * PIXELS);
  if (images instanceof Uint8Array) for (let at = 0; at < chosen.length; at++) chosen[at]! /= 255;
  return chosen;
}

/** Index of the first image of each class, in the order of the classes. */
export function oneOfEachClass(labels: Uint8Array): readonly number[] {
  const classes = [...new Set(labels)].toSorted((a, b) => a - b);
  return classes.map((label) => labels.indexOf(label));
}

/** Classes in their order, each with the indices of its images. */
export function membersOfClasses(
  labels: Uint8Array,
): readonly { readonly class: number; readonly members: readonly number[] }[] {
  const classes = [...new Set(labels)].toSorted((a, b) => a - b);
  return classes.map((digit) => ({
    class: digit,
    members: [...labels.keys()].filter((image) => labels[image] === digit),
  }));
}
