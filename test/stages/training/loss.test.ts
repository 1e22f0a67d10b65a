// What trainings minimise, against the measure that is defined in double precision, and the course of the learning rate.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { random } from '../../../stages/lib/data/random.ts';
import { meanSquaredError } from '../../../stages/lib/measure/metrics.ts';
import { meanSsim } from '../../../stages/lib/measure/ssim.ts';
import { LOSSES, type Loss } from '../../../stages/lib/measure/training-metrics.ts';
import { useBackend } from '../../../stages/lib/stage/backend.ts';
import { better } from '../../../stages/lib/training/early-stopping.ts';
import { scheduleOf } from '../../../stages/lib/training/learning-rate.ts';
import { lossOf } from '../../../stages/lib/training/loss.ts';

const BACKENDS = ['cpu', 'wasm'] as const;
const IMAGES = 3;

/** Strokes on black, and the same with noise: flat windows, where a variance is a small difference, and others. */
const source = random(7, 'loss');
const clean = Float32Array.from({ length: IMAGES * 784 }, (_, at) =>
  at % 28 > 10 && at % 28 < 14 ? 0.9 : 0,
);
const found = clean.map((value, at) => (at % 784 < 300 ? value : Math.abs(value - 0.4 * source.uniform())));

const EXPECTED: { readonly [loss in Loss]: (output: Float32Array) => number } = {
  mse: (output) => meanSquaredError(output, clean),
  ssim: (output) => 1 - meanSsim(output, clean, 28),
  mixed: (output) => meanSquaredError(output, clean) + 0.1 * (1 - meanSsim(output, clean, 28)),
};

before(async () => {
  for (const backend of BACKENDS) await useBackend(backend, 1);
});

for (const backend of BACKENDS)
  for (const loss of LOSSES)
    test(`${loss} on ${backend}: its value is that of the measures, its gradient their slope`, async () => {
      await tf.setBackend(backend);
      const tensors = tf.memory().numTensors;
      const { value, gradient, mse } = tf.tidy(() => {
        const [output, target] = [found, clean].map((images) => tf.tensor4d(images, [IMAGES, 28, 28, 1]));
        const compute = (x: tf.Tensor): tf.Scalar => lossOf(loss, x as tf.Tensor4D, target!).minimised;
        const { value, grad } = tf.valueAndGrad(compute)(output!);
        return {
          value: value.dataSync()[0]!,
          gradient: grad.dataSync().slice() as Float32Array,
          mse: lossOf(loss, output!, target!).mse.dataSync()[0]!,
        };
      });
      assert.equal(tf.memory().numTensors, tensors);
      assert.ok(Math.abs(mse - EXPECTED.mse(found)) < 1e-7);
      assert.ok(Math.abs(value - EXPECTED[loss](found)) < 1e-5, `${value}, not ${EXPECTED[loss](found)}`);
      const largest = gradient.reduce((most, slope) => Math.max(most, Math.abs(slope)), 0);
      for (const at of [0, 320, 409, 611, 784 + 14 * 28 + 12, 3 * 784 - 1]) {
        const slope = slopeAt(EXPECTED[loss], at);
        assert.ok(
          Math.abs(gradient[at]! - slope) < 0.01 * largest,
          `pixel ${at}: ${gradient[at]}, not ${slope}`,
        );
      }
    });

function slopeAt(measure: (output: Float32Array) => number, pixel: number): number {
  const [above, below] = [2 ** -11, -(2 ** -11)].map((by) => {
    const moved = found.slice();
    moved[pixel]! += by;
    return { at: moved[pixel]!, value: measure(moved) };
  });
  return (above!.value - below!.value) / (above!.at - below!.at);
}

test('the learning rate stays, or falls to zero along half a cosine', () => {
  const constant = scheduleOf('constant', 10);
  assert.deepEqual([0, 3.3, 10].map(constant), [1, 1, 1]);
  const cosine = scheduleOf('cosine', 10);
  assert.equal(cosine(0), 1);
  for (const [epochs, share] of [
    [2.5, 0.853553],
    [5, 0.5],
    [7.5, 0.146447],
    [10, 0],
  ] as const)
    assert.ok(Math.abs(cosine(epochs) - share) < 1e-6, `${epochs}: ${cosine(epochs)}`);
});

test('of epochs with equal losses the first is the best', () => {
  const best = { epoch: 2, loss: 0.25 };
  assert.equal(better(best, 3, 0.25), best);
  assert.deepEqual(better(best, 4, 0.125), { epoch: 4, loss: 0.125 });
});
