// One test image of each class as every method leaves it, and the error maps over all test images: read for figures and report.
import { join } from 'node:path';
import { gather, oneOfEachClass } from '../data/images.ts';
import { readNpy } from '../data/npy.ts';
import { readTestSet } from '../data/test-set.ts';
import { RIVAL_METHODS, type RivalMethod } from '../rivals/rivals.ts';
import { levelFolder } from './level-folder.ts';
import type { Method } from './test-metrics.ts';

/** Files and folders, as the flags of the stages name them. */
export interface SampleSources {
  readonly images: string;
  readonly labels: string;
  readonly noisy: string;
  readonly evaluations: string;
  readonly baselines: string;
}

export interface Samples {
  readonly classes: readonly number[];
  /** [classes × 784], values 0 … 1 */
  readonly clean: Float32Array;
  readonly images: { readonly [method in Method]: Float32Array };
  /** Mean squared error at each place over all test images, [784]. */
  readonly errors: { readonly [method in Method]: Float32Array };
}

/** @param level as it is spelled in the parameters */
export function readSamples(sources: SampleSources, level: string): Samples {
  const folder = levelFolder(level);
  const { clean, labels } = readTestSet({
    ...sources,
    noisy: join(sources.noisy, `test_${folder}.npy`),
  });
  const shown = oneOfEachClass(labels);
  const evaluation = (name: string): Float32Array => readNpy(join(sources.evaluations, folder, name)).values;
  const ofRivals = (kind: string): { readonly [method in RivalMethod]: Float32Array } =>
    Object.fromEntries(
      RIVAL_METHODS.map((method) => [
        method,
        readNpy(join(sources.baselines, folder, kind, `${method}.npy`)).values,
      ]),
    ) as { readonly [method in RivalMethod]: Float32Array };
  return {
    classes: shown.map((image) => labels[image]!),
    clean: gather(clean, shown),
    images: { ...ofRivals('samples'), model: evaluation('samples.npy') },
    errors: { ...ofRivals('error_maps'), model: evaluation('error_map.npy') },
  };
}
