// The shares of the digits that were read correctly, of all images or of some.
import { readingAccuracy } from '../model/classifier.ts';
import { RIVAL_METHODS } from '../rivals/rivals.ts';
import { deviation, mean } from './spread.ts';
import type { ReadingAccuracy } from './test-metrics.ts';

interface Shares {
  readonly accuracy: ReadingAccuracy;
  /** Over the models. */
  readonly deviation: number;
}

/**
 * @param read a digit for each image, by the kind of images
 * @param models the kinds that models denoised
 * @param members the images that count
 */
export function readingShares(
  read: ReadonlyMap<string, Uint8Array>,
  models: readonly string[],
  labels: Uint8Array,
  members: ArrayLike<number>,
): Shares {
  const of = (values: Uint8Array): Uint8Array => Uint8Array.from(members, (image) => values[image]!);
  const shareOf = (kind: string): number => readingAccuracy(of(read.get(kind)!), of(labels));
  const ofModels = models.map(shareOf);
  const shares = ['clean', ...RIVAL_METHODS].map((kind) => [kind, shareOf(kind)] as const);
  return {
    accuracy: { ...Object.fromEntries(shares), model: mean(ofModels) } as ReadingAccuracy,
    deviation: deviation(ofModels),
  };
}
