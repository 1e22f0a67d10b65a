// Learning curves: points in the order of their images, and a fit that finds a power law again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { learningCurves, valueOf } from '../../../stages/lib/measure/learning-curves.ts';
import { sampleCurves, sampleResults } from '../sample-results.ts';

const near = (one: number, other: number): void =>
  assert.ok(Math.abs(one - other) < 1e-9 * Math.abs(other), `${one}, ${other}`);

test('where every configuration trains on as many images, there is no curve', () => {
  for (const { ranked } of sampleResults().levels) assert.deepEqual(learningCurves(ranked), []);
});

test('a curve has a point for each number of images, with the mean and the deviation of its folds', () => {
  const { ranked, runs } = sampleCurves().levels[1]!;
  const [curve, ...others] = learningCurves(ranked);
  assert.equal(others.length, 0);
  assert.deepEqual(
    curve!.points.map(({ images }) => images),
    [2, 4, 8],
  );
  for (const { images, mse } of curve!.points) {
    const losses = runs.filter((run) => run.training_images === images).map((run) => run.best_val_loss);
    assert.deepEqual(mse.folds, losses);
    near(mse.mean, (losses[0]! + losses[1]!) / 2);
    near(mse.std, Math.abs(losses[0]! - losses[1]!) / 2);
  }
});

test('a curve is of one configuration: whatever else differs makes another one', () => {
  const { ranked } = sampleCurves().levels[0]!;
  for (const [key, value] of Object.entries({ learning_rate: 0.01, seed: 43, latent_dim: 8, loss: 'ssim' })) {
    const others = ranked.map((one) => ({ ...one, configuration: { ...one.configuration, [key]: value } }));
    const curves = learningCurves([...ranked, ...others]);
    assert.deepEqual(
      curves.map(({ points }) =>
        points.map(({ entry }) => (entry.configuration as unknown as typeof value)[key as never]),
      ),
      [ranked.map(({ configuration }) => configuration[key as 'seed']), others.map(() => value)],
      key,
    );
  }
});

test('the fit is the straight line through the logarithms, and reaches five times the images fold by fold', () => {
  const { ranked, runs } = sampleCurves().levels[1]!;
  const [{ mse, dissimilarity, reach }] = learningCurves(ranked) as [ReturnType<typeof learningCurves>[0]];
  // The sample's losses fall with the root of the number; SSIM is the same for all.
  near(mse.b, -0.5);
  assert.ok(Math.abs(dissimilarity.b) < 1e-9);
  assert.equal(reach.images, 40);
  const largest = runs.filter(({ training_images: images }) => images === 8);
  const expected = largest.map(({ best_val_loss: loss }) => loss * Math.sqrt(8 / 40));
  for (const [fold, loss] of expected.entries()) near(reach.mse.folds[fold]!, loss);
  near(reach.mse.std, Math.abs(expected[0]! - expected[1]!) / 2);
  near(valueOf(mse, 40), reach.mse.mean);
  near(reach.ssim.mean, 0.7);
  // Where the SSIM grows, too, each fold has its own fit.
  const ssimOf = (fold: number, images: number): number => 1 - (fold + 1) * 0.2 * images ** -0.5;
  const growing = ranked.map((entry) => ({
    ...entry,
    folds: entry.folds.map((one) => ({ ...one, val_ssim: ssimOf(one.fold, entry.training_images) })),
  }));
  const [curve] = learningCurves(growing);
  near(curve!.dissimilarity.b, -0.5);
  for (const [fold, ssim] of curve!.reach.ssim.folds.entries()) near(ssim, ssimOf(fold, 40));
});
