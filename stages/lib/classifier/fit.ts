// Training of the classifier: cross-entropy, Adam, batches in a seeded order, a fixed number of epochs.
import * as tf from '@tensorflow/tfjs-core';
import { StageError } from '../fail.ts';
import { gather, PIXELS, SIZE } from '../images.ts';
import { random, shuffle } from '../random.ts';
import { scoped } from '../tensorflow/scope.ts';
import { adamStep, startAdam, type AdamState } from '../training/adam.ts';
import {
  CLASSES,
  firstValues,
  networkParameters,
  parameterSize,
  scores,
  type Channels,
  type Network,
  type NetworkParameter,
} from './network.ts';

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
 * @throws StageError where the loss stops being a number
 */
export async function fitClassifier(
  images: Float32Array,
  labels: Uint8Array,
  options: ClassifierOptions,
  onEpoch: (epoch: number, result: ClassifierEpoch) => void,
): Promise<Network> {
  const shapes = networkParameters(options.channels);
  let state = scoped(() =>
    kept(startAdam(tf.concat(shapes.map((shape) => tf.tensor1d(firstValues(shape, options.seed)))))),
  );
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
      const step = await trainStep(state, shapes, batch, options.learningRate);
      if (!Number.isFinite(step.loss))
        throw new StageError(
          `training of the classifier diverged in epoch ${epoch}; lower classifier.learning_rate`,
        );
      dispose(state);
      state = step.state;
      loss += step.loss * indices.length;
      right += step.right;
    }
    onEpoch(epoch, { loss: loss / order.length, accuracy: right / order.length });
  }
  const flat = Float32Array.from(await state.weights.data());
  const weights = new Map<string, Float32Array>();
  let from = 0;
  for (const shape of shapes) weights.set(shape.name, flat.slice(from, (from += parameterSize(shape))));
  dispose(state);
  return { channels: options.channels, weights };
}

/** The new state is the caller's to dispose, as the old one stays. */
async function trainStep(
  state: AdamState,
  shapes: readonly NetworkParameter[],
  { images, labels }: { readonly images: Float32Array; readonly labels: Uint8Array },
  learningRate: number,
): Promise<{ readonly state: AdamState; readonly loss: number; readonly right: number }> {
  const step = scoped(() => {
    const x = tf.tensor4d(images, [labels.length, SIZE, SIZE, 1]);
    const target = tf.oneHot(tf.tensor1d(Int32Array.from(labels), 'int32'), CLASSES);
    let best: tf.Tensor | undefined;
    const lossOf = (...weights: tf.Tensor[]): tf.Scalar => {
      const found = scores(new Map(shapes.map(({ name }, at) => [name, weights[at]!])), x);
      best = tf.keep(tf.argMax(found, 1));
      return tf.neg(tf.mean(tf.sum(tf.mul(tf.logSoftmax(found), target), 1)));
    };
    const { value, grads } = tf.valueAndGrads(lossOf)(unpack(shapes, state.weights));
    const gradient = tf.concat(grads.map((part) => tf.reshape(part, [part.size]))) as tf.Tensor1D;
    return { state: kept(adamStep(state, gradient, learningRate)), loss: tf.keep(value), best: best! };
  });
  const [loss, best] = [await step.loss.data(), await step.best.data()];
  tf.dispose([step.loss, step.best]);
  const right = labels.reduce((sum, label, at) => sum + (best[at] === label ? 1 : 0), 0);
  return { state: step.state, loss: loss[0]!, right };
}

function unpack(shapes: readonly NetworkParameter[], flat: tf.Tensor1D): tf.Tensor[] {
  let from = 0;
  return shapes.map((parameter) => {
    const size = parameterSize(parameter);
    from += size;
    return tf.reshape(tf.slice(flat, [from - size], [size]), [...parameter.shape]);
  });
}

function kept(state: AdamState): AdamState {
  for (const part of [state.weights, state.first, state.second]) tf.keep(part);
  return state;
}

function dispose(state: AdamState): void {
  tf.dispose([state.weights, state.first, state.second]);
}
