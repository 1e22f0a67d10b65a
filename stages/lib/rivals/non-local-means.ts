// Non-local means as scikit-image's `denoise_nl_means` computes it with `fast_mode`: all pixels of a patch count alike, sums of squared
// differences come from integral images, edges are mirrored. Its exponential is an approximation; ours is exact.
// J. Froment, Parameter-Free Fast Pixelwise Non-Local Means Denoising, Image Processing On Line 4, 2014.
import { bordered, mirroredWithoutEdge } from './mirror.ts';

export interface NonLocalMeans {
  /** Width of a patch in pixels, odd. */
  readonly patch: number;
  /** How far away patches are looked for, in pixels along each axis. */
  readonly distance: number;
  /** Root of the mean squared difference of two patches at which the weight is 1/e. */
  readonly h: number;
  /** Standard deviation of the noise: what it adds to the differences is subtracted. 0 subtracts nothing. */
  readonly sigma: number;
}

/** Weights below exp(-CUTOFF) count as none. */
const CUTOFF = 5;

/** Denoises square images of any number, one after the other, each for itself. */
export function nonLocalMeans(images: Float32Array, size: number, settings: NonLocalMeans): Float32Array {
  const pixels = size * size;
  const result = new Float32Array(images.length);
  const offset = (settings.patch - 1) / 2;
  const border = offset + settings.distance + 1;
  const positions = mirroredWithoutEdge(size, border);
  const room = makeRoom(positions.length);
  for (let at = 0; at < images.length; at += pixels) {
    const wide = bordered(images.subarray(at, at + pixels), size, positions);
    room.weights.fill(0);
    room.sums.fill(0);
    for (let down = -settings.distance; down <= settings.distance; down++)
      for (let right = 0; right <= settings.distance; right++)
        addShift(wide, room, { down, right, offset, border, size }, settings);
    for (let y = 0; y < size; y++)
      for (let x = 0; x < size; x++) {
        const place = (y + border) * room.width + x + border;
        result[at + y * size + x] = room.sums[place]! / room.weights[place]!;
      }
  }
  return result;
}

interface Room {
  readonly width: number;
  readonly integral: Float64Array;
  readonly weights: Float64Array;
  readonly sums: Float64Array;
}

function makeRoom(width: number): Room {
  const make = (): Float64Array => new Float64Array(width * width);
  return { width, integral: make(), weights: make(), sums: make() };
}

interface Shift {
  readonly down: number;
  readonly right: number;
  readonly offset: number;
  readonly border: number;
  readonly size: number;
}

/** Each pixel and the one that is shifted from it add to one another by how much their patches are alike. */
function addShift(
  wide: Float64Array,
  { width, integral, weights, sums }: Room,
  { down, right, offset, border, size }: Shift,
  { patch, h, sigma }: NonLocalMeans,
): void {
  const step = down * width + right;
  // Only pairs count of which one is in the image, outside of the border.
  const rows = [border - Math.max(0, down), border + size - Math.min(0, down)] as const;
  const columns = [border - right, border + size] as const;
  const [top, bottom] = [rows[0] - offset, rows[1] + offset];
  const [left, end] = [columns[0] - offset, columns[1] + offset];
  const noise = 2 * sigma * sigma;
  for (let x = left - 1; x < end; x++) integral[(top - 1) * width + x] = 0;
  for (let y = top; y < bottom; y++) {
    let line = 0;
    integral[y * width + left - 1] = 0;
    for (let x = left; x < end; x++) {
      const at = y * width + x;
      const difference = wide[at]! - wide[at + step]!;
      line += difference * difference - noise;
      integral[at] = integral[at - width]! + line;
    }
  }
  // Above and below in the same column, each pair comes twice.
  const share = right === 0 && down !== 0 ? 0.5 : 1;
  const scale = 1 / (patch * patch * h * h);
  const reach = offset * width;
  for (let y = rows[0]; y < rows[1]; y++)
    for (let x = columns[0]; x < columns[1]; x++) {
      const at = y * width + x;
      const sum =
        integral[at + reach + offset]! +
        integral[at - reach - offset]! -
        integral[at - reach + offset]! -
        integral[at + reach - offset]!;
      const unlike = Math.max(0, sum) * scale;
      if (unlike > CUTOFF) continue;
      const weight = share * Math.exp(-unlike);
      weights[at]! += weight;
      weights[at + step]! += weight;
      sums[at]! += weight * wide[at + step]!;
      sums[at + step]! += weight * wide[at]!;
    }
}
