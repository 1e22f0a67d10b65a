// Training of the classifier: cross-entropy, Adam, batches in a seeded order, a fixed number of epochs.
import * as tf from '@tensorflow/tfjs-core';
import { StageError } from '../stage/fail.ts';
import { gather, PIXELS, SIZE } from '../data/images.ts';
import { random, shuffle } from '../data/random.ts';
import { activeLayers, type Optimiser, scoped } from '@pipe-engine/tensorflow/layers';
import { adam } from './adam.ts';
import { checkWeights } from './diverged.ts';
import {
  CLASSES,
  firstValues,
  networkParameters,
  scores,
  type Channels,
  type Network,
  type NetworkParameter,
} from '../model/classifier.ts';

export interface ClassifierOptions {
  readonly channels: Channels;
  readonly seed: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly epochs: number;
}

export interface ClassifierEpoch {
  /** Mean cross-entropy per image, in nats. */
  readonly loss: number;
  /** Share of the images that were read correctly, each just before the step on it. */
  readonly accuracy: number;
}

/**
 * @param images [n × 784], values 0 … 1
 * @param labels the class of each, 0 … 9
 * @param onEpoch is called after each epoch, counted from 1
 * @throws StageError where the loss or a weight stops being a number
 */
export async function fitClassifier(
  images: Float32Array,
  labels: Uint8Array,
  options: ClassifierOptions,
  onEpoch: (epoch: number, result: ClassifierEpoch) => void,
): Promise<Network> {
  const shapes = networkParameters(options.channels);
  const optimiser = scoped(() =>
    activeLayers().optimiser(
      shapes.map((shape) => tf.tensor(firstValues(shape, options.seed), [...shape.shape])),
    ),
  );
  const update = adam(optimiser);
  const order = Uint32Array.from({ length: images.length / PIXELS }, (_, at) => at);
  for (let epoch = 1; epoch <= options.epochs; epoch++) {
    shuffle(order, random(options.seed, 'classifier', 'order', epoch));
    let [loss, right] = [0, 0];
    for (let from = 0; from < order.length; from += options.batchSize) {
      const indices = order.subarray(from, from + options.batchSize);
      const batch = {
        images: gather(images, indices),
        labels: Uint8Array.from(indices, (at) => labels[at]!),
      };
      const step = await trainStep(optimiser, shapes, batch, (gradients) =>
        update(gradients, options.learningRate),
      );
      if (!Number.isFinite(step.loss))
        throw new StageError(
          `training of the classifier diverged in epoch ${epoch}; lower classifier.learning_rate`,
        );
      loss += step.loss * indices.length;
      right += step.right;
    }
    onEpoch(epoch, { loss: loss / order.length, accuracy: right / order.length });
  }
  const weights = new Map<string, Float32Array>();
  for (const [at, { name }] of shapes.entries())
    weights.set(name, Float32Array.from(await optimiser.parameters()[at]!.data()));
  optimiser.dispose();
  checkWeights(weights, 'classifier.learning_rate');
  return { channels: options.channels, weights };
}

async function trainStep(
  optimiser: Optimiser,
  shapes: readonly NetworkParameter[],
  { images, labels }: { readonly images: Float32Array; readonly labels: Uint8Array },
  update: (gradients: readonly tf.Tensor[]) => void,
): Promise<{ readonly loss: number; readonly right: number }> {
  const step = scoped(() => {
    const x = tf.tensor4d(images, [labels.length, SIZE, SIZE, 1]);
    const target = tf.oneHot(tf.tensor1d(Int32Array.from(labels), 'int32'), CLASSES);
    let best: tf.Tensor | undefined;
    const lossOf = (...weights: tf.Tensor[]): tf.Scalar => {
      const found = scores(new Map(shapes.map(({ name }, at) => [name, weights[at]!])), x);
      best = tf.keep(tf.argMax(found, 1));
      return tf.neg(tf.mean(tf.sum(tf.mul(tf.logSoftmax(found), target), 1)));
    };
    const { value, grads } = tf.valueAndGrads(lossOf)([...optimiser.parameters()]);
    update(grads);
    return { loss: tf.keep(value), best: best! };
  });
  const [loss, best] = [await step.loss.data(), await step.best.data()];
  tf.dispose([step.loss, step.best]);
  const right = labels.reduce((sum, label, at) => sum + (best[at] === label ? 1 : 0), 0);
  return { loss: loss[0]!, right };
}
