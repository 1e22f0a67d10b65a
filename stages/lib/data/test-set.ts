// The test set of one noise level: the flags of the stages that measure on it, and its images.
import { required } from '../stage/flags.ts';
import { PIXELS, readCleanImages, readLabels, readNoisyImages } from './images.ts';

export const testSetFlags = {
  images: required('path', 'idx file of the clean test images'),
  labels: required('path', 'idx file of their classes'),
  noisy: required('path', '.npy file of the same images with noise'),
  noise_level: required('spelled', 'standard deviation of the noise'),
} as const;

/** Paths, by the names of the flags. */
export interface TestSetFiles {
  readonly images: string;
  readonly labels: string;
  readonly noisy: string;
}

export interface TestSet {
  /** Values 0 … 1, [n × 784]. */
  readonly clean: Float32Array;
  readonly noisy: Float32Array;
  /** The class of each image. */
  readonly labels: Uint8Array;
}

/** @throws StageError where the files do not belong together */
export function readTestSet({ images, labels, noisy }: TestSetFiles): TestSet {
  const clean = readCleanImages(images);
  return { clean, noisy: readNoisyImages(noisy, clean), labels: readLabels(labels, clean.length / PIXELS) };
}
