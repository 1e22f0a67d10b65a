// The course of a training on the WASM backend's own kernels and on plain JavaScript: a check of gradients alone would miss weights
// that went stale.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { testInWhole } from '../../amount.ts';
import { difference, on } from '../../../packages/tensorflow/test/compare.ts';
import { random } from '../../../stages/lib/data/random.ts';
import type { Loss } from '../../../stages/lib/measure/training-metrics.ts';
import type { Architecture } from '../../../stages/lib/model/architecture.ts';
import { useBackend } from '../../../stages/lib/stage/backend.ts';
import { startTrainer } from '../../../stages/lib/training/trainer.ts';

/** Channels in fours: every layer runs on our kernels. The residual U-Net has all layers of the U-Net. */
const models: readonly (readonly [Architecture, Loss])[] = [
  [{ model: 'cdae', filters: [4, 8, 12], latentDim: 8 }, 'mse'],
  [{ model: 'residual_unet', filters: [4, 8, 12] }, 'mixed'],
];

before(async () => {
  for (const backend of ['cpu', 'wasm']) await useBackend(backend, 1);
});

interface Course {
  readonly losses: readonly number[];
  readonly weights: ReadonlyMap<string, Float32Array>;
  readonly leaked: number;
}

function images(count: number, purpose: string): Float32Array {
  const source = random(5, purpose);
  return Float32Array.from({ length: count * 784 }, () => Math.abs(2 * source.uniform() - 1));
}

/** Six steps on two batches in turns, the last short. */
async function course(architecture: Architecture, loss: Loss): Promise<Course> {
  const before = tf.memory().numTensors;
  const [noisy, clean] = ['noisy', 'clean'].map((purpose) => images(5, purpose));
  const trainer = startTrainer(architecture, 42, { loss });
  const losses: number[] = [];
  for (let step = 0; step < 6; step++) {
    const [from, to] = step % 2 === 0 ? [0, 3 * 784] : [3 * 784, 5 * 784];
    const batch = { noisy: noisy!.subarray(from, to), clean: clean!.subarray(from, to) };
    losses.push(await trainer.step(batch, loss === 'mse' ? 0.003 : 0.001));
  }
  const { weights } = await trainer.snapshot();
  trainer.dispose();
  return { losses, weights, leaked: tf.memory().numTensors - before };
}

for (const [architecture, minimised] of models) {
  const train = (): Promise<Course> => course(architecture, minimised);

  const testFurther = architecture.model === 'cdae' ? test : testInWhole;
  testFurther(
    `a training of the ${architecture.model} takes the same course as on plain JavaScript`,
    async () => {
      const expected = await on('cpu', train);
      const actual = await on('wasm', train);
      assert.ok(expected.losses.at(-1)! < 0.95 * expected.losses[0]!, 'it learns');
      for (const [step, loss] of expected.losses.entries())
        assert.ok(
          Math.abs(actual.losses[step]! - loss) < (minimised === 'mse' ? 2e-5 : 2e-4) * loss,
          `step ${step}: ${actual.losses[step]} and ${loss}`,
        );
      for (const [name, weights] of expected.weights) {
        const apart = difference(actual.weights.get(name)!, weights);
        assert.ok(apart < 0.02, `${name}: ${apart}`);
      }
      assert.deepEqual([expected.leaked, actual.leaked], [0, 0]);
    },
  );

  testFurther(`a training of the ${architecture.model} gives the same bits again`, async () => {
    assert.deepEqual(await on('wasm', train), await on('wasm', train));
  });
}
