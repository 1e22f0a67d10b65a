// Noisy images: clip(clean + N(0, σ²), 0, 1), drawn once per data set from a seed of its own.
import { random } from './random.ts';

/** @param clean values 0 … 1 @param level standard deviation σ of the noise */
export function addNoise(clean: Float32Array, level: number, seed: number): Float32Array {
  const source = random(seed, 'noise');
  const noisy = new Float32Array(clean.length);
  for (let at = 0; at < clean.length; at++)
    noisy[at] = Math.min(1, Math.max(0, clean[at]! + level * source.normal()));
  return noisy;
}
