// The files that hold squared error and SSIM of every test image, so that methods can be compared image by image.
import { readNpy, writeNpy } from '../data/npy.ts';

/** One value for each image. */
export interface PerImage {
  readonly mse: Float32Array;
  readonly ssim: Float32Array;
}

/** A .npy file [methods, 2, images]: MSE, then SSIM, of each method or model. */
export function writePerImage(path: string, all: readonly PerImage[]): void {
  const images = all[0]!.mse.length;
  const values = new Float32Array(all.length * 2 * images);
  for (const [at, { mse, ssim }] of all.entries()) {
    values.set(mse, 2 * at * images);
    values.set(ssim, (2 * at + 1) * images);
  }
  writeNpy(path, { shape: [all.length, 2, images], values });
}

export function readPerImage(path: string): readonly PerImage[] {
  const { shape, values } = readNpy(path);
  const images = shape[2]!;
  const part = (at: number): Float32Array => values.subarray(at * images, (at + 1) * images);
  return Array.from({ length: shape[0]! }, (_, at) => ({ mse: part(2 * at), ssim: part(2 * at + 1) }));
}
