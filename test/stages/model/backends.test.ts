// The computations on the WASM backend against TensorFlow.js' own plain JavaScript one, and against arithmetic by hand: values,
// gradients, and the course of a training, where a gradient check alone would miss weights that went stale.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { testInWhole } from '../../amount.ts';
import { blocks, parameters, type Architecture } from '../../../stages/lib/model/architecture.ts';
import { startValues } from '../../../stages/lib/model/parameters.ts';
import { forwardTraining } from '../../../stages/lib/model/forward.ts';
import type { Statistics } from '../../../stages/lib/model/loaded-model.ts';
import { denoise } from '../../../stages/lib/model/model.ts';
import { random } from '../../../stages/lib/data/random.ts';
import { useBackend } from '../../../stages/lib/stage/backend.ts';
import { resizeSquare, upConv3x3 } from '@pipe-engine/tensorflow/layers';
import { startTrainer } from '../../../stages/lib/training/trainer.ts';

const BACKENDS = ['cpu', 'wasm'] as const;
const small: Architecture = { model: 'cdae', filters: [2, 3, 4], latentDim: 5 };
const unet: Architecture = { model: 'unet', filters: [2, 3, 4] };

before(async () => {
  for (const backend of BACKENDS) await useBackend(backend, 1);
});

function uniform(count: number, purpose: string): Float32Array {
  const source = random(5, purpose);
  return Float32Array.from({ length: count }, () => source.uniform());
}

/** Largest difference, relative to the largest expected value. */
function difference(actual: Float32Array, expected: Float32Array): number {
  const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-30);
  return actual.reduce((most, value, at) => Math.max(most, Math.abs(value - expected[at]!)), 0) / scale;
}

/** Running statistics before the first batch. */
function freshStatistics(architecture: Architecture): Statistics {
  return new Map(
    blocks(architecture).map(({ name, cout }) => [
      name,
      { mean: tf.zeros([cout]), variance: tf.ones([cout]) },
    ]),
  );
}

async function on<T>(backend: string, compute: () => T | Promise<T>): Promise<T> {
  await tf.setBackend(backend);
  return compute();
}

test("transposed convolution is PyTorch's with padding 1 and output padding 1", async () => {
  const [n, size, cin, cout] = [2, 3, 2, 3];
  const x = uniform(n * size * size * cin, 'x');
  const kernel = uniform(9 * cin * cout, 'kernel');
  // By definition: every input pixel adds its kernel to the output, at twice its place less the padding.
  const expected = new Float32Array(n * 4 * size * size * cout);
  for (let image = 0; image < n; image++)
    for (let iy = 0; iy < size; iy++)
      for (let ix = 0; ix < size; ix++)
        for (let ky = 0; ky < 3; ky++)
          for (let kx = 0; kx < 3; kx++) {
            const [oy, ox] = [2 * iy - 1 + ky, 2 * ix - 1 + kx];
            if (oy < 0 || ox < 0 || oy >= 2 * size || ox >= 2 * size) continue;
            for (let i = 0; i < cin; i++)
              for (let o = 0; o < cout; o++)
                expected[((image * 2 * size + oy) * 2 * size + ox) * cout + o]! +=
                  x[((image * size + iy) * size + ix) * cin + i]! *
                  kernel[((ky * 3 + kx) * cin + i) * cout + o]!;
          }
  for (const backend of BACKENDS) {
    const actual = await on(backend, () =>
      tf.tidy(() =>
        upConv3x3(tf.tensor4d(x, [n, size, size, cin]), tf.tensor4d(kernel, [3, 3, cin, cout])).dataSync(),
      ),
    );
    assert.ok(difference(actual as Float32Array, expected) < 1e-6, backend);
  }
});

test("enlarging is PyTorch's bilinear interpolation at half-pixel centres", async () => {
  await tf.setBackend('wasm');
  // interpolate(torch.tensor([[0., 1.], [2., 3.]]), size=(4, 4), mode='bilinear', align_corners=False)
  const enlarged = tf.tidy(() => resizeSquare(tf.tensor4d([0, 1, 2, 3], [1, 2, 2, 1]), 4).dataSync());
  assert.deepEqual(
    [...enlarged],
    [0, 0.25, 0.75, 1, 0.5, 0.75, 1.25, 1.5, 1.5, 1.75, 2.25, 2.5, 2, 2.25, 2.75, 3],
  );
});

for (const architecture of [small, unet])
  test(`every gradient of the ${architecture.model} on WASM is that of the plain JavaScript backend`, async () => {
    const shapes = parameters(architecture);
    const [noisy, clean] = [uniform(3 * 784, 'noisy'), uniform(3 * 784, 'clean')];
    const gradients = (): Float32Array[] =>
      tf.tidy(() => {
        const weights = shapes.map((shape) => tf.tensor(startValues(shape, 42), [...shape.shape]));
        const target = tf.tensor4d(clean, [3, 28, 28, 1]);
        const loss = (...current: tf.Tensor[]): tf.Scalar => {
          const named = new Map(shapes.map(({ name }, at) => [name, current[at]!]));
          const { output } = forwardTraining(
            architecture,
            named,
            freshStatistics(architecture),
            tf.tensor4d(noisy, [3, 28, 28, 1]),
          );
          return tf.mean(tf.square(tf.sub(output, target)));
        };
        return tf
          .grads(loss as (...tensors: tf.Tensor[]) => tf.Tensor)(weights)
          .map((gradient) => gradient.dataSync().slice() as Float32Array);
      });
    const expected = await on('cpu', gradients);
    const actual = await on('wasm', gradients);
    for (const [at, { name }] of shapes.entries())
      assert.ok(
        difference(actual[at]!, expected[at]!) < 3e-4,
        `${name}: ${difference(actual[at]!, expected[at]!)}`,
      );
  });

test('the gradients on the plain JavaScript backend are the slopes of the loss', async () => {
  const shapes = parameters(small);
  const [noisy, clean] = [uniform(2 * 784, 'noisy'), uniform(2 * 784, 'clean')];
  await tf.setBackend('cpu');
  const values = shapes.map((shape) => startValues(shape, 42));
  const lossOf = (...current: tf.Tensor[]): tf.Scalar => {
    const named = new Map(shapes.map(({ name }, at) => [name, current[at]!]));
    const { output } = forwardTraining(
      small,
      named,
      freshStatistics(small),
      tf.tensor4d(noisy, [2, 28, 28, 1]),
    );
    return tf.mean(tf.square(tf.sub(output, tf.tensor4d(clean, [2, 28, 28, 1]))));
  };
  const tensors = (): tf.Tensor[] => shapes.map(({ shape }, at) => tf.tensor(values[at]!, [...shape]));
  const gradients = tf.tidy(() =>
    tf
      .grads(lossOf as (...tensors: tf.Tensor[]) => tf.Tensor)(tensors())
      .map((g) => g.dataSync().slice()),
  ) as unknown as Float32Array[];
  const loss = (): number => tf.tidy(() => lossOf(...tensors()).dataSync()[0]!);
  // A step along the gradient of one parameter changes the loss by the step times its squared length. Parameters behind the last
  // non-linearities are smooth enough to be checked so in 32 bits.
  for (const name of ['decoder.output.weight', 'decoder.output.bias', 'decoder.block3.norm.bias']) {
    const at = shapes.findIndex((shape) => shape.name === name);
    const gradient = gradients[at]!;
    const length = gradient.reduce((sum, value) => sum + value * value, 0);
    const step = 1e-4 / length;
    const start = values[at]!.slice();
    const moved = (by: number): number => {
      values[at]!.set(start.map((value, index) => value + by * gradient[index]!));
      return loss();
    };
    const slope = (moved(step) - moved(-step)) / (2 * step * length);
    values[at]!.set(start);
    assert.ok(Math.abs(slope - 1) < 0.02, `${name}: slope ${slope}`);
  }
});

for (const architecture of [small, unet])
  (architecture === small ? test : testInWhole)(
    `a training of the ${architecture.model} takes the same course on both backends, leaks nothing, and its model denoises alike`,
    async () => {
      const [noisy, clean] = [uniform(6 * 784, 'noisy'), uniform(6 * 784, 'clean')];
      const half = 3 * 784;
      const course = async (): Promise<{ losses: number[]; denoised: Float32Array; leaked: number }> => {
        const before = tf.memory().numTensors;
        const trainer = startTrainer(architecture, 42);
        const losses: number[] = [];
        for (let step = 0; step < 6; step++) {
          const from = (step % 2) * half;
          const batch = {
            noisy: noisy.subarray(from, from + half),
            clean: clean.subarray(from, from + half),
          };
          losses.push(await trainer.step(batch, 0.01));
        }
        const model = await trainer.snapshot();
        const denoised = await trainer.denoise(noisy, [5, 0]);
        trainer.dispose();
        assert.deepEqual(await denoise(model, noisy, [5, 0]), denoised, 'the copy is the model');
        return { losses, denoised, leaked: tf.memory().numTensors - before };
      };
      const expected = await on('cpu', course);
      const actual = await on('wasm', course);
      const [first, last] = [expected.losses[0] ?? 0, expected.losses.at(-1) ?? Infinity];
      assert.ok(last < 0.97 * first, 'it learns');
      for (const [step, loss] of expected.losses.entries())
        assert.ok(
          Math.abs(actual.losses[step]! - loss) < 1e-4 * loss,
          `step ${step}: ${actual.losses[step]} and ${loss}`,
        );
      assert.ok(difference(actual.denoised, expected.denoised) < 1e-3);
      assert.deepEqual([expected.leaked, actual.leaked], [0, 0]);
    },
  );

test('a training on WASM gives the same bits again', async () => {
  await tf.setBackend('wasm');
  const [noisy, clean] = [uniform(4 * 784, 'noisy'), uniform(4 * 784, 'clean')];
  const weights = async (): Promise<ReadonlyMap<string, Float32Array>> => {
    const trainer = startTrainer(small, 1);
    for (let step = 0; step < 5; step++) await trainer.step({ noisy, clean }, 0.01);
    const { weights } = await trainer.snapshot();
    trainer.dispose();
    return weights;
  };
  assert.deepEqual(await weights(), await weights());
});
