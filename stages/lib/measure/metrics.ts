// How good a denoised image is, against the clean one: squared error, PSNR, pixel accuracy. (SSIM itself is in ssim.ts.)
// Sums are double precision; values are 0 … 1.
import { PIXELS, SIZE } from '../data/images.ts';
import { meanSsim } from './ssim.ts';

/** Mean of squared differences. */
export function meanSquaredError(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) {
    const difference = a[at]! - b[at]!;
    sum += difference * difference;
  }
  return sum / a.length;
}

/** Mean of squared differences over the images, place by place: [784]. */
export function squaredErrorPerPixel(a: Float32Array, b: Float32Array): Float32Array {
  const sums = new Float64Array(PIXELS);
  for (let at = 0; at < a.length; at++) {
    const difference = a[at]! - b[at]!;
    sums[at % PIXELS]! += difference * difference;
  }
  return Float32Array.from(sums, (sum) => sum / (a.length / PIXELS));
}

/** What PSNR is cut to where images are equal, in dB. */
const EQUAL = 100;

/** Peak signal-to-noise ratio in dB, for a peak of 1: mean over the images. */
export function meanPsnr(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let from = 0; from < a.length; from += PIXELS) {
    const mse = meanSquaredError(a.subarray(from, from + PIXELS), b.subarray(from, from + PIXELS));
    sum += Math.min(EQUAL, -10 * Math.log10(mse));
  }
  return sum / (a.length / PIXELS);
}

/** Share of the pixels that are on the same side of 0.5 (0.5 itself counts as ink). */
export function pixelAccuracy(a: Float32Array, b: Float32Array): number {
  let equal = 0;
  for (let at = 0; at < a.length; at++) if (a[at]! >= 0.5 === b[at]! >= 0.5) equal++;
  return equal / a.length;
}

/** The measures of the test set. */
export type Quality = {
  readonly mse: number;
  readonly ssim: number;
  readonly psnr: number;
  readonly pixel_accuracy: number;
};

/** All measures of denoised against clean images. */
export function quality(denoised: Float32Array, clean: Float32Array): Quality {
  return {
    mse: meanSquaredError(denoised, clean),
    ssim: meanSsim(denoised, clean, SIZE),
    psnr: meanPsnr(denoised, clean),
    pixel_accuracy: pixelAccuracy(denoised, clean),
  };
}
