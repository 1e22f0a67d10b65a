// The noise, the trainings, the selection among them, and the final models.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { readFold, splitsCsv, stratifiedFolds } from '../../../stages/lib/data/cv-splits.ts';
import { allIndices, gather } from '../../../stages/lib/data/images.ts';
import { someImages } from '../../../stages/lib/data/some-images.ts';
import { readNpy } from '../../../stages/lib/data/npy.ts';
import { meanSquaredError } from '../../../stages/lib/measure/metrics.ts';
import type { Ranked } from '../../../stages/lib/measure/selection.ts';
import type { TrainingMetrics } from '../../../stages/lib/measure/training-metrics.ts';
import { readModel } from '../../../stages/lib/model/model-file.ts';
import { denoise } from '../../../stages/lib/model/model.ts';
import { scheduleOf } from '../../../stages/lib/training/learning-rate.ts';
import { fitAll, fitValidated } from '../../../stages/lib/training/fit.ts';
import type { Timings } from '../../../stages/lib/training/timings.ts';
import {
  backend,
  finalModel,
  finalModels,
  FOLDS,
  inRoot,
  json,
  LEVEL,
  printed,
  RATES,
  testNoisy,
  train,
  TRAIN_ON,
  trainNoisy,
} from '../tiny-chain.ts';

test('the noise of the test images has the seed after that of the training images', () => {
  assert.deepEqual(readNpy(inRoot('noisy/train_noise0.4.npy')), { shape: [40, 28, 28], values: trainNoisy });
  assert.deepEqual(readNpy(inRoot('noisy/test_noise0.4.npy')), { shape: [20, 28, 28], values: testNoisy });
});

test('the folds are those of the seed', () => {
  const folds = stratifiedFolds(train.labels, 2, 9);
  assert.equal(readFileSync(inRoot('splits.csv'), 'utf8'), splitsCsv(train.labels, folds, 2));
});

/** Of the folds and of the final models. */
const recipe = { schedule: scheduleOf('cosine', 5), loss: 'mixed' } as const;

for (const rate of RATES)
  for (const fold of FOLDS)
    test(`training of rate ${rate} on fold ${fold}: its metrics are those of the loop, its model that of the best epoch`, async () => {
      const whole = readFold(inRoot('splits.csv'), fold, 40);
      const sides = { ...whole, training: someImages(whole.training, TRAIN_ON, 5, 40) };
      const architecture = { model: 'cdae', filters: [2, 3, 4], latentDim: 6 } as const;
      const options = {
        architecture,
        ...recipe,
        seed: 5,
        batchSize: 12,
        learningRate: rate,
        epochs: 5,
        patience: 2,
      };
      const { epochs, bestEpoch } = await fitValidated(
        { noisy: trainNoisy, clean: train.clean },
        sides,
        options,
        () => {},
      );
      const losses = epochs.map(({ valMse }) => valMse);
      const metrics = json(`train/${rate}/fold_${fold}_training_metrics.json`) as TrainingMetrics;
      assert.deepEqual(metrics, {
        fold,
        configuration: {
          model: 'cdae',
          noise_level: LEVEL,
          latent_dim: 6,
          filters: [2, 3, 4],
          learning_rate: rate,
          learning_rate_schedule: 'cosine',
          loss: 'mixed',
          train_on: TRAIN_ON,
          batch_size: 12,
          epochs: 5,
          early_stopping_patience: 2,
          seed: 5,
          noise_seed: 11,
          ...backend,
        },
        noise_name: '0.4',
        parameters: metrics.parameters,
        training_images: TRAIN_ON,
        validation_images: 20,
        train_losses: epochs.map(({ trainLoss }) => trainLoss),
        val_losses: losses,
        val_mses: losses,
        val_ssims: epochs.map(({ valSsim }) => valSsim),
        best_epoch: bestEpoch,
        best_val_loss: Math.min(...losses),
      });
      const [loss, ssim] = [metrics.best_val_loss.toFixed(5), epochs[bestEpoch - 1]!.valSsim.toFixed(4)];
      assert.match(
        printed.get(`${rate}/${fold}`)!,
        new RegExp(`^best epoch ${bestEpoch}: validation loss ${loss}, SSIM ${ssim}$`, 'm'),
      );
      const model = readModel(inRoot(`train/${rate}/model_fold_${fold}.safetensors`));
      const denoised = await denoise(model, trainNoisy, sides.validation);
      assert.equal(meanSquaredError(denoised, gather(train.clean, sides.validation)), metrics.best_val_loss);

      const times = json(`timings/train/${rate}-${fold}.json`) as Timings;
      assert.equal(times.epoch_ends.length, epochs.length);
      assert.equal(times.ended, times.epoch_ends.at(-1));
      assert.ok(times.epoch_ends[0]! >= times.started);
      assert.ok(Math.abs(times.seconds - (times.ended - times.started) / 1000) < 0.002);
      const seconds = times.seconds_per_epoch.reduce((a, b) => a + b, 0);
      assert.equal(times.images_per_second, Math.round((TRAIN_ON * epochs.length) / seconds));
      assert.equal(existsSync(inRoot(`live/${rate}-${fold}.jsonl`)), false);
    });

test('the trainings stop at different epochs, so that mistakes about them show', () => {
  const bests = FOLDS.map(
    (fold) => (json(`train/0.15/fold_${fold}_training_metrics.json`) as TrainingMetrics).best_epoch,
  );
  assert.deepEqual(bests, [5, 2]);
});

test('the selection has the lowest mean validation loss, and the rounded mean of the best epochs', () => {
  const means = RATES.map((rate) => {
    const [one, other] = FOLDS.map(
      (fold) => json(`train/${rate}/fold_${fold}_training_metrics.json`) as TrainingMetrics,
    );
    return {
      rate,
      loss: (one!.best_val_loss + other!.best_val_loss) / 2,
      epochs: Math.round((one!.best_epoch + other!.best_epoch) / 2),
    };
  });
  const best = means.toSorted((a, b) => a.loss - b.loss)[0]!;
  for (const file of ['selection_noise0.4', 'selection_overall']) {
    const chosen = json(`select/${file}.json`) as Ranked;
    assert.deepEqual(
      [chosen.name, chosen.rank, chosen.mean_val_loss, chosen.epochs],
      [String(best.rate), 1, best.loss, best.epochs],
    );
  }
  const ranked = json('select/configurations.json') as readonly Ranked[];
  const alike = ranked.filter(({ rank, difference }) => rank > 1 && !difference.distinguished).length;
  const doubt = alike === 0 ? '' : `; ${alike} other configurations cannot be distinguished from the best`;
  const chosen = `${best.rate}, validation loss ${best.loss.toFixed(5)} ± [\\d.]+, ${best.epochs} epochs`;
  assert.match(
    printed.get('select')!,
    new RegExp(`^σ 0\\.4: ${chosen}${doubt}(?:; training was not .*)?\\noverall: ${chosen}$`, 'm'),
  );
});

test('the final models are trained on as many images as the selection says, each from its own seed', async () => {
  const { configuration, epochs } = json('select/selection_noise0.4.json') as Ranked;
  const trained = [];
  for (const seed of [5, 6]) {
    const losses: number[] = [];
    const model = await fitAll(
      { noisy: trainNoisy, clean: train.clean },
      {
        architecture: { model: 'cdae', filters: [2, 3, 4], latentDim: 6 },
        ...recipe,
        training: someImages(allIndices(40), TRAIN_ON, seed, 40),
        seed,
        batchSize: 12,
        learningRate: configuration.learning_rate,
        epochs,
      },
      (_, loss) => void losses.push(loss),
    );
    assert.deepEqual(
      readModel(inRoot(`${finalModels}/model_seed_${seed}.safetensors`)).weights,
      model.weights,
    );
    trained.push({ seed, train_losses: losses });
  }
  assert.notDeepEqual(trained[0]!.train_losses, trained[1]!.train_losses);
  assert.deepEqual(
    readFileSync(inRoot(finalModel)),
    readFileSync(inRoot(`${finalModels}/model_seed_5.safetensors`)),
  );
  assert.deepEqual(json('retrain/noise0.4/final_training_metrics.json'), {
    configuration: { ...configuration, epochs, ...backend },
    name: String(configuration.learning_rate),
    training_images: TRAIN_ON,
    // 14 images in batches of 12.
    optimiser_steps: 2 * epochs,
    train_losses: trained[0]!.train_losses,
    seeds: trained,
  });
  const times = json('timings/retrain/noise0.4.json') as Timings;
  assert.equal(times.epoch_ends.length, epochs, 'of the first model alone');
  assert.deepEqual(readFileSync(inRoot('best.safetensors')), readFileSync(inRoot(finalModel)));
  assert.deepEqual(
    readFileSync(inRoot('best/model.json')),
    readFileSync(inRoot('retrain/noise0.4/model_final/model.json')),
  );
});
