// The training loops against the same trainings in PyTorch, as recorded: what each epoch trains and validates on and in which order,
// when they stop, which weights they keep.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { gather } from '../../../stages/lib/data/images.ts';
import { meanSquaredError } from '../../../stages/lib/measure/metrics.ts';
import { denoise } from '../../../stages/lib/model/model.ts';
import { useBackend } from '../../../stages/lib/stage/backend.ts';
import { checkWeights } from '../../../stages/lib/training/diverged.ts';
import { fitClassifier, type ClassifierEpoch } from '../../../stages/lib/training/fit-classifier.ts';
import { scheduleOf } from '../../../stages/lib/training/learning-rate.ts';
import { fitAll, fitValidated, type ValidationEpoch } from '../../../stages/lib/training/fit.ts';
import { nearCourse, nearImages } from './near.ts';
import {
  classifier,
  clean,
  labels,
  modelNames,
  models,
  noisy,
  pairs,
  readRecorded,
  sampled,
  sides,
} from './tiny-courses.ts';

const recorded = readRecorded();

before(() => useBackend('wasm', 1));

for (const name of modelNames) {
  const given = models[name];
  const options = { ...given, schedule: scheduleOf(given.schedule, given.epochs) };
  const expected = recorded.models[name];

  test(`the ${name} trains on its side, validates on the other, stops early and keeps the best epoch's model`, async () => {
    const tensors = tf.memory().numTensors;
    const reported: (readonly [number, ValidationEpoch])[] = [];
    const progress: number[] = [];
    const fit = await fitValidated(
      pairs,
      sides,
      { ...options, onStep: (epochs) => progress.push(epochs) },
      (epoch, result) => reported.push([epoch, result]),
    );
    nearCourse(
      fit.epochs.map(({ trainLoss }) => trainLoss),
      expected.train_losses,
      'train loss',
    );
    nearCourse(
      fit.epochs.map(({ valMse }) => valMse),
      expected.val_mses,
      'validation MSE',
    );
    nearCourse(
      fit.epochs.map(({ valSsim }) => valSsim),
      expected.val_ssims,
      'validation SSIM',
    );
    assert.equal(fit.bestEpoch, expected.best_epoch);
    if (given.loss === 'mse')
      assert.ok(fit.epochs.length === fit.bestEpoch + options.patience && fit.epochs.length < options.epochs);
    const denoised = await denoise(fit.model, noisy, sides.validation);
    nearImages(sampled(denoised), expected.denoised);
    assert.equal(
      meanSquaredError(denoised, gather(clean, sides.validation)),
      fit.epochs[fit.bestEpoch - 1]!.valMse,
    );

    assert.deepEqual(
      reported,
      fit.epochs.map((result, at) => [at + 1, result]),
    );
    assert.deepEqual(progress.slice(0, 6), [0, 0.2, 0.5, 0.8, 1, 1.2]);
    assert.equal(tf.memory().numTensors, tensors, 'tensors left in the backend');
  });

  test(`the final ${name} trains on all images for its number of epochs`, async () => {
    const tensors = tf.memory().numTensors;
    const losses: number[] = [];
    const epochs = options.finalEpochs;
    const inBetween: Float32Array[] = [];
    const model = await fitAll(pairs, { ...options, epochs }, async (epoch, loss, trainer) => {
      assert.equal(losses.push(loss), epoch);
      inBetween.push(await trainer.denoise(noisy, sides.validation));
    });
    nearCourse(losses, expected.final_train_losses, 'train loss');
    nearImages(sampled(await denoise(model, noisy, [...labels.keys()])), expected.final_denoised);
    assert.deepEqual(await denoise(model, noisy, sides.validation), inBetween.at(-1));
    assert.notDeepEqual(inBetween[0], inBetween[1]);
    assert.equal(tf.memory().numTensors, tensors, 'tensors left in the backend');
  });
}

test('the classifier trains on the images in an order of each epoch', async () => {
  const tensors = tf.memory().numTensors;
  const epochs: ClassifierEpoch[] = [];
  const images = Float32Array.from(clean, (value) => value / 255);
  const { weights, channels } = await fitClassifier(images, labels, classifier, (epoch, result) =>
    assert.equal(epochs.push(result), epoch),
  );
  nearCourse(
    epochs.map(({ loss }) => loss),
    recorded.classifier.losses,
    'loss',
  );
  assert.deepEqual(
    epochs.map(({ accuracy }) => accuracy),
    recorded.classifier.accuracies,
  );
  assert.deepEqual(channels, classifier.channels);
  assert.deepEqual([...weights.keys()].toSorted(), Object.keys(recorded.classifier.sums).toSorted());
  const sums = [...weights].map(([name, values]) => [name, values.reduce((a, b) => a + b, 0)] as const);
  for (const [name, sum] of sums)
    assert.ok(Math.abs(sum - recorded.classifier.sums[name]!) < 0.01, `${name}: ${sum}`);
  assert.equal(tf.memory().numTensors, tensors, 'tensors left in the backend');
});

const { schedule: _, ...diverging } = models.cdae;

test('a loss that is no number ends the training with the epoch and the step', async () => {
  const learningRate = Infinity;
  await assert.rejects(
    fitValidated(pairs, sides, { ...diverging, learningRate }, () => {}),
    {
      name: 'StageError',
      message: 'training diverged: the loss is NaN in epoch 1, step 2; lower learning_rate',
    },
  );
  const images = Float32Array.from(clean, (value) => value / 255);
  await assert.rejects(
    fitClassifier(images, labels, { ...classifier, learningRate }, () => {}),
    {
      name: 'StageError',
      message: 'training of the classifier diverged in epoch 1; lower classifier.learning_rate',
    },
  );
});

test('a last step that leaves no numbers ends the training, too', async () => {
  const last = { learningRate: Infinity, batchSize: 21, epochs: 1 };
  await assert.rejects(
    fitValidated(pairs, sides, { ...diverging, ...last }, () => {}),
    {
      name: 'StageError',
      message: /^training diverged: the validation loss is NaN after epoch 1; lower learning_rate$/,
    },
  );
  await assert.rejects(
    fitAll(pairs, { ...diverging, architecture: models.unet.architecture, ...last }, () => {}),
    {
      name: 'StageError',
      message: /^training diverged: .* holds values that are no numbers; lower learning_rate$/,
    },
  );
  const images = Float32Array.from(clean, (value) => value / 255);
  await assert.rejects(
    fitClassifier(images, labels, { ...classifier, ...last }, () => {}),
    {
      name: 'StageError',
      message: /lower classifier\.learning_rate$/,
    },
  );
  // One value of one parameter is enough.
  const weights = (...values: readonly number[]) =>
    new Map([
      ['first', Float32Array.of(1, 2)],
      ['second', Float32Array.from(values)],
    ]);
  checkWeights(weights(0, -1e30), 'learning_rate');
  for (const value of [NaN, Infinity, -Infinity])
    assert.throws(() => checkWeights(weights(0, value), 'learning_rate'), {
      name: 'StageError',
      message: 'training diverged: second holds values that are no numbers; lower learning_rate',
    });
});
