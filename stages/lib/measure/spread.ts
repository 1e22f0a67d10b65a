// Means and deviations of measures over several models.
import type { Quality } from './metrics.ts';

export function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}

/** Standard deviation as NumPy's default, over n. */
export function deviation(values: readonly number[]): number {
  const middle = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
}

/** Measure by measure. @param of `mean` or `deviation` */
export function overAll(qualities: readonly Quality[], of: (values: readonly number[]) => number): Quality {
  return {
    mse: of(qualities.map(({ mse }) => mse)),
    ssim: of(qualities.map(({ ssim }) => ssim)),
    psnr: of(qualities.map(({ psnr }) => psnr)),
    pixel_accuracy: of(qualities.map(({ pixel_accuracy }) => pixel_accuracy)),
  };
}
