// Median of a square window, as scipy.ndimage's `median_filter` computes it by default: edges mirrored with the edge pixel repeated.
import { bordered, mirroredWithEdge } from './mirror.ts';

/**
 * Filters square images of any number, one after the other.
 * @param window its width in pixels, odd
 */
export function medianFilter(images: Float32Array, size: number, window: number): Float32Array {
  const radius = (window - 1) / 2;
  const positions = mirroredWithEdge(size, radius);
  const pixels = size * size;
  const result = new Float32Array(images.length);
  const values = new Float64Array(window * window);
  for (let offset = 0; offset < images.length; offset += pixels) {
    const wide = bordered(images.subarray(offset, offset + pixels), size, positions);
    for (let y = 0; y < size; y++)
      for (let x = 0; x < size; x++) {
        for (let row = 0; row < window; row++) {
          const from = (y + row) * positions.length + x;
          values.set(wide.subarray(from, from + window), row * window);
        }
        values.sort();
        result[offset + y * size + x] = values[(values.length - 1) / 2]!;
      }
  }
  return result;
}
