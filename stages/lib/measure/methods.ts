// The methods that are compared on the test set, with their names and results: one list for tables, figures and the report.
import type { Quality } from './metrics.ts';
import type { TestLevel } from './results.ts';
import { METHODS, type Method } from './test-metrics.ts';

export interface MethodResult extends Quality {
  readonly method: Method;
  readonly name: string;
  /** For narrow places. */
  readonly short: string;
  /** Of its marks in figures; the filter tuned for SSIM is in the tables only. */
  readonly kind: string | undefined;
  /** Width of the filter in pixels. */
  readonly sigma: number | undefined;
  readonly reading_accuracy: number;
}

const KINDS: { readonly [method in Method]: string | undefined } = {
  noisy: 'noisy',
  gaussian: 'filter',
  gaussian_ssim: undefined,
  gaussian_affine: 'calibrated',
  model: 'model',
};

const NAMES: { readonly [method in Exclude<Method, 'model'>]: readonly [name: string, short: string] } = {
  noisy: ['Noisy input', 'Noisy'],
  gaussian: ['Gaussian filter', 'Gaussian'],
  gaussian_ssim: ['Gaussian for SSIM', 'Gaussian (SSIM)'],
  gaussian_affine: ['Gaussian + calibration', '+ calibration'],
};

/** From the simplest on. */
export function methodsOf(level: TestLevel): readonly MethodResult[] {
  return METHODS.map((method): MethodResult => {
    const { mse, ssim, psnr, pixel_accuracy } = method === 'model' ? level.model : level.baseline[method];
    const [name, short] = method === 'model' ? [modelName(level), modelName(level)] : NAMES[method];
    const sigma = method === 'noisy' || method === 'model' ? undefined : level.baseline[method].sigma;
    const reading_accuracy = level.reading[method];
    const kind = KINDS[method];
    return { method, name, short, kind, sigma, mse, ssim, psnr, pixel_accuracy, reading_accuracy };
  });
}

/** A method that figures show. */
export type DrawnMethod = MethodResult & { readonly kind: string };

export function drawnMethodsOf(level: TestLevel): readonly DrawnMethod[] {
  return methodsOf(level).flatMap((result) => {
    const { kind } = result;
    return kind === undefined ? [] : [{ ...result, kind }];
  });
}

/** What the chosen model of a level is called. */
export function modelName({ chosen }: TestLevel): string {
  return chosen.configuration.model === 'unet' ? 'U-Net' : 'Autoencoder';
}
