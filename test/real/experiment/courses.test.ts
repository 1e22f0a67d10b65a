// The tiny trainings in PyTorch take the course that is recorded, which the training loops are held against in every run of the tests.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { useBackend } from '../../../stages/lib/stage/backend.ts';
import { nearCourse, nearImages } from '../../stages/training/near.ts';
import { modelNames, readRecorded } from '../../stages/training/tiny-courses.ts';
import { torchCourses } from './torch-courses.ts';

test('the recorded courses are those of PyTorch', async () => {
  await useBackend('wasm', 1);
  const [recorded, now] = [readRecorded(), await torchCourses()];
  for (const name of modelNames) {
    const [expected, actual] = [recorded.models[name], now.models[name]];
    for (const key of ['train_losses', 'val_mses', 'val_ssims', 'final_train_losses'] as const)
      nearCourse(actual[key], expected[key], `${name}: ${key}`);
    assert.equal(actual.best_epoch, expected.best_epoch);
    nearImages(actual.denoised, expected.denoised);
    nearImages(actual.final_denoised, expected.final_denoised);
  }
  nearCourse(now.classifier.losses, recorded.classifier.losses, 'loss of the classifier');
  assert.deepEqual(now.classifier.accuracies, recorded.classifier.accuracies);
});
