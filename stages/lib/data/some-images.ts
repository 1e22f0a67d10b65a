// How many of its images a training uses: the parameter `train_on`, for learning curves over the number of images.
import { StageError } from '../stage/fail.ts';
import type { Amount } from '../stage/flags.ts';
import { allIndices } from './images.ts';
import { random, shuffle } from './random.ts';

/**
 * The first ones in an order of all images of the data set that the seed decides. The images of a smaller number are so among those of a
 * larger one, and two folds share as many as they can: what differs between two points of a curve is the number.
 * @param training indices, ascending
 * @param total number of images of the data set
 * @returns ascending
 * @throws StageError where there are fewer
 */
export function someImages(training: Uint32Array, amount: Amount, seed: number, total: number): Uint32Array {
  if (amount === 'all') return training;
  if (amount > training.length)
    throw new StageError(`--train_on ${amount}: there are ${training.length} training images`);
  const order = allIndices(total);
  shuffle(order, random(seed, 'train_on'));
  const available = new Set(training);
  return order
    .filter((index) => available.has(index))
    .subarray(0, amount)
    .toSorted();
}
