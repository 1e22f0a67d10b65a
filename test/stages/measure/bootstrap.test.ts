// Intervals of paired differences: against scipy's percentile bootstrap, whose random numbers are others.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { random } from '../../../stages/lib/data/random.ts';
import { bootstrapMeans } from '../../../stages/lib/measure/bootstrap.ts';
import { compare } from '../../../stages/lib/measure/comparisons.ts';
import { RIVAL_METHODS } from '../../../stages/lib/rivals/rivals.ts';

/** 400 values: ((7 · i) mod 101) / 100 − 0.3 */
const values = Float64Array.from({ length: 400 }, (_, at) => ((7 * at) % 101) / 100 - 0.3);

test('the interval is near that of scipy', () => {
  // scipy.stats.bootstrap((values,), np.mean, method='percentile', n_resamples=100_000, random_state=0): 0.16825, 0.22502
  const [found] = bootstrapMeans([values], 1);
  assert.ok(Math.abs(found!.mean - values.reduce((a, b) => a + b, 0) / 400) < 1e-12);
  assert.ok(Math.abs(found!.low - 0.16825) < 0.004, String(found!.low));
  assert.ok(Math.abs(found!.high - 0.22502) < 0.004, String(found!.high));
});

test('the ends are the quantiles of 2.5 % and 97.5 % of a thousand resampled means', () => {
  const source = random(1, 'bootstrap');
  const means = Array.from({ length: 1000 }, () => {
    let sum = 0;
    for (let drawn = 0; drawn < 400; drawn++) sum += values[source.below(400)]!;
    return sum / 400;
  }).sort((a, b) => a - b);
  // numpy.quantile of 0 to 999 gives their places: 24.975 and 974.025
  const between = (below: number, share: number): number =>
    means[below]! * (1 - share) + means[below + 1]! * share;
  const [found] = bootstrapMeans([values], 1);
  assert.ok(Math.abs(found!.low - between(24, 0.975)) < 1e-12, String(found!.low));
  assert.ok(Math.abs(found!.high - between(974, 0.025)) < 1e-12, String(found!.high));
});

test('the same seed gives the same interval, and all series are resampled alike', () => {
  const [one, shifted] = bootstrapMeans([values, values.map((value) => value + 1)], 1);
  assert.deepEqual(bootstrapMeans([values], 1)[0], one);
  assert.ok(Math.abs(shifted!.low - one!.low - 1) < 1e-9);
  assert.notDeepEqual(bootstrapMeans([values], 2)[0], one);
});

test('an image of the model counts with its mean over the seeds, and is compared with the same image of the rival', () => {
  const of = (mse: readonly number[], ssim: readonly number[]) => ({
    mse: Float32Array.from(mse),
    ssim: Float32Array.from(ssim),
  });
  const models = [of([0.25, 0.5], [0.5, 1]), of([0.75, 0.5], [0.5, 0.5])];
  const rivals = RIVAL_METHODS.map((_, at) => of([0.5 + at, 0.5 + at], [0.25, 0.5]));
  for (const [at, { rival, mse, ssim }] of compare(models, rivals).entries()) {
    assert.equal(rival, RIVAL_METHODS[at]);
    assert.deepEqual(mse, { mean: 0 - at, low: 0 - at, high: 0 - at });
    assert.deepEqual(ssim, { mean: 0.25, low: 0.25, high: 0.25 });
  }
});
