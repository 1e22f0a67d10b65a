// Median of a square window, as scipy.ndimage's `median_filter` computes it by default: edges mirrored with the edge pixel repeated.
import { eachWindow } from './mirror.ts';

/**
 * Filters square images of any number, one after the other.
 * @param window its width in pixels, odd
 */
export function medianFilter(images: Float32Array, size: number, window: number): Float32Array {
  const result = new Float32Array(images.length);
  const values = new Float64Array(window * window);
  eachWindow(images, size, window, values, (pixel) => {
    values.sort();
    result[pixel] = values[(values.length - 1) / 2]!;
  });
  return result;
}
