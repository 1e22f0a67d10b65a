// Confidence intervals of mean differences between two methods on the same images: the percentile bootstrap over the images.
// B. Efron and R. Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13.
import { random } from '../data/random.ts';

export interface Difference {
  readonly mean: number;
  /** Of the 95 % interval. */
  readonly low: number;
  readonly high: number;
}

const RESAMPLES = 1000;
const TAIL = 0.025;

/**
 * @param differences several series over the same images, each image by image; all are resampled alike
 * @param seed of the resampling
 */
export function bootstrapMeans(differences: readonly Float64Array[], seed: number): readonly Difference[] {
  const images = differences[0]!.length;
  const source = random(seed, 'bootstrap');
  const means = differences.map(() => new Float64Array(RESAMPLES));
  const chosen = new Uint32Array(images);
  for (let resample = 0; resample < RESAMPLES; resample++) {
    for (let at = 0; at < images; at++) chosen[at] = source.below(images);
    for (const [series, values] of differences.entries()) {
      let sum = 0;
      for (let at = 0; at < images; at++) sum += values[chosen[at]!]!;
      means[series]![resample] = sum / images;
    }
  }
  return differences.map((values, series) => {
    const sorted = means[series]!.sort();
    return {
      mean: values.reduce((sum, value) => sum + value, 0) / images,
      low: quantile(sorted, TAIL),
      high: quantile(sorted, 1 - TAIL),
    };
  });
}

/** As NumPy's default: linear between the neighbours. */
function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const [from, to] = [sorted[below]!, sorted[Math.min(below + 1, sorted.length - 1)]!];
  return from + (place - below) * (to - from);
}
