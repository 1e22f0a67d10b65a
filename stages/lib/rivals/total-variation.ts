// Total variation denoising by Chambolle's projection, as scikit-image's `denoise_tv_chambolle` computes it by default.
// A. Chambolle, An algorithm for total variation minimization and applications, Journal of Mathematical Imaging and Vision 20, 2004.

const MOST_ITERATIONS = 200;
/** Ends where the energy changes by less than this share of the first one. */
const EPSILON = 2e-4;
const STEP = 1 / 4;

/**
 * Denoises square images of any number, one after the other, each for itself.
 * @param weight above 0; the greater, the smoother
 */
export function totalVariation(images: Float32Array, size: number, weight: number): Float32Array {
  const pixels = size * size;
  const result = new Float32Array(images.length);
  for (let offset = 0; offset < images.length; offset += pixels)
    result.set(denoiseOne(Float64Array.from(images.subarray(offset, offset + pixels)), size, weight), offset);
  return result;
}

function denoiseOne(image: Float64Array, size: number, weight: number): Float64Array {
  // The dual field, down and to the right.
  const down = new Float64Array(image.length);
  const right = new Float64Array(image.length);
  const out = image.slice();
  let [first, previous] = [0, 0];
  for (let iteration = 0; iteration < MOST_ITERATIONS; iteration++) {
    const distance = iteration === 0 ? 0 : subtractDivergence(image, down, right, out, size);
    const variation = climb(out, down, right, size, weight);
    const energy = (distance + weight * variation) / image.length;
    if (iteration === 0) first = energy;
    else if (Math.abs(previous - energy) < EPSILON * first) break;
    previous = energy;
  }
  return out;
}

/** Sets `out` to the image less the field's divergence. @returns the sum of the squared differences of the two */
function subtractDivergence(
  image: Float64Array,
  down: Float64Array,
  right: Float64Array,
  out: Float64Array,
  size: number,
): number {
  let sum = 0;
  for (let at = 0; at < image.length; at++) {
    const above = at >= size ? down[at - size]! : 0;
    const before = at % size > 0 ? right[at - 1]! : 0;
    const change = above + before - down[at]! - right[at]!;
    sum += change * change;
    out[at] = image[at]! + change;
  }
  return sum;
}

/** One step of the dual field along the gradient of `out`. @returns the total variation of `out` */
function climb(
  out: Float64Array,
  down: Float64Array,
  right: Float64Array,
  size: number,
  weight: number,
): number {
  let variation = 0;
  for (let at = 0; at < out.length; at++) {
    const dy = at + size < out.length ? out[at + size]! - out[at]! : 0;
    const dx = (at + 1) % size > 0 ? out[at + 1]! - out[at]! : 0;
    const norm = Math.sqrt(dy * dy + dx * dx);
    variation += norm;
    const scale = 1 + (norm * STEP) / weight;
    down[at] = (down[at]! - STEP * dy) / scale;
    right[at] = (right[at]! - STEP * dx) / scale;
  }
  return variation;
}
