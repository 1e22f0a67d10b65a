// Whether a GPU computes gradients as plain JavaScript does: one step of a small network of all operations. Some drivers compute wrong
// ones, and a model trained on them looks like a bad recipe.
import * as tf from '@tensorflow/tfjs-core';
import { assertNear } from '../gradient-check.ts';
import { pseudoRandom } from '../pseudo-random.ts';
import type { Gpu } from './gpu.ts';
import { normalisations, sizeOf, type Network } from './network.ts';
import { gradientsOf } from './reference.ts';

const IMAGES = 3;
/** 14 → 7 → 3: an odd row and column are left out. */
const SIZE = 14;
const LOSS = { error: 1, dissimilarity: 0.1 };

/** Makes a step of Adam subtract the gradient times the rate. */
const PLAIN_DESCENT = { beta1: 0, beta2: 1, epsilon: 1 };
/** Large: what is left of the start in a difference of 32 bits is small then. */
const RATE = 1024;

export const CHECKED: Network = {
  size: SIZE,
  limited: false,
  parameters: [
    { name: 'first convolution', shape: [3, 3, 1, 4] },
    { name: 'first scale', shape: [4] },
    { name: 'first shift', shape: [4] },
    { name: 'encoder', shape: [36, 8] },
    { name: 'encoder bias', shape: [8] },
    { name: 'decoder', shape: [8, 36] },
    { name: 'decoder bias', shape: [36] },
    { name: 'second convolution', shape: [3, 3, 8, 4] },
    { name: 'second scale', shape: [4] },
    { name: 'second shift', shape: [4] },
    { name: 'doubling', shape: [4, 16] },
    { name: 'doubling bias', shape: [4] },
    { name: 'transposed convolution', shape: [3, 3, 4, 4] },
    { name: 'third scale', shape: [4] },
    { name: 'third shift', shape: [4] },
    { name: 'last convolution', shape: [3, 3, 4, 1] },
    { name: 'last bias', shape: [1] },
  ],
  operations: [
    { kind: 'convolution', input: 0, weight: 'first convolution' },
    { kind: 'normalisation', input: 1, scale: 'first scale', shift: 'first shift', statistics: 'first' },
    { kind: 'halving', input: 2 },
    { kind: 'halving', input: 3 },
    { kind: 'linear', input: 4, weight: 'encoder', bias: 'encoder bias', shape: [1, 1, 8] },
    { kind: 'linear', input: 5, weight: 'decoder', bias: 'decoder bias', shape: [3, 3, 4] },
    { kind: 'concatenation', inputs: [6, 4] },
    { kind: 'convolution', input: 7, weight: 'second convolution' },
    { kind: 'normalisation', input: 8, scale: 'second scale', shift: 'second shift', statistics: 'second' },
    { kind: 'doubling', input: 9, weight: 'doubling', bias: 'doubling bias' },
    { kind: 'transposed convolution', input: 10, weight: 'transposed convolution' },
    { kind: 'normalisation', input: 11, scale: 'third scale', shift: 'third shift', statistics: 'third' },
    { kind: 'convolution', input: 12, weight: 'last convolution', bias: 'last bias' },
    { kind: 'sigmoid', input: 13 },
    { kind: 'enlargement', input: 14, size: SIZE },
  ],
};

/**
 * Leaves the plain JavaScript backend of TensorFlow.js, which has to be registered, the active one.
 * @throws BackendError where a gradient is wrong, or no number
 */
export async function assertGpuGradients(gpu: Gpu): Promise<void> {
  const start = {
    weights: new Map(CHECKED.parameters.map(({ name, shape }) => [name, pseudoRandom(sizeOf(shape), name)])),
    running: new Map(
      normalisations(CHECKED).map(({ name, channels }) => [
        name,
        { mean: new Float32Array(channels), variance: new Float32Array(channels).fill(1) },
      ]),
    ),
  };
  const [noisy, clean] = ['noisy', 'clean'].map((purpose) => pseudoRandom(IMAGES * SIZE ** 2, purpose)) as [
    Float32Array,
    Float32Array,
  ];
  await tf.setBackend('cpu');
  const expected = gradientsOf(CHECKED, start, noisy, clean, LOSS);
  const training = gpu.train(CHECKED, start, { noisy, clean }, { loss: LOSS, adam: PLAIN_DESCENT });
  try {
    await training.step(
      Array.from({ length: IMAGES }, (_, at) => at),
      { rate: RATE, correction: 1 },
    );
    const { weights } = await training.values();
    const actual = new Map(
      [...weights].map(([name, moved]) => [
        name,
        moved.map((value, at) => (start.weights.get(name)![at]! - value) / RATE),
      ]),
    );
    assertNear('webgpu', gpu.name, expected, actual);
  } finally {
    training.dispose();
  }
}
