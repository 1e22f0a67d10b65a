// The numbers of one step, in one small buffer of 32-bit words: what changes from step to step and is not computed on the GPU.

/** Places of the words. Rate and correction are floats (see Adam); the slot is where the step's loss is written. */
export const RATE = 0;
export const CORRECTION = 1;
export const SLOT = 2;
/** The indices of the batch's images, from here on. */
export const INDICES = 4;

/** @param words is overwritten, and may be longer than needed */
export function writeNumbers(
  words: Uint32Array,
  { rate, correction, slot }: { readonly rate: number; readonly correction: number; readonly slot: number },
  indices: ArrayLike<number>,
): void {
  const asFloats = new Float32Array(words.buffer, words.byteOffset, words.length);
  asFloats[RATE] = rate;
  asFloats[CORRECTION] = correction;
  words[SLOT] = slot;
  words.set(indices, INDICES);
}
