// One test image of each class as every method leaves it, and the error maps over all test images: read for figures and report.
import { join } from 'node:path';
import { gather, oneOfEachClass } from '../data/images.ts';
import { readNpy } from '../data/npy.ts';
import { readTestSet } from '../data/test-set.ts';
import { levelFolder } from './results.ts';

/** Files and folders, as the flags of the stages name them. */
export interface SampleSources {
  readonly images: string;
  readonly labels: string;
  readonly noisy: string;
  readonly evaluations: string;
  readonly baselines: string;
}

export type Shown = 'noisy' | 'gaussian' | 'gaussian_affine' | 'model';

export interface Samples {
  readonly classes: readonly number[];
  /** [classes × 784], values 0 … 1 */
  readonly clean: Float32Array;
  readonly images: { readonly [method in Shown]: Float32Array };
  /** Mean squared error at each place over all test images, [784]. */
  readonly errors: { readonly [method in Shown]: Float32Array };
}

/** @param level as it is spelled in the parameters */
export function readSamples(sources: SampleSources, level: string): Samples {
  const folder = levelFolder(level);
  const { clean, noisy, labels } = readTestSet({
    ...sources,
    noisy: join(sources.noisy, `test_${folder}.npy`),
  });
  const shown = oneOfEachClass(labels);
  const evaluation = (name: string): Float32Array => readNpy(join(sources.evaluations, folder, name)).values;
  const baseline = (name: string): Float32Array => readNpy(join(sources.baselines, folder, name)).values;
  return {
    classes: shown.map((image) => labels[image]!),
    clean: gather(clean, shown),
    images: {
      noisy: gather(noisy, shown),
      gaussian: baseline('gaussian_samples.npy'),
      gaussian_affine: baseline('gaussian_affine_samples.npy'),
      model: evaluation('samples.npy'),
    },
    errors: {
      noisy: baseline('noisy_error_map.npy'),
      gaussian: baseline('gaussian_error_map.npy'),
      gaussian_affine: baseline('gaussian_affine_error_map.npy'),
      model: evaluation('error_map.npy'),
    },
  };
}
