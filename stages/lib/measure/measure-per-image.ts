// Squared error and SSIM of every image.
import { PIXELS, SIZE } from '../data/images.ts';
import { meanSquaredError } from './metrics.ts';
import type { PerImage } from './per-image.ts';
import { ssimPerImage } from './ssim.ts';

export function measurePerImage(denoised: Float32Array, clean: Float32Array): PerImage {
  const mse = new Float32Array(clean.length / PIXELS);
  for (let image = 0; image < mse.length; image++) {
    const [from, to] = [image * PIXELS, (image + 1) * PIXELS];
    mse[image] = meanSquaredError(denoised.subarray(from, to), clean.subarray(from, to));
  }
  return { mse, ssim: Float32Array.from(ssimPerImage(denoised, clean, SIZE)) };
}
