// The rivals against scipy 1.17.1, scikit-image 0.26.0 and NumPy on the noisy image of fixed-images.ts, in double precision, at five
// pixels [row, column]: scipy.ndimage.median_filter(noisy, size), skimage.restoration.denoise_tv_chambolle(noisy, weight), and non-local
// means in NumPy (test/real/experiment/non_local_means.py).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { meanSquaredError } from '../../../stages/lib/measure/metrics.ts';
import {
  bestFilters,
  checkCandidates,
  filtersOf,
  tryFilter,
  type Tried,
} from '../../../stages/lib/measure/tuning.ts';
import { applyAffine, fitAffine } from '../../../stages/lib/rivals/affine-fit.ts';
import { fitLinearFilter, linearFilter } from '../../../stages/lib/rivals/linear-filter.ts';
import {
  applyFilter,
  applyTuned,
  RIVALS,
  settingsText,
  type Filter,
} from '../../../stages/lib/rivals/rivals.ts';
import { clean, noisy } from '../fixed-images.ts';

const pixels = [
  [0, 0],
  [0, 27],
  [13, 5],
  [27, 27],
  [20, 14],
] as const;

const recorded: readonly { filter: Filter; values: readonly number[]; mean: number; within: number }[] = [
  {
    filter: { rival: 'median', window: 3 },
    values: [0.37056002020835876, 0.11914453655481339, 0, 0.13628841936588287, 0.30440160632133484],
    mean: 0.384826269153935,
    within: 1e-7,
  },
  {
    filter: { rival: 'median', window: 5 },
    values: [
      0.5748817920684814, 0.46613162755966187, 0.020157914608716965, 0.7622553706169128, 0.4490942060947418,
    ],
    mean: 0.3774898432638278,
    within: 1e-7,
  },
  {
    filter: { rival: 'tv', weight: 0.1 },
    values: [
      0.4035394612482842, 0.13590417570311328, 0.1271329386688229, 0.19735704157764944, 0.32238497681550626,
    ],
    mean: 0.4066095758235879,
    within: 1e-6,
  },
  {
    filter: { rival: 'tv', weight: 0.5 },
    values: [
      0.5509624021529871, 0.4435974987599716, 0.17408548658670903, 0.4983996844703342, 0.45123452065610326,
    ],
    mean: 0.4066095758235879,
    within: 1e-6,
  },
  {
    filter: { rival: 'nlm', patch: 3, distance: 4, h: 0.3, sigma: 0 },
    values: [
      0.5828832604667007, 0.4495427202571085, 0.15794534260269388, 0.44038462037869297, 0.37805132854375306,
    ],
    mean: 0.40178941252701184,
    within: 1e-6,
  },
  {
    filter: { rival: 'nlm', patch: 5, distance: 5, h: 0.25, sigma: 0.2 },
    values: [
      0.6507620806681821, 0.5392276359275628, 0.19155985212406768, 0.5796766930114652, 0.4044549609835908,
    ],
    mean: 0.3930489807940156,
    within: 1e-6,
  },
];

for (const { filter, values, mean, within } of recorded)
  test(`${filter.rival}, ${settingsText(filter)}: equals the library`, () => {
    const filtered = applyFilter(filter, noisy);
    for (const [at, [row, column]] of pixels.entries()) {
      const own = filtered[row * 28 + column]!;
      assert.ok(Math.abs(own - values[at]!) < within, `pixel ${row}, ${column}: ${own}, ${values[at]}`);
    }
    const own = filtered.reduce((a, b) => a + b, 0) / filtered.length;
    assert.ok(Math.abs(own - mean) < within / 3, `mean ${own}, ${mean}`);
  });

const fitted = fitLinearFilter(noisy, clean, 28, 3);
const each: readonly Filter[] = [...recorded.map(({ filter }) => filter), { rival: 'linear', ...fitted }];

for (const filter of each)
  test(`${filter.rival}, ${settingsText(filter)}: filters each image by itself`, () => {
    const two = applyFilter(filter, Float32Array.of(...noisy, ...clean));
    assert.deepEqual(two.subarray(0, 784), applyFilter(filter, noisy));
    assert.deepEqual(two.subarray(784), applyFilter(filter, clean));
  });

test('the linear filter has the least squared error of all of its width', () => {
  const error = (weights: readonly number[]): number =>
    meanSquaredError(linearFilter(noisy, 28, { window: 3, weights }), clean);
  assert.equal(fitted.weights.length, 10);
  const least = error(fitted.weights);
  for (const at of fitted.weights.keys())
    for (const step of [-0.01, 0.01])
      assert.ok(error(fitted.weights.with(at, fitted.weights[at]! + step)) > least, `weight ${at}`);
});

test('a linear filter is found again from what it made', () => {
  const weights = [0.1, -0.2, 0.05, 0.3, 0.4, 0, -0.1, 0.2, 0.15, 0.02];
  const made = linearFilter(noisy, 28, { window: 3, weights });
  for (const [at, weight] of fitLinearFilter(noisy, made, 28, 3).weights.entries())
    assert.ok(Math.abs(weight - weights[at]!) < 1e-5, `weight ${at}: ${weight}`);
  const flat = new Float32Array(784);
  assert.throws(() => fitLinearFilter(flat, flat, 28, 3), RangeError);
});

test('the calibration comes after the filter, and cuts to 0 … 1', () => {
  const affine = { a: 2, b: -0.3 };
  assert.deepEqual(applyTuned({ filter: { rival: 'noisy' } }, noisy), noisy);
  assert.deepEqual(
    applyTuned({ filter: { rival: 'noisy' }, affine }, Float32Array.of(0, 0.25, 1)),
    Float32Array.of(0, 0.2, 1),
  );
  const filter: Filter = { rival: 'median', window: 3 };
  assert.deepEqual(applyTuned({ filter, affine }, noisy), applyAffine(affine, applyFilter(filter, noisy)));
});

test('candidates that mean nothing for their filter are refused, wherever they are in the list', () => {
  const good = {
    filter_sigmas: [0.5, 1],
    median_windows: [3, 5],
    tv_weights: [0.1, 0.2],
    nlm_patches: [3, 5],
    nlm_distance: 1,
    nlm_strengths: [0.4, 0.8],
    nlm_sigmas: [0, 0.7],
    linear_window: 1,
  };
  checkCandidates(good);
  for (const [bad, message] of [
    [{ filter_sigmas: [1, 0] }, '--filter_sigmas: each must be above 0'],
    [{ tv_weights: [0, 1] }, '--tv_weights: each must be above 0'],
    [{ nlm_strengths: [1, -1] }, '--nlm_strengths: each must be above 0'],
    [{ nlm_sigmas: [0, -0.1] }, '--nlm_sigmas: none may be negative'],
    [{ median_windows: [3, 4] }, '--median_windows: each must be odd and above 0'],
    [{ nlm_patches: [-1, 3] }, '--nlm_patches: each must be odd and above 0'],
    [{ linear_window: 2 }, '--linear_window: must be odd and above 0'],
    [{ nlm_distance: 0 }, '--nlm_distance: must be at least 1'],
  ] as const)
    assert.throws(() => checkCandidates({ ...good, ...bad }), { name: 'StageError', message });
});

test('every candidate is a filter, those of non-local means in proportion to the noise', () => {
  const candidates = {
    filter_sigmas: [0.5, 1],
    median_windows: [3, 5],
    tv_weights: [0.1, 0.2],
    nlm_patches: [3, 5],
    nlm_distance: 4,
    nlm_strengths: [0.4, 0.8],
    nlm_sigmas: [0, 0.7],
    linear_window: 3,
  };
  const nlm = { rival: 'nlm', distance: 4 };
  assert.deepEqual(filtersOf(candidates, 0.3, { noisy, clean }), [
    { rival: 'noisy' },
    { rival: 'gaussian', sigma: 0.5 },
    { rival: 'gaussian', sigma: 1 },
    { rival: 'median', window: 3 },
    { rival: 'median', window: 5 },
    { rival: 'tv', weight: 0.1 },
    { rival: 'tv', weight: 0.2 },
    ...[3, 5].flatMap((patch) =>
      [0, 0.21].flatMap((sigma) => [0.12, 0.24].map((h) => ({ ...nlm, patch, h, sigma }))),
    ),
    { rival: 'linear', ...fitted },
  ]);
});

test('a filter is tried as it is and calibrated', () => {
  const filter: Filter = { rival: 'median', window: 3 };
  const filtered = applyFilter(filter, noisy);
  const affine = fitAffine(filtered, clean);
  const { ssim, ...found } = tryFilter(filter, { noisy, clean });
  const mse = meanSquaredError(filtered, clean);
  const affine_mse = meanSquaredError(applyAffine(affine, filtered), clean);
  assert.deepEqual(found, { filter, mse, affine, affine_mse });
  assert.ok(affine_mse < mse);
  assert.ok(ssim > tryFilter({ rival: 'noisy' }, { noisy, clean }).ssim);
});

test('of each rival the filter with the lowest error is taken, calibrated ones by the error after that', () => {
  const tried = (filter: Filter, mse: number, affine_mse: number): Tried => ({
    filter,
    mse,
    ssim: 1 - mse,
    affine: { a: affine_mse, b: 0 },
    affine_mse,
  });
  const others = RIVALS.filter((rival) => rival !== 'gaussian').map((rival) =>
    tried({ rival } as Filter, 0.9, 0.8),
  );
  const gaussian = (sigma: number, ...errors: readonly [mse: number, affine_mse: number]): Tried =>
    tried({ rival: 'gaussian', sigma }, ...errors);
  const best = bestFilters([
    gaussian(1, 0.3, 0.25),
    gaussian(2, 0.2, 0.19),
    gaussian(3, 0.4, 0.1),
    gaussian(4, 0.2, 0.1),
    ...others,
  ]);
  assert.deepEqual(best.gaussian, { filter: { rival: 'gaussian', sigma: 2 } });
  assert.deepEqual(best.gaussian_affine, {
    filter: { rival: 'gaussian', sigma: 3 },
    affine: { a: 0.1, b: 0 },
  });
  assert.deepEqual(best.nlm_affine.filter, { rival: 'nlm' });
});
