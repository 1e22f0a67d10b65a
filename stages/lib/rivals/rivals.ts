// The rivals of the model: denoising methods without a network, and the noisy input itself.
import { SIZE } from '../data/images.ts';
import { applyAffine, type Affine } from './affine-fit.ts';
import { gaussianFilter } from './gaussian-filter.ts';
import { linearFilter, type LinearFilter } from './linear-filter.ts';
import { medianFilter } from './median-filter.ts';
import { nonLocalMeans, type NonLocalMeans } from './non-local-means.ts';
import { totalVariation } from './total-variation.ts';

/** From the simplest on. */
export const RIVALS = ['noisy', 'gaussian', 'median', 'tv', 'nlm', 'linear'] as const;
export type Rival = (typeof RIVALS)[number];

/** A rival with its settings. */
export type Filter =
  | { readonly rival: 'noisy' }
  | { readonly rival: 'gaussian'; readonly sigma: number }
  | { readonly rival: 'median'; readonly window: number }
  | { readonly rival: 'tv'; readonly weight: number }
  | ({ readonly rival: 'nlm' } & NonLocalMeans)
  | ({ readonly rival: 'linear' } & LinearFilter);

/** A filter, and the calibration of what it returns. */
export interface TunedFilter {
  readonly filter: Filter;
  readonly affine?: Affine;
}

/** What is compared on the test set: each rival as it is and calibrated. The keys of the metrics files. */
export const RIVAL_METHODS = RIVALS.flatMap((rival) => [rival, `${rival}_affine`] as const);
export type RivalMethod = Rival | `${Rival}_affine`;

/** @param images one after the other, values 0 … 1 */
export function applyFilter(filter: Filter, images: Float32Array): Float32Array {
  switch (filter.rival) {
    case 'noisy':
      return images;
    case 'gaussian':
      return gaussianFilter(images, SIZE, filter.sigma);
    case 'median':
      return medianFilter(images, SIZE, filter.window);
    case 'tv':
      return totalVariation(images, SIZE, filter.weight);
    case 'nlm':
      return nonLocalMeans(images, SIZE, filter);
    case 'linear':
      return linearFilter(images, SIZE, filter);
  }
}

export function applyTuned({ filter, affine }: TunedFilter, images: Float32Array): Float32Array {
  const filtered = applyFilter(filter, images);
  return affine === undefined ? filtered : applyAffine(affine, filtered);
}

/** The settings that a reader wants to see: `sigma 0.8`. The weights of a linear filter are not among them. */
export function settingsText(filter: Filter): string {
  const shown = filter.rival === 'linear' ? { window: filter.window } : filter;
  return Object.entries(shown)
    .filter(([name]) => name !== 'rival')
    .map(([name, value]) => `${name} ${Number((value as number).toFixed(3))}`)
    .join(', ');
}
