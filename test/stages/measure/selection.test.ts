// The choice of a configuration: by mean validation loss, noise level by noise level.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { bestOverall, checkLevel, rankConfigurations } from '../../../stages/lib/measure/selection.ts';
import { byName, readRuns, type Run } from '../../../stages/lib/measure/training-metrics.ts';
import { better, NONE_YET, shouldStop } from '../../../stages/lib/training/early-stopping.ts';

function run(latent: number, level: number, fold: number, loss: number, epoch = 3): Run {
  const name = `${latent}-${level}`;
  return {
    name,
    folder: `train/${name}`,
    fold,
    configuration: {
      noise_level: level,
      model: 'cdae',
      latent_dim: latent,
      filters: [1, 2, 3],
      learning_rate: 0.001,
      learning_rate_schedule: 'constant',
      loss: 'mse',
      train_on: 'all',
      batch_size: 64,
      epochs: 5,
      early_stopping_patience: 2,
      seed: 42,
      noise_seed: 42,
      backend: 'wasm',
      threads: 1,
    },
    noise_name: String(level),
    parameters: 10,
    training_images: 8,
    validation_images: 2,
    train_losses: [1, 1, 1, 1, 1],
    val_losses: [1, 1, 1, 1, 1],
    val_mses: [1, 1, 1, 1, 1],
    val_ssims: [0.1, 0.2, 0.3, 0.4, 0.5],
    best_epoch: epoch,
    best_val_loss: loss,
  };
}

test('ranks within a noise level by the mean over the folds', () => {
  const ranked = rankConfigurations([
    run(64, 0.5, 0, 0.02),
    run(64, 0.5, 1, 0.04, 4),
    run(128, 0.5, 1, 0.031),
    run(128, 0.5, 0, 0.025, 5),
    run(64, 0.3, 0, 0.01),
    run(64, 0.3, 1, 0.01),
  ]);
  assert.deepEqual(
    ranked.map(({ name, rank }) => [name, rank]),
    [
      ['64-0.3', 1],
      ['128-0.5', 1],
      ['64-0.5', 2],
    ],
  );
  const [, best, second] = ranked;
  assert.ok(Math.abs(best!.mean_val_loss - 0.028) < 1e-12);
  assert.ok(Math.abs(second!.std_val_loss - 0.01) < 1e-12, 'over n, as NumPy');
  assert.equal(best!.epochs, 4);
  assert.ok(Math.abs(best!.mean_val_ssim - 0.4) < 1e-12, 'SSIM at the best epoch');
  assert.ok(Math.abs(best!.std_val_ssim - 0.1) < 1e-12);
  assert.deepEqual(
    best!.folds.map(({ fold }) => fold),
    [0, 1],
  );
  assert.equal(bestOverall(ranked).name, '64-0.3');
  // By the mean, not by how far the folds are apart, nor by the lowest fold.
  const apart = [
    run(64, 0.3, 0, 0.01),
    run(64, 0.3, 1, 0.04),
    run(64, 0.5, 0, 0.026),
    run(64, 0.5, 1, 0.026),
  ];
  assert.equal(bestOverall(rankConfigurations(apart)).name, '64-0.3');
  const lucky = [run(64, 0.3, 0, 0.01), run(64, 0.3, 1, 0.08), run(64, 0.5, 0, 0.03), run(64, 0.5, 1, 0.03)];
  assert.equal(bestOverall(rankConfigurations(lucky)).name, '64-0.5');
});

test('the runs are all metrics files below a folder, configurations and folds in the order of their numbers', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'pipe-runs-'));
  t.after(() => rmSync(root, { recursive: true }));
  assert.throws(() => readRuns(root), { name: 'StageError', message: `${root} holds no training runs` });
  for (const [folder, fold] of [
    ['noise0.5/128', 0],
    ['noise0.5/64', 10],
    ['noise0.5/64', 2],
    ['noise0.3/64', 4],
  ] as const) {
    mkdirSync(join(root, folder), { recursive: true });
    writeFileSync(
      join(root, folder, `fold_${fold}_training_metrics.json`),
      JSON.stringify({ fold, best_epoch: 3 }),
    );
    writeFileSync(join(root, folder, `old_fold_${fold}_training_metrics.json`), '{}');
  }
  assert.deepEqual(
    readRuns(root).map(({ name, folder, fold, best_epoch }) => [name, folder, fold, best_epoch]),
    [
      ['64', join(root, 'noise0.3/64'), 4, 3],
      ['64', join(root, 'noise0.5/64'), 2, 3],
      ['64', join(root, 'noise0.5/64'), 10, 3],
      ['128', join(root, 'noise0.5/128'), 0, 3],
    ],
  );
});

test('the epochs of the final training are the mean of the best ones, rounded to the nearest', () => {
  const epochs = (...best: readonly number[]): number =>
    rankConfigurations(best.map((epoch, fold) => run(64, 0.5, fold, 1, epoch)))[0]!.epochs;
  assert.deepEqual([epochs(3, 4), epochs(3, 3, 4), epochs(1, 2, 2), epochs(1)], [4, 3, 2, 1]);
});

test('a configuration is all of its parameters: whatever differs makes another one', () => {
  const one = run(64, 0.5, 0, 1);
  for (const [key, value] of Object.entries({
    seed: 43,
    batch_size: 32,
    filters: [1, 2, 4],
    model: 'unet',
    threads: 2,
  })) {
    const other = { ...one, configuration: { ...one.configuration, [key]: value } };
    assert.equal(rankConfigurations([one, other]).length, 2, key);
  }
});

test('the selection of another noise level is refused', () => {
  const [chosen] = rankConfigurations([run(64, 0.5, 0, 1)]);
  checkLevel(chosen!, { value: 0.5 }, 'selection.json');
  checkLevel({ ...chosen!, noise_name: '0.50' }, { value: 0.5 }, 'selection.json');
  for (const value of [0.3, 0.50001, -0.5])
    assert.throws(() => checkLevel(chosen!, { value }, 'selection.json'), {
      name: 'StageError',
      message: `selection.json is the selection for σ 0.5, not for ${value}`,
    });
});

/** Three configurations over three folds: 8 barely worse than 64; 4 by more than one standard error, and by less than one deviation. */
const close = [
  ...[0.02, 0.024, 0.028].map((loss, fold) => run(64, 0.5, fold, loss)),
  ...[0.021, 0.0235, 0.0285].map((loss, fold) => ({ ...run(8, 0.5, fold, loss), parameters: 5 })),
  ...[0.023, 0.027, 0.031].map((loss, fold) => ({ ...run(4, 0.5, fold, loss), parameters: 1 })),
];

test('what cannot be distinguished from the best is said, by paired differences over the folds', () => {
  const ranked = rankConfigurations(close);
  assert.deepEqual(
    ranked.map(({ name, chosen, difference }) => [name, chosen, difference.distinguished]),
    [
      ['64-0.5', true, false],
      ['8-0.5', false, false],
      ['4-0.5', false, true],
    ],
  );
  // scipy.stats.ttest_rel([.021, .0235, .0285], [.02, .024, .028]).confidence_interval(): -0.0015639, 0.0022306
  const { mean, half_width } = ranked[1]!.difference;
  assert.ok(Math.abs(mean - 0.00033333) < 1e-7 && Math.abs(half_width! - 0.0018972) < 1e-6, `${half_width}`);
  const [single] = rankConfigurations([run(64, 0.5, 0, 1)]);
  assert.deepEqual(single!.difference, { mean: 0, half_width: null, distinguished: false });
});

test('by the one-standard-error rule, the smallest model that is hardly worse is chosen', () => {
  // One standard error of the best is 0.00231.
  const ranked = rankConfigurations(close, 'one_standard_error');
  assert.deepEqual(
    ranked.map(({ name, rank, chosen }) => [name, rank, chosen]),
    [
      ['64-0.5', 1, false],
      ['8-0.5', 2, true],
      ['4-0.5', 3, false],
    ],
  );
  assert.equal(bestOverall(ranked).name, '8-0.5');
  // Of equally small ones the better one.
  const alike = close.map((one) => ({ ...one, parameters: 5 }));
  assert.equal(bestOverall(rankConfigurations(alike, 'one_standard_error')).name, '64-0.5');
  // One fold has no error: only what is as good is smaller.
  const folds = [0.02, 0.02, 0.021].map((loss, at) => ({ ...run(4 + at, 0.5, 0, loss), parameters: 5 - at }));
  assert.equal(bestOverall(rankConfigurations(folds, 'one_standard_error')).name, '5-0.5');
});

test('folds whose best epoch is the last one allowed are counted', () => {
  const ranked = rankConfigurations([run(64, 0.5, 0, 1, 5), run(64, 0.5, 1, 1, 4), run(64, 0.5, 2, 1, 5)]);
  assert.equal(ranked[0]!.unfinished_folds, 2);
  // Of as many as were allowed, not of those that it took.
  const stopped = { ...run(64, 0.5, 0, 1, 3), val_losses: [3, 2, 1] };
  assert.equal(rankConfigurations([stopped])[0]!.unfinished_folds, 0);
});

test('equal losses are ranked by name, numbers as numbers', () => {
  const ranked = rankConfigurations([run(128, 0.5, 0, 0.02), run(64, 0.5, 0, 0.02)]);
  assert.equal(ranked[0]!.name, '64-0.5');
  assert.ok(byName('9-a', '10-a') < 0);
});

test('a configuration that lacks a fold is no rival', () => {
  const both = [run(64, 0.5, 0, 1), run(64, 0.5, 1, 1)];
  for (const folds of [[0], [0, 2], [1, 2]])
    assert.throws(() => rankConfigurations([...both, ...folds.map((fold) => run(128, 0.5, fold, 1))]), {
      name: 'StageError',
      message: `configuration 128-0.5 has folds ${folds.join(', ')}, 64-0.5 has 0, 1`,
    });
});

test('training stops after so many epochs without a better one', () => {
  let best = better(NONE_YET, 1, 0.5);
  best = better(best, 2, 0.4);
  best = better(best, 3, 0.4);
  assert.deepEqual(best, { epoch: 2, loss: 0.4 });
  assert.equal(shouldStop(best, 3, 2), false);
  assert.equal(shouldStop(best, 4, 2), true);
  assert.deepEqual(better(best, 5, NaN), best);
  assert.equal(shouldStop({ epoch: 5, loss: 1 }, 5, 1), false);
  assert.equal(shouldStop({ epoch: 4, loss: 1 }, 5, 1), true);
});
