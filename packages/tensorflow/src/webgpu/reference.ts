// A network in training as TensorFlow.js' operations compute it on the active backend: what the kernels of a GPU are compared with.
import * as tf from '@tensorflow/tfjs-core';
import { activeLayers } from '../active-layers.ts';
import type { RunningStatistics } from '../batch-norm.ts';
import { squaredError } from '../squared-error.ts';
import { structuralSimilarity } from '../structural-similarity.ts';
import type { LossShares } from './kernels/losses.ts';
import type { ModelValues } from './model-state.ts';
import { shapesOf, type Network, type Operation } from './network.ts';

/** By the name of the parameter: gradients of the loss of a batch. */
export function gradientsOf(
  network: Network,
  { weights }: ModelValues,
  noisy: Float32Array,
  clean: Float32Array,
  { error, dissimilarity }: LossShares,
): ReadonlyMap<string, Float32Array> {
  const { size, parameters } = network;
  const shape: [number, number, number, number] = [noisy.length / size ** 2, size, size, 1];
  const gradients = tf.tidy(() => {
    const [images, expected] = [tf.tensor4d(noisy, shape), tf.tensor4d(clean, shape)];
    const loss = (...trained: tf.Tensor[]): tf.Scalar => {
      const named = new Map(parameters.map(({ name }, at) => [name, trained[at]!]));
      const output = compute(network, named, images);
      const similarity = structuralSimilarity(output, expected);
      return tf.add(
        tf.mul(squaredError(output, expected), error),
        tf.mul(tf.sub(1, similarity), dissimilarity),
      );
    };
    const start = parameters.map(({ name, shape }) => tf.tensor(weights.get(name)!, [...shape]));
    return tf
      .grads(loss)(start)
      .map((gradient) => Float32Array.from(gradient.dataSync()));
  });
  return new Map(parameters.map(({ name }, at) => [name, gradients[at]!]));
}

function compute(
  network: Network,
  parameters: ReadonlyMap<string, tf.Tensor>,
  images: tf.Tensor4D,
): tf.Tensor4D {
  const shapes = shapesOf(network);
  const count = images.shape[0];
  const values = [images];
  for (const operation of network.operations) values.push(apply(operation, values.length));
  return values.at(-1)!;

  function apply(operation: Operation, result: number): tf.Tensor4D {
    const { conv3x3, upConv3x3, upConv2x2, halve, product, resizeSquare } = activeLayers();
    const [x, other] = ('inputs' in operation ? operation.inputs : [operation.input]).map(
      (at) => values[at]!,
    );
    const of = (name: string): tf.Tensor => parameters.get(name)!;
    switch (operation.kind) {
      case 'convolution': {
        const y = conv3x3(x!, of(operation.weight) as tf.Tensor4D);
        return operation.bias === undefined ? y : tf.add(y, of(operation.bias));
      }
      case 'transposed convolution':
        return upConv3x3(x!, of(operation.weight) as tf.Tensor4D);
      case 'doubling':
        return tf.add(upConv2x2(x!, of(operation.weight) as tf.Tensor2D), of(operation.bias));
      case 'normalisation':
        return normalised(x!, of(operation.scale) as tf.Tensor1D, of(operation.shift) as tf.Tensor1D);
      case 'halving':
        return halve(x!);
      case 'linear': {
        const matrix = of(operation.weight) as tf.Tensor2D;
        const rows = tf.reshape(x!, [x!.size / matrix.shape[0], matrix.shape[0]]) as tf.Tensor2D;
        const y = tf.add(product(rows, matrix), of(operation.bias));
        return tf.reshape(y, [count, ...shapes[result]!]) as tf.Tensor4D;
      }
      case 'concatenation':
        return tf.concat([x!, other!], 3);
      case 'sigmoid':
        return tf.sigmoid(x!);
      case 'enlargement':
        return resizeSquare(x!, operation.size);
      case 'subtraction from the images':
        return tf.sub(images, x!);
    }
  }
}

function normalised(x: tf.Tensor4D, scale: tf.Tensor1D, shift: tf.Tensor1D): tf.Tensor4D {
  const channels = x.shape[3];
  const start: RunningStatistics = { mean: tf.zeros([channels]), variance: tf.ones([channels]) };
  const { y, running } = activeLayers().batchNormRelu(x, scale, shift, start);
  tf.dispose([running.mean, running.variance]);
  return y;
}
