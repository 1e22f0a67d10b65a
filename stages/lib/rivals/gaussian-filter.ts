// Gaussian blur as scipy.ndimage's `gaussian_filter` computes it by default: kernel cut at four standard deviations, edges
// mirrored with the edge pixel repeated ("reflect"), rows and columns one after the other. Double precision inside.

import { mirroredWithEdge } from './mirror.ts';

const TRUNCATE = 4;

/** Weights from the middle outwards: weights[d] for distance d; they sum to one over both sides. */
export function gaussianWeights(sigma: number): Float64Array {
  const radius = Math.floor(TRUNCATE * sigma + 0.5);
  const weights = Float64Array.from({ length: radius + 1 }, (_, d) => Math.exp((-0.5 * d * d) / sigma ** 2));
  const sum = weights.reduce((total, weight, d) => total + (d === 0 ? weight : 2 * weight), 0);
  return weights.map((weight) => weight / sum);
}

/**
 * Blurs square images of any number, one after the other.
 * @param sigma standard deviation in pixels, above 0
 */
export function gaussianFilter(images: Float32Array, size: number, sigma: number): Float32Array {
  const weights = gaussianWeights(sigma);
  const mirror = mirroredWithEdge(size, weights.length - 1);
  const pixels = size * size;
  const result = new Float32Array(images.length);
  // scipy, too, stores the first axis' result in the type of the input before it filters the second.
  const between = new Float32Array(pixels);
  for (let offset = 0; offset < images.length; offset += pixels) {
    const image = images.subarray(offset, offset + pixels);
    filterLines(image, between, { size, along: size, across: 1 }, weights, mirror);
    const target = result.subarray(offset, offset + pixels);
    filterLines(between, target, { size, along: 1, across: size }, weights, mirror);
  }
  return result;
}

/** Distances between neighbours of a line, and between lines. */
interface Lines {
  readonly size: number;
  readonly along: number;
  readonly across: number;
}

function filterLines(
  source: Float32Array,
  target: Float32Array,
  { size, along, across }: Lines,
  weights: Float64Array,
  mirror: Uint32Array,
): void {
  const radius = weights.length - 1;
  const line = new Float64Array(mirror.length);
  for (let start = 0; start < size * across; start += across) {
    for (let at = 0; at < line.length; at++) line[at] = source[start + mirror[at]! * along]!;
    for (let at = 0; at < size; at++) {
      const middle = at + radius;
      let sum = line[middle]! * weights[0]!;
      for (let d = 1; d <= radius; d++) sum += (line[middle - d]! + line[middle + d]!) * weights[d]!;
      target[start + at * along] = sum;
    }
  }
}
