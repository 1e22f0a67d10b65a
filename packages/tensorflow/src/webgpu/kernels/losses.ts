// What a training minimises, with its gradient, and how good denoised images are.
import type { Kernel } from '../kernel.ts';
import { floats } from './each.ts';
import { measureOf, slopeOf, WINDOW, windowsOf } from './similarity.ts';
import { sumOver, THREADS } from './sums.ts';

/** A minimised sum: shares of the mean squared error, and of 1 − SSIM. */
export interface LossShares {
  readonly error: number;
  readonly dissimilarity: number;
}

/**
 * The mean squared error of each image, and the gradient of the batch's loss. Bindings: output, expected, gradient, errors.
 * @param size height and width
 */
export function loss(images: number, size: number, { error, dissimilarity }: LossShares): Kernel {
  const pixels = size ** 2;
  const windows = windowsOf(size) ** 2;
  const withSimilarity = dissimilarity !== 0;
  return {
    label: 'loss',
    access: ['read', 'read', 'read_write', 'read_write'],
    workgroups: [images, 1, 1],
    code: `
${floats(0, 'output', 'read')}${floats(1, 'expected', 'read')}
${floats(2, 'gradient', 'read_write')}${floats(3, 'errors', 'read_write')}${sumOver(THREADS)}
${withSimilarity ? measureOf(size) + slopeOf + `\nvar<workgroup> slopes: array<Slope, ${windows}>;` : ''}
@compute @workgroup_size(${THREADS})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let first = group.x * ${pixels}u;
  ${withSimilarity ? `for (var window = thread; window < ${windows}u; window += ${THREADS}u) { slopes[window] = slope(measure(first, window)); }` : ''}
  workgroupBarrier();
  var share = 0.0;
  for (var pixel = thread; pixel < ${pixels}u; pixel += ${THREADS}u) {
    let x = output[first + pixel];
    let y = expected[first + pixel];
    share += (x - y) * (x - y);
    var total = ${(2 * error) / (images * pixels)} * (x - y);
    ${withSimilarity ? similarityGradient(size, dissimilarity / (images * windows)) : ''}
    gradient[first + pixel] = total;
  }
  let squares = sum(share, thread);
  if (thread == 0u) { errors[group.x] = squares / ${pixels}.0; }
}`,
  };
}

/** Of the pixel's windows, of which it has up to 7×7. */
function similarityGradient(size: number, share: number): string {
  const last = windowsOf(size) - 1;
  return `
    let row = pixel / ${size}u;
    let column = pixel % ${size}u;
    var along = 0.0;
    for (var top = max(row, ${WINDOW - 1}u) - ${WINDOW - 1}u; top <= min(row, ${last}u); top++) {
      for (var left = max(column, ${WINDOW - 1}u) - ${WINDOW - 1}u; left <= min(column, ${last}u); left++) {
        let s = slopes[top * ${windowsOf(size)}u + left];
        along += s.constant + (x - s.mean_x) * s.share_x + (y - s.mean_y) * s.share_y;
      }
    }
    total -= ${share} * along;`;
}

/** Mean squared error and SSIM of each image, two values after one another. Bindings: output, expected, the mark of Adam, measures. */
export function measures(images: number, size: number): Kernel {
  const pixels = size ** 2;
  const windows = windowsOf(size) ** 2;
  return {
    label: 'measures',
    access: ['read', 'read', 'read', 'read_write'],
    workgroups: [images, 1, 1],
    code: `
${floats(0, 'output', 'read')}${floats(1, 'expected', 'read')}
@group(0) @binding(2) var<storage, read> mark: array<u32>;
@group(0) @binding(3) var<storage, read_write> measures: array<u32>;
${sumOver(THREADS)}${measureOf(size)}
@compute @workgroup_size(${THREADS})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let first = group.x * ${pixels}u;
  var share = 0.0;
  for (var pixel = thread; pixel < ${pixels}u; pixel += ${THREADS}u) {
    let difference = output[first + pixel] - expected[first + pixel];
    share += difference * difference;
  }
  let squares = sum(share, thread);
  share = 0.0;
  for (var window = thread; window < ${windows}u; window += ${THREADS}u) {
    let w = measure(first, window);
    share += w.above_1 / w.below_1 * (w.above_2 / w.below_2);
  }
  let similarity = sum(share, thread);
  if (thread == 0u) {
    measures[2u * group.x] = bitcast<u32>(squares / ${pixels}.0) | mark[0];
    measures[2u * group.x + 1u] = bitcast<u32>(similarity / ${windows}.0) | mark[0];
  }
}`,
  };
}
