// The training loop: epochs in a seeded order, validation with early stopping, the best weights kept.
import { StageError } from '../stage/fail.ts';
import { allIndices, PIXELS } from '../data/images.ts';
import type { Architecture } from '../model/architecture.ts';
import type { Model } from '../model/model.ts';
import { random, shuffle } from '../data/random.ts';
import { checkWeights } from './diverged.ts';
import type { Schedule } from './learning-rate.ts';
import type { Loss } from '../measure/training-metrics.ts';
import { better, NONE_YET, shouldStop } from './early-stopping.ts';
import { startSetTrainer, type ImagePairs, type SetTrainer } from './set-trainer.ts';

export interface FitOptions {
  readonly architecture: Architecture;
  readonly seed: number;
  readonly batchSize: number;
  readonly learningRate: number;
  /** Constant by default. */
  readonly schedule?: Schedule;
  /** What is minimised (default: the mean squared error). */
  readonly loss?: Loss;
  /** At most. */
  readonly epochs: number;
  /** Is called after each step, with the epochs done before it, to a tenth. */
  readonly onStep?: (epochs: number) => void;
}

export interface ValidationEpoch {
  readonly trainLoss: number;
  readonly valMse: number;
  readonly valSsim: number;
}

export interface ValidatedFit {
  readonly epochs: readonly ValidationEpoch[];
  /** Counted from 1. */
  readonly bestEpoch: number;
  /** The model after that epoch. */
  readonly model: Model;
}

/**
 * Trains on some of the images and validates on others after each epoch. Stops when the validation loss has not fallen for
 * `patience` epochs.
 * @param onEpoch is called after each epoch, counted from 1
 * @throws StageError where the loss stops being a number
 */
export async function fitValidated(
  images: ImagePairs,
  sides: { readonly training: Uint32Array; readonly validation: Uint32Array },
  options: FitOptions & { readonly patience: number },
  onEpoch: (epoch: number, result: ValidationEpoch) => void,
): Promise<ValidatedFit> {
  const trainer = startSetTrainer(options.architecture, options.seed, images, {
    ...options,
    batches: batchSizes(sides.training.length, options.batchSize),
    validation: sides.validation.length,
  });
  const epochs: ValidationEpoch[] = [];
  let best = NONE_YET;
  let model = await trainer.snapshot();
  for (let epoch = 1; epoch <= options.epochs; epoch++) {
    const trainLoss = await trainEpoch(trainer, sides.training, options, epoch);
    const { mse: valMse, ssim: valSsim } = await trainer.validate(sides.validation);
    if (!Number.isFinite(valMse))
      throw new StageError(
        `training diverged: the validation loss is ${valMse} after epoch ${epoch}; lower learning_rate`,
      );
    const result = { trainLoss, valMse, valSsim };
    epochs.push(result);
    const next = better(best, epoch, valMse);
    if (next !== best) model = await trainer.snapshot();
    best = next;
    onEpoch(epoch, result);
    if (shouldStop(best, epoch, options.patience)) break;
  }
  trainer.dispose();
  return { epochs, bestEpoch: best.epoch, model };
}

/**
 * Trains on all images, or on those of `training`, for exactly `epochs` epochs.
 * @param onEpoch may denoise with the model as it is then
 * @returns the model after the last one
 * @throws StageError where the loss or a weight stops being a number
 */
export async function fitAll(
  images: ImagePairs,
  options: FitOptions & { readonly training?: Uint32Array },
  onEpoch: (epoch: number, trainLoss: number, trainer: Pick<SetTrainer, 'denoise'>) => void | Promise<void>,
): Promise<Model> {
  const { training = allIndices(images.clean.length / PIXELS) } = options;
  const batches = batchSizes(training.length, options.batchSize);
  const trainer = startSetTrainer(options.architecture, options.seed, images, { ...options, batches });
  for (let epoch = 1; epoch <= options.epochs; epoch++)
    await onEpoch(epoch, await trainEpoch(trainer, training, options, epoch), trainer);
  const model = await trainer.snapshot();
  trainer.dispose();
  checkWeights(model.weights, 'learning_rate');
  return model;
}

/** Of a pass over so many images: the last batch may be short. */
function batchSizes(images: number, batchSize: number): readonly number[] {
  const [whole, short] = [Math.floor(images / batchSize), images % batchSize];
  return [...(whole > 0 ? [batchSize] : []), ...(short > 0 ? [short] : [])];
}

/** One pass in the epoch's own order; the last batch may be short. @returns the mean loss per image */
async function trainEpoch(
  trainer: SetTrainer,
  training: Uint32Array,
  { seed, batchSize, learningRate, schedule, onStep }: FitOptions,
  epoch: number,
): Promise<number> {
  const order = training.slice();
  shuffle(order, random(seed, 'order', epoch));
  const steps = Math.ceil(order.length / batchSize);
  let [sum, known] = [0, 0];
  const count = (losses: readonly number[]): void => {
    for (const loss of losses) {
      const images = Math.min(batchSize, order.length - known++ * batchSize);
      if (!Number.isFinite(loss))
        throw new StageError(
          `training diverged: the loss is ${loss} in epoch ${epoch}, step ${known}; lower learning_rate`,
        );
      sum += loss * images;
    }
  };
  for (let from = 0; from < order.length; from += batchSize) {
    const indices = order.subarray(from, from + batchSize);
    const share = schedule?.(epoch - 1 + from / batchSize / steps) ?? 1;
    count(await trainer.step(indices, share * learningRate));
    onStep?.(Math.floor(10 * (epoch - 1 + from / order.length)) / 10);
  }
  count(await trainer.losses());
  return sum / order.length;
}
