// The model against each rival, image by image: mean differences on the test set and their confidence intervals.
import { join } from 'node:path';
import { RIVAL_METHODS, type RivalMethod } from '../rivals/rivals.ts';
import { bootstrapMeans, type Difference } from './bootstrap.ts';
import { readPerImage, type PerImage } from './per-image.ts';
import { levelFolder } from './level-folder.ts';

/** Model minus rival: below zero the model has the smaller error, above zero the larger SSIM. */
export interface Comparison {
  readonly rival: RivalMethod;
  readonly mse: Difference;
  readonly ssim: Difference;
}

const SEED = 1;

/** Folders of the stages. @param level as it is spelled in the parameters */
export function readComparisons(
  { evaluations, baselines }: { readonly evaluations: string; readonly baselines: string },
  level: string,
): readonly Comparison[] {
  const read = (folder: string): readonly PerImage[] =>
    readPerImage(join(folder, levelFolder(level), 'per_image.npy'));
  return compare(read(evaluations), read(baselines));
}

/** @param models one for each seed; an image's measure is the mean over them. @param rivals in the order of RIVAL_METHODS */
export function compare(models: readonly PerImage[], rivals: readonly PerImage[]): readonly Comparison[] {
  const own = { mse: meanOf(models.map(({ mse }) => mse)), ssim: meanOf(models.map(({ ssim }) => ssim)) };
  const series = rivals.flatMap(({ mse, ssim }) => [
    own.mse.map((value, image) => value - mse[image]!),
    own.ssim.map((value, image) => value - ssim[image]!),
  ]);
  const found = bootstrapMeans(series, SEED);
  return RIVAL_METHODS.map((rival, at) => ({ rival, mse: found[2 * at]!, ssim: found[2 * at + 1]! }));
}

function meanOf(all: readonly Float32Array[]): Float64Array {
  return Float64Array.from(
    all[0]!,
    (_, image) => all.reduce((sum, values) => sum + values[image]!, 0) / all.length,
  );
}
