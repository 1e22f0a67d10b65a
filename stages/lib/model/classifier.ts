// A small convolutional classifier of digits: its parameters, what it computes, how it reads images. It measures whether a denoised
// digit can still be read; training is in fit.ts, its file in network-file.ts.
import * as tf from '@tensorflow/tfjs-core';
import { PIXELS, SIZE } from '../data/images.ts';
import { random } from '../data/random.ts';
import { activeLayers } from '@pipe-engine/tensorflow/layers';

export const CLASSES = 10;

/** Height and width after two halvings (28 → 14 → 7). */
const INNER = 7;

/** Channels of the two convolutions. */
export type Channels = readonly [number, number];

export interface NetworkParameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly fanIn: number;
}

/** Values by parameter name, in TensorFlow.js' layouts. */
export interface Network {
  readonly channels: Channels;
  readonly weights: ReadonlyMap<string, Float32Array>;
}

/** Every parameter, in a fixed order. */
export function networkParameters([a, b]: Channels): readonly NetworkParameter[] {
  return [
    ...layer('conv1', [3, 3, 1, a], 9),
    ...layer('conv2', [3, 3, a, b], 9 * a),
    ...layer('dense', [INNER * INNER * b, CLASSES], INNER * INNER * b),
  ];
}

function layer(name: string, shape: readonly number[], fanIn: number): readonly NetworkParameter[] {
  return [
    { name: `${name}.weight`, shape, fanIn },
    { name: `${name}.bias`, shape: [shape.at(-1)!], fanIn },
  ];
}

export function parameterSize({ shape }: NetworkParameter): number {
  return shape.reduce((a, b) => a * b, 1);
}

/** First values, U(±1/√fan_in) as PyTorch's layers start; each parameter has a stream of its own. */
export function firstValues(parameter: NetworkParameter, seed: number): Float32Array {
  const source = random(seed, 'classifier', parameter.name);
  const bound = 1 / Math.sqrt(parameter.fanIn);
  return Float32Array.from({ length: parameterSize(parameter) }, () => (2 * source.uniform() - 1) * bound);
}

/**
 * @param weights by parameter name
 * @param x [n, 28, 28, 1]
 * @returns a score for each class, [n, 10]
 */
export function scores(weights: ReadonlyMap<string, tf.Tensor>, x: tf.Tensor4D): tf.Tensor2D {
  const { conv3x3, product } = activeLayers();
  const block = (name: string, x: tf.Tensor4D, first: boolean): tf.Tensor4D => {
    const sum = tf.add(
      conv3x3(x, weights.get(`${name}.weight`) as tf.Tensor4D, first),
      weights.get(`${name}.bias`)!,
    );
    return tf.maxPool(tf.relu(sum) as tf.Tensor4D, 2, 2, 'valid');
  };
  const features = block('conv2', block('conv1', x, true), false); // [n, 7, 7, b]
  const flat = tf.reshape(features, [features.shape[0], features.size / features.shape[0]]) as tf.Tensor2D;
  return tf.add(product(flat, weights.get('dense.weight') as tf.Tensor2D), weights.get('dense.bias')!);
}

/** Images per call of the backend: bounds its memory. */
const CHUNK = 500;

/**
 * Reads images on the active backend.
 * @param images [n × 784], values 0 … 1
 * @returns the class with the highest score for each; the lowest of equal ones
 */
export async function readDigits({ channels, weights }: Network, images: Float32Array): Promise<Uint8Array> {
  const digits = new Uint8Array(images.length / PIXELS);
  const tensors = new Map(
    networkParameters(channels).map(({ name, shape }) => [name, tf.tensor(weights.get(name)!, [...shape])]),
  );
  for (let from = 0; from < digits.length; from += CHUNK) {
    const count = Math.min(CHUNK, digits.length - from);
    const part = images.subarray(from * PIXELS, (from + count) * PIXELS);
    const found = tf.tidy(() => scores(tensors, tf.tensor4d(part, [count, SIZE, SIZE, 1])));
    const values = await found.data();
    found.dispose();
    for (let at = 0; at < count; at++) digits[from + at] = highest(values, at * CLASSES);
  }
  tf.dispose([...tensors.values()]);
  return digits;
}

function highest(values: ArrayLike<number>, start: number): number {
  let best = 0;
  for (let at = 1; at < CLASSES; at++) if (values[start + at]! > values[start + best]!) best = at;
  return best;
}

/** Share of the images that were read correctly. */
export function readingAccuracy(read: Uint8Array, labels: Uint8Array): number {
  let right = 0;
  for (let at = 0; at < read.length; at++) if (read[at] === labels[at]) right++;
  return right / read.length;
}
