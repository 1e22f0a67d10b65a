// The Gaussian filter against scipy 1.17.1: scipy.ndimage.gaussian_filter(noisy.astype(float), sigma) on the image that
// ssim.test.ts describes, at five pixels [row, column], and its mean.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyAffine, fitAffine } from '../../../stages/lib/rivals/affine-fit.ts';
import { gaussianFilter, gaussianWeights } from '../../../stages/lib/rivals/gaussian-filter.ts';
import { noisy } from '../fixed-images.ts';

const pixels = [
  [0, 0],
  [0, 27],
  [13, 5],
  [27, 27],
  [20, 14],
] as const;

/** The last is wider than the image: its edges are mirrored more than once. */
const recorded = [
  {
    sigma: 0.4,
    values: [
      0.3245158345654041, 0.018691812927918508, 0.014853869442531616, 0.04477908852762777, 0.1808407585349737,
    ],
  },
  {
    sigma: 0.8,
    values: [
      0.4460781014191924, 0.14483203800677985, 0.08763385551547039, 0.3010964860037371, 0.3793179740949439,
    ],
  },
  {
    sigma: 1.5,
    values: [
      0.5430748731266879, 0.37676991514879077, 0.1462290753123695, 0.5141128177116172, 0.483371972173009,
    ],
  },
  {
    sigma: 7.5,
    values: [
      0.44380723128002825, 0.4717359682724578, 0.372413597273477, 0.44183825047652164, 0.4124010367531067,
    ],
  },
];

for (const { sigma, values } of recorded)
  test(`equals scipy at sigma ${sigma}`, () => {
    const filtered = gaussianFilter(noisy, 28, sigma);
    for (const [at, [row, column]] of pixels.entries())
      assert.ok(Math.abs(filtered[row * 28 + column]! - values[at]!) < 1e-6, `pixel ${row}, ${column}`);
    const mean = filtered.reduce((a, b) => a + b, 0) / filtered.length;
    assert.ok(Math.abs(mean - 0.4066095758235879) < 1e-6);
  });

test('weights are cut at four sigma and sum to one', () => {
  const weights = gaussianWeights(1.1);
  assert.equal(weights.length, 1 + Math.floor(4 * 1.1 + 0.5));
  assert.ok(Math.abs(2 * weights.reduce((a, b) => a + b, 0) - weights[0]! - 1) < 1e-15);
});

test('filters each image by itself', () => {
  const two = gaussianFilter(Float32Array.of(...noisy, ...new Float32Array(784)), 28, 1.5);
  assert.deepEqual(two.subarray(0, 784), gaussianFilter(noisy, 28, 1.5));
  assert.ok(two.subarray(784).every((value) => value === 0));
});

test('the affine fit finds a line again, and cuts to 0 … 1', () => {
  const line = noisy.map((value) => 1.7 * value - 0.2);
  const { a, b } = fitAffine(noisy, line);
  assert.ok(Math.abs(a - 1.7) < 1e-6 && Math.abs(b + 0.2) < 1e-6);
  assert.deepEqual(applyAffine({ a: 2, b: -0.5 }, Float32Array.of(0, 0.5, 1)), Float32Array.of(0, 0.5, 1));
  assert.deepEqual(fitAffine(Float32Array.of(1, 1), Float32Array.of(0, 1)), { a: 0, b: 0.5 });
});
