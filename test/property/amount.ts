// How many cases a property gets. `npm test` tries the same few each time; `npm run test:real` tries new ones, and more. A failure
// prints the seed: PIPE_PROPERTY_SEED repeats it, and PIPE_PROPERTY_RUNS sets the number.
import type { Parameters } from 'fast-check';
import { isWhole } from '../amount.ts';

const { PIPE_PROPERTY_RUNS, PIPE_PROPERTY_SEED } = process.env;

export function amount<T>(sample: number, whole: number): Parameters<T> {
  const seed = PIPE_PROPERTY_SEED ?? (isWhole ? undefined : 1);
  return {
    numRuns: Number(PIPE_PROPERTY_RUNS ?? (isWhole ? whole : sample)),
    ...(seed !== undefined && { seed: Number(seed) }),
    // Each case takes long: the first one that fails is reported as it is.
    endOnFailure: true,
  };
}
