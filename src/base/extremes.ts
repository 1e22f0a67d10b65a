// Extremes of lists of any length: as arguments of Math.max, some 100,000 values overflow the stack.

/** -Infinity where there is none, as Math.max(). */
export const largest = (values: readonly number[]): number =>
  values.reduce((most, value) => Math.max(most, value), -Infinity);

/** Infinity where there is none, as Math.min(). */
export const smallest = (values: readonly number[]): number =>
  values.reduce((least, value) => Math.min(least, value), Infinity);
