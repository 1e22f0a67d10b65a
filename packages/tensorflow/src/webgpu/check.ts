// Whether a GPU computes gradients as plain JavaScript does: one step of small networks of all operations. Some drivers compute wrong
// ones, and a model trained on them looks like a bad recipe.
import { setImmediate } from 'node:timers/promises';
import * as tf from '@tensorflow/tfjs-core';
import { assertNear } from '../gradient-check.ts';
import { pseudoRandom } from '../pseudo-random.ts';
import type { Gpu } from './gpu.ts';
import type { ModelValues } from './model-state.ts';
import { normalisations, sizeOf, type Network, type NetworkParameter, type Operation } from './network.ts';
import { gradientsOf } from './reference.ts';

const IMAGES = 2;
/** 14 → 7 → 3: an odd row and column are left out. */
const SIZE = 14;
export const LOSS = { error: 1, dissimilarity: 0.1 };

/** Makes a step of Adam subtract the gradient times the rate. */
export const PLAIN_DESCENT = { beta1: 0, beta2: 1, epsilon: 1 };
/** Large: what is left of the start in a difference of 32 bits is small then. */
const RATE = 1024;

/** All operations. @param channels of each value, more where two are joined */
export const checkedNetwork = (channels: number): Network => ({
  size: SIZE,
  limited: false,
  parameters: [
    ...block('first', [3, 3, 1, channels]),
    { name: 'doubling', shape: [channels, 4 * channels] },
    { name: 'doubling bias', shape: [channels] },
    ...block('joined', [3, 3, 2 * channels, channels]),
    ...block('next', [3, 3, channels, channels]),
    { name: 'encoder', shape: [9 * channels, channels] },
    { name: 'encoder bias', shape: [channels] },
    { name: 'decoder', shape: [channels, 9 * channels] },
    { name: 'decoder bias', shape: [9 * channels] },
    ...block('bottom', [3, 3, 2 * channels, channels]),
    ...block('transposed', [3, 3, channels, channels]),
    { name: 'second doubling', shape: [channels, 4 * channels] },
    { name: 'second doubling bias', shape: [channels] },
    { name: 'last convolution', shape: [3, 3, channels, 1] },
    { name: 'last bias', shape: [1] },
  ],
  operations: [
    { kind: 'convolution', input: 0, weight: 'first' },
    normalisation('first', 1),
    { kind: 'halving', input: 2 },
    { kind: 'doubling', input: 3, weight: 'doubling', bias: 'doubling bias' },
    { kind: 'concatenation', inputs: [4, 2] },
    { kind: 'convolution', input: 5, weight: 'joined' },
    normalisation('joined', 6),
    { kind: 'convolution', input: 7, weight: 'next' },
    normalisation('next', 8),
    { kind: 'halving', input: 9 },
    { kind: 'halving', input: 10 },
    { kind: 'linear', input: 11, weight: 'encoder', bias: 'encoder bias', shape: [1, 1, channels] },
    { kind: 'linear', input: 12, weight: 'decoder', bias: 'decoder bias', shape: [3, 3, channels] },
    { kind: 'concatenation', inputs: [13, 11] },
    { kind: 'convolution', input: 14, weight: 'bottom' },
    normalisation('bottom', 15),
    { kind: 'transposed convolution', input: 16, weight: 'transposed' },
    normalisation('transposed', 17),
    { kind: 'doubling', input: 18, weight: 'second doubling', bias: 'second doubling bias' },
    { kind: 'convolution', input: 19, weight: 'last convolution', bias: 'last bias' },
    { kind: 'sigmoid', input: 20 },
    { kind: 'enlargement', input: 21, size: SIZE },
  ],
});

/** The parameters of a convolution and the normalisation after it. */
const block = (
  name: string,
  shape: readonly [number, number, number, number],
): readonly NetworkParameter[] => [
  { name, shape },
  { name: `${name} scale`, shape: [shape[3]] },
  { name: `${name} shift`, shape: [shape[3]] },
];

const normalisation = (name: string, input: number): Operation => ({
  kind: 'normalisation',
  input,
  scale: `${name} scale`,
  shift: `${name} shift`,
  statistics: name,
});

/** Of the layers that are computed by the plain kernels, and of those that are computed in tiles. */
export const NARROW = checkedNetwork(4);
export const WIDE = checkedNetwork(16);

/** What a network starts from, and the images of its step. */
export interface GradientCheck {
  readonly network: Network;
  readonly start: ModelValues;
  readonly images: { readonly noisy: Float32Array; readonly clean: Float32Array };
}

export function gradientCheck(network: Network): GradientCheck {
  const start = {
    weights: new Map(network.parameters.map(({ name, shape }) => [name, pseudoRandom(sizeOf(shape), name)])),
    running: new Map(
      normalisations(network).map(({ name, channels }) => [
        name,
        { mean: new Float32Array(channels), variance: new Float32Array(channels).fill(1) },
      ]),
    ),
  };
  const images = (purpose: string): Float32Array => pseudoRandom(IMAGES * SIZE ** 2, purpose);
  return { network, start, images: { noisy: images('noisy'), clean: images('clean') } };
}

/**
 * Leaves the plain JavaScript backend of TensorFlow.js, which has to be registered, the active one.
 * @throws BackendError where a gradient is wrong, or no number
 */
export async function assertGpuGradients(gpu: Gpu, check: GradientCheck): Promise<void> {
  const { network, start, images } = check;
  const training = gpu.train(network, start, images, { loss: LOSS, adam: PLAIN_DESCENT });
  try {
    const batch = Array.from({ length: IMAGES }, (_, at) => at);
    const [expected] = await Promise.all([
      expectedGradients(check),
      training.step(batch, { rate: RATE, correction: 1 }),
    ]);
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

async function expectedGradients({
  network,
  start,
  images: { noisy, clean },
}: GradientCheck): Promise<ReadonlyMap<string, Float32Array>> {
  // The GPU's driver compiles meanwhile: let that begin.
  await setImmediate();
  await tf.setBackend('cpu');
  return gradientsOf(network, start, noisy, clean, LOSS);
}
