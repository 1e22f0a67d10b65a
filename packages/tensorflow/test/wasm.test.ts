// The WASM backend's own kernels against TensorFlow.js' plain JavaScript: values and gradients of each, at sizes that fill tiles and
// groups, and at such that do not.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { useBackend } from '../src/backend.ts';
import { activeLayers } from '../src/active-layers.ts';
import { pseudoRandom } from '../src/pseudo-random.ts';
import { compare, difference, on, type Layer } from './compare.ts';

const BOTH = ['cpu', 'wasm'] as const;

before(async () => {
  for (const backend of BOTH) await useBackend(backend);
});

/** [images, height, width, channels in, channels out] */
const CONVOLUTIONS: readonly (readonly [number, number, number, number, number])[] = [
  [1, 1, 1, 4, 4],
  [2, 5, 3, 4, 8],
  [3, 7, 7, 8, 12],
  [2, 6, 4, 12, 4],
  [6, 14, 14, 32, 12],
];

for (const [n, h, w, cin, cout] of CONVOLUTIONS) {
  test(`convolution of ${n} images ${h} × ${w}, channels ${cin} → ${cout}`, async () => {
    const layer: Layer = (x, kernel) => activeLayers().conv3x3(x as tf.Tensor4D, kernel as tf.Tensor4D);
    await compare(
      BOTH,
      layer,
      [
        [n, h, w, cin],
        [3, 3, cin, cout],
      ],
      1e-5,
    );
  });

  test(`transposed convolution of ${n} images ${h} × ${w}, channels ${cin} → ${cout}`, async () => {
    const layer: Layer = (x, kernel) => activeLayers().upConv3x3(x as tf.Tensor4D, kernel as tf.Tensor4D);
    await compare(
      BOTH,
      layer,
      [
        [n, h, w, cin],
        [3, 3, cin, cout],
      ],
      1e-5,
    );
  });
}

for (const [n, h, w, cin, cout] of CONVOLUTIONS)
  test(`small transposed convolution of ${n} images ${h} × ${w}, channels ${cin} → ${cout}`, async () => {
    const layer: Layer = (x, kernel) => activeLayers().upConv2x2(x as tf.Tensor4D, kernel as tf.Tensor2D);
    const shapes = [
      [n, h, w, cin],
      [cin, 4 * cout],
    ];
    await compare(BOTH, layer, shapes, 1e-5);
  });

for (const [cin, cout] of [
  [1, 8],
  [1, 4],
  [8, 1],
  [36, 1],
] as const) {
  test(`convolution with one channel, ${cin} → ${cout}`, async () => {
    const layer: Layer = (x, kernel) => activeLayers().conv3x3(x as tf.Tensor4D, kernel as tf.Tensor4D);
    await compare(
      BOTH,
      layer,
      [
        [7, 11, 9, cin],
        [3, 3, cin, cout],
      ],
      1e-5,
    );
  });
}

test('the first layer leaves its input without a gradient', async () => {
  await tf.setBackend('wasm');
  const [x, kernel] = [tf.ones([1, 4, 4, 1]) as tf.Tensor4D, tf.ones([3, 3, 1, 4]) as tf.Tensor4D];
  const [dx] = tf.grads((x: tf.Tensor, kernel: tf.Tensor) =>
    tf.sum(activeLayers().conv3x3(x as tf.Tensor4D, kernel as tf.Tensor4D, true)),
  )([x, kernel]);
  assert.deepEqual(
    [...dx!.dataSync()],
    Array.from({ length: 16 }, () => 0),
  );
  tf.dispose([x, kernel, dx!]);
});

for (const [n, size, channels] of [
  [2, 2, 4],
  [3, 5, 12],
  [8, 7, 32],
] as const) {
  test(`normalisation of ${n} images ${size} × ${size}, ${channels} channels`, async () => {
    let running: Float32Array[] = [];
    const layer: Layer = (x, scale, shift) => {
      const start = {
        mean: tf.mul(tf.ones([channels]), 0.5) as tf.Tensor1D,
        variance: tf.ones([channels]) as tf.Tensor1D,
      };
      const normalised = activeLayers().batchNormRelu(
        tf.add(tf.mul(x as tf.Tensor4D, 3), 2),
        scale as tf.Tensor1D,
        shift as tf.Tensor1D,
        start,
      );
      const { mean, variance } = normalised.running;
      running = [mean, variance].map((tensor) => Float32Array.from(tensor.dataSync()));
      tf.dispose([mean, variance]);
      return normalised.y;
    };
    const shapes = [[n, size, size, channels], [channels], [channels]];
    await compare(BOTH, layer, shapes, 2e-4);
    const after = running;
    await on('cpu', () => tf.tidy(() => layer(...shapes.map((shape, at) => inputOf(shape, at)))));
    for (const [at, values] of after.entries()) assert.ok(difference(values, running[at]!) < 1e-5);
  });
}

function inputOf(shape: readonly number[], at: number): tf.Tensor {
  return tf.tensor(
    pseudoRandom(
      shape.reduce((a, b) => a * b, 1),
      `input ${at}`,
    ),
    [...shape],
  );
}

test('means of large values with little spread keep their digits', async () => {
  await tf.setBackend('wasm');
  const noise = pseudoRandom(6 * 400 * 4, 'noise');
  const x = tf.tensor4d(
    noise.map((value) => 1000 + value),
    [6, 20, 20, 4],
  );
  const [scale, shift] = [tf.ones([4]) as tf.Tensor1D, tf.zeros([4]) as tf.Tensor1D];
  const start = { mean: shift, variance: scale };
  const { y, running } = activeLayers().batchNormRelu(x, scale, shift, start);
  // Uniform in ±1: the variance is a third. Running statistics take a tenth of it.
  for (const variance of running.variance.dataSync()) assert.ok(Math.abs(variance - 0.9 - 0.1 / 3) < 2e-3);
  tf.dispose([x, scale, shift, y, running.mean, running.variance]);
});

test('normalisation with fixed statistics', async () => {
  const layer: Layer = (x, scale, shift, mean) =>
    activeLayers().normaliseRelu(x as tf.Tensor4D, scale as tf.Tensor1D, shift as tf.Tensor1D, {
      mean: mean as tf.Tensor1D,
      variance: tf.add(tf.square(mean as tf.Tensor1D), 0.1),
    });
  const compute = () =>
    tf.tidy(() =>
      Float32Array.from(
        layer(...[[3, 4, 4, 8], [8], [8], [8]].map((shape, at) => inputOf(shape, at))).dataSync(),
      ),
    );
  assert.ok(difference(await on('wasm', compute), await on('cpu', compute)) < 1e-6);
});

for (const [n, depth, width] of [
  [1, 4, 4],
  [6, 8, 12],
  [13, 36, 20],
] as const) {
  test(`product of [${n}, ${depth}] and [${depth}, ${width}]`, async () => {
    const layer: Layer = (a, b) => activeLayers().product(a as tf.Tensor2D, b as tf.Tensor2D);
    await compare(
      BOTH,
      layer,
      [
        [n, depth],
        [depth, width],
      ],
      1e-5,
    );
  });
}

for (const [n, size, channels] of [
  [2, 4, 4],
  [3, 7, 8],
  [2, 5, 3],
] as const) {
  test(`pooling ${n} images ${size} × ${size}, ${channels} channels`, async () => {
    const layer: Layer = (x) => tf.maxPool(x as tf.Tensor4D, 2, 2, 'valid');
    await compare(BOTH, layer, [[n, size, size, channels]], 1e-6);
  });
}

for (const axis of [0, 1, -1])
  test(`joining along axis ${axis}, and taking apart`, async () => {
    const shapes = [[3, 4, 5], axis === 0 ? [2, 4, 5] : axis === 1 ? [3, 6, 5] : [3, 4, 8]];
    // Squares, so that the gradient is another one for each value.
    const layer: Layer = (a, b) => tf.square(tf.concat([a, b], axis));
    await compare(BOTH, layer, shapes, 1e-6);
    const parts: Layer = (x) => {
      const [first, second] = tf.split(x, [1, 3], 1);
      return tf.concat([tf.square(second!), first!], 1);
    };
    await compare(BOTH, parts, [[3, 4, 5]], 1e-6);
  });

test('of equal pixels the first gets the gradient of the pool', async () => {
  await tf.setBackend('wasm');
  const x = tf.tensor4d(
    [1, 1, 1, 1].flatMap((value) => [value, value, value, value]),
    [1, 2, 2, 4],
  );
  const gradient = tf.grad((x: tf.Tensor) => tf.sum(tf.maxPool(x as tf.Tensor4D, 2, 2, 'valid')))(x);
  assert.deepEqual([...gradient.dataSync()], [1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  // Channels that do not come in fours: all equal, the last three, the last two.
  const three = tf.tensor4d([1, 0, 0, 1, 1, 0, 1, 1, 1, 1, 1, 1], [1, 2, 2, 3]);
  const own = tf.grad((x: tf.Tensor) => tf.sum(tf.maxPool(x as tf.Tensor4D, 2, 2, 'valid')))(three);
  assert.deepEqual([...own.dataSync()], [1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0]);
  tf.dispose([x, gradient, three, own]);
});

test('copies and parts of tensors do not share what is written later', async () => {
  await tf.setBackend('wasm');
  const vector = tf.tensor1d([0, 1, 2, 3, 4, 5]);
  const [copy, part, rest] = [vector.clone(), tf.slice(vector, [2], [3]), tf.slice(vector, 4)];
  assert.deepEqual([...part.dataSync()], [2, 3, 4]);
  assert.deepEqual([...rest.dataSync()], [4, 5]);
  vector.dispose();
  const other = tf.tensor1d([9, 9, 9, 9, 9, 9]);
  assert.deepEqual([...copy.dataSync()], [0, 1, 2, 3, 4, 5]);
  tf.dispose([copy, part, rest, other]);
});
