// Tuning of the rivals on training images: of all candidates the one with the lowest mean squared error, as it is and calibrated.
import { SIZE } from '../data/images.ts';
import { StageError } from '../stage/fail.ts';
import { meanSquaredError } from './metrics.ts';
import { meanSsim } from './ssim.ts';
import { applyAffine, fitAffine, type Affine } from '../rivals/affine-fit.ts';
import { fitLinearFilter } from '../rivals/linear-filter.ts';
import { applyFilter, RIVALS, type Filter, type RivalMethod, type TunedFilter } from '../rivals/rivals.ts';

/** What is tried, by the names of the parameters. */
export interface Candidates {
  /** Of Gaussian filters: standard deviations in pixels. */
  readonly filter_sigmas: readonly number[];
  /** Widths of the window in pixels, odd. */
  readonly median_windows: readonly number[];
  readonly tv_weights: readonly number[];
  /** Widths of a patch in pixels, odd. */
  readonly nlm_patches: readonly number[];
  readonly nlm_distance: number;
  /** `h` and `sigma` as multiples of the noise level. */
  readonly nlm_strengths: readonly number[];
  readonly nlm_sigmas: readonly number[];
  readonly linear_window: number;
}

export interface ImagePairs {
  readonly noisy: Float32Array;
  readonly clean: Float32Array;
}

export interface Tried {
  readonly filter: Filter;
  readonly mse: number;
  readonly ssim: number;
  readonly affine: Affine;
  readonly affine_mse: number;
}

/** @throws StageError where a value has no meaning for its filter */
export function checkCandidates(candidates: Candidates): void {
  const positive = ['filter_sigmas', 'tv_weights', 'nlm_strengths'] as const;
  for (const name of positive)
    if (candidates[name].some((value) => value <= 0)) throw new StageError(`--${name}: each must be above 0`);
  if (candidates.nlm_sigmas.some((value) => value < 0))
    throw new StageError('--nlm_sigmas: none may be negative');
  const odd = (value: number): boolean => value >= 1 && value % 2 === 1;
  for (const name of ['median_windows', 'nlm_patches'] as const)
    if (!candidates[name].every(odd)) throw new StageError(`--${name}: each must be odd and above 0`);
  if (!odd(candidates.linear_window)) throw new StageError('--linear_window: must be odd and above 0');
  if (candidates.nlm_distance < 1) throw new StageError('--nlm_distance: must be at least 1');
}

/** All filters to try, rival by rival. The linear one is fitted here. @param level standard deviation of the noise */
export function filtersOf(candidates: Candidates, level: number, pairs: ImagePairs): readonly Filter[] {
  const rounded = (value: number): number => Number(value.toPrecision(6));
  return [
    { rival: 'noisy' },
    ...candidates.filter_sigmas.map((sigma): Filter => ({ rival: 'gaussian', sigma })),
    ...candidates.median_windows.map((window): Filter => ({ rival: 'median', window })),
    ...candidates.tv_weights.map((weight): Filter => ({ rival: 'tv', weight })),
    ...candidates.nlm_patches.flatMap((patch) =>
      candidates.nlm_sigmas.flatMap((sigma) =>
        candidates.nlm_strengths.map((h): Filter => ({
          rival: 'nlm',
          patch,
          distance: candidates.nlm_distance,
          h: rounded(h * level),
          sigma: rounded(sigma * level),
        })),
      ),
    ),
    { rival: 'linear', ...fitLinearFilter(pairs.noisy, pairs.clean, SIZE, candidates.linear_window) },
  ];
}

export function tryFilter(filter: Filter, { noisy, clean }: ImagePairs): Tried {
  const filtered = applyFilter(filter, noisy);
  const affine = fitAffine(filtered, clean);
  return {
    filter,
    mse: meanSquaredError(filtered, clean),
    ssim: meanSsim(filtered, clean, SIZE),
    affine,
    affine_mse: meanSquaredError(applyAffine(affine, filtered), clean),
  };
}

/** The best of each rival, as it is and calibrated; the first of equal ones. */
export function bestFilters(tried: readonly Tried[]): { readonly [method in RivalMethod]: TunedFilter } {
  const best = RIVALS.flatMap((rival): (readonly [RivalMethod, TunedFilter])[] => {
    const own = tried.filter(({ filter }) => filter.rival === rival);
    const plain = lowest(own, ({ mse }) => mse);
    const calibrated = lowest(own, ({ affine_mse }) => affine_mse);
    return [
      [rival, { filter: plain.filter }],
      [`${rival}_affine`, { filter: calibrated.filter, affine: calibrated.affine }],
    ];
  });
  return Object.fromEntries(best) as { readonly [method in RivalMethod]: TunedFilter };
}

function lowest(tried: readonly Tried[], by: (entry: Tried) => number): Tried {
  return tried.reduce((best, entry) => (by(entry) < by(best) ? entry : best));
}
