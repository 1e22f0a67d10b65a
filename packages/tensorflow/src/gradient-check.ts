// Whether a backend computes gradients as plain JavaScript does: one step of a small network of all layers. Some drivers compute
// wrong ones, and a model trained on them looks like a bad recipe.
import * as tf from '@tensorflow/tfjs-core';
import { BackendError } from './backend-error.ts';
import { activeLayers } from './active-layers.ts';
import { pseudoRandom } from './pseudo-random.ts';

/** Largest difference that rounding explains, relative to the largest value of a gradient. */
const TOLERANCE = 1e-3;

const IMAGES = 3;
const SIZE = 8;
const TARGET = 20;

/** What the network is trained in: shapes by name. */
const SHAPES = {
  'first convolution': [3, 3, 1, 4],
  'first scale': [4],
  'first shift': [4],
  encoder: [64, 8],
  decoder: [8, 64],
  'transposed convolution': [3, 3, 4, 4],
  'second scale': [4],
  'second shift': [4],
  'small transposed convolution': [4, 16],
  'last convolution': [3, 3, 4, 1],
} as const;

/**
 * Computes on the plain JavaScript backend, then on that one, which stays the active one. Both have to be registered.
 * @param backend its name in TensorFlow.js' registries; @param device what it computes on
 * @throws BackendError where a gradient is wrong, or no number
 */
export async function assertGradients(backend: string, device: string): Promise<void> {
  await tf.setBackend('cpu');
  const expected = await gradients();
  await tf.setBackend(backend);
  const actual = await gradients();
  assertNear(backend, device, expected, actual);
}

/** @param expected,actual gradients by the name of what is trained @throws BackendError */
export function assertNear(
  backend: string,
  device: string,
  expected: ReadonlyMap<string, Float32Array>,
  actual: ReadonlyMap<string, Float32Array>,
): void {
  for (const [layer, right] of expected) {
    const found = actual.get(layer)!;
    const scale = right.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-30);
    const apart = right.reduce((most, value, at) => worse(most, Math.abs(found[at]! - value)), 0) / scale;
    if (apart <= TOLERANCE) continue;
    const how = Number.isNaN(apart) ? 'not a number' : `off by ${(100 * apart).toPrecision(2)} %`;
    throw new BackendError(
      `the ${backend} backend computes wrong gradients on ${device}: that of the ${layer} is ${how}\n` +
        '  a newer driver may help; on the processor: the wasm backend',
    );
  }
}

/** What is no number is worse than any. */
function worse(a: number, b: number): number {
  return Number.isNaN(a) || Number.isNaN(b) ? NaN : Math.max(a, b);
}

async function gradients(): Promise<ReadonlyMap<string, Float32Array>> {
  const names = Object.keys(SHAPES) as (keyof typeof SHAPES)[];
  const computed = tf.tidy(() => {
    const inputs = names.map((name) => numbers(SHAPES[name], name));
    return tf.grads(loss)(inputs);
  });
  const values = new Map<string, Float32Array>();
  for (const [at, name] of names.entries()) values.set(name, Float32Array.from(await computed[at]!.data()));
  tf.dispose(computed);
  return values;
}

function loss(...weights: tf.Tensor[]): tf.Scalar {
  const [first, scale1, shift1, encoder, decoder, up, scale2, shift2, up2, last] = weights;
  const { conv3x3, batchNormRelu, product, upConv3x3, upConv2x2, resizeSquare } = activeLayers();
  const normalise = (x: tf.Tensor4D, scale: tf.Tensor, shift: tf.Tensor): tf.Tensor4D => {
    const start = { mean: tf.zeros([4]) as tf.Tensor1D, variance: tf.ones([4]) as tf.Tensor1D };
    const { y, running } = batchNormRelu(x, scale as tf.Tensor1D, shift as tf.Tensor1D, start);
    tf.dispose([running.mean, running.variance]);
    return y;
  };
  let x = numbers([IMAGES, SIZE, SIZE, 1], 'images') as tf.Tensor4D;
  x = normalise(conv3x3(x, first as tf.Tensor4D, true), scale1!, shift1!);
  const inner = tf.reshape(tf.maxPool(x, 2, 2, 'valid'), [IMAGES, 64]) as tf.Tensor2D;
  const code = product(inner, encoder as tf.Tensor2D);
  x = tf.reshape(product(code, decoder as tf.Tensor2D), [IMAGES, SIZE / 2, SIZE / 2, 4]);
  x = normalise(upConv3x3(x, up as tf.Tensor4D), scale2!, shift2!);
  x = conv3x3(upConv2x2(x, up2 as tf.Tensor2D), last as tf.Tensor4D);
  const output = resizeSquare(tf.sigmoid(x), TARGET);
  return tf.mean(tf.square(tf.sub(output, numbers(output.shape, 'target'))));
}

/** The same on each backend. */
function numbers(shape: readonly number[], purpose: string): tf.Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  return tf.tensor(pseudoRandom(size, purpose), [...shape]);
}
