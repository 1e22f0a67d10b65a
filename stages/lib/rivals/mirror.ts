// How filters continue an image beyond its edges, and the windows around its pixels.

/** Positions of a line from -radius to size + radius - 1, mirrored with the edge pixel repeated: d c b a | a b c d | d c b a. scipy calls it "reflect". */
export function mirroredWithEdge(size: number, radius: number): Uint32Array {
  return Uint32Array.from({ length: size + 2 * radius }, (_, at) => {
    const folded = (((at - radius) % (2 * size)) + 2 * size) % (2 * size);
    return folded < size ? folded : 2 * size - 1 - folded;
  });
}

/** The same without repeating the edge pixel: d c b | a b c d | c b a. NumPy calls it "reflect". */
export function mirroredWithoutEdge(size: number, radius: number): Uint32Array {
  const period = 2 * size - 2;
  return Uint32Array.from({ length: size + 2 * radius }, (_, at) => {
    const folded = (((at - radius) % period) + period) % period;
    return folded < size ? folded : period - folded;
  });
}

/** Square images with a border, one after the other. @param positions of a line, as above */
export function bordered(image: ArrayLike<number>, size: number, positions: Uint32Array): Float64Array {
  const wide = positions.length;
  const result = new Float64Array(wide * wide);
  for (let y = 0; y < wide; y++)
    for (let x = 0; x < wide; x++) result[y * wide + x] = image[positions[y]! * size + positions[x]!]!;
  return result;
}

/**
 * Visits the square window around each pixel of square images, edges mirrored with the edge pixel repeated.
 * @param values its first window² entries are filled for each visit, row by row
 */
export function eachWindow(
  images: Float32Array,
  size: number,
  window: number,
  values: Float64Array,
  visit: (pixel: number) => void,
): void {
  const positions = mirroredWithEdge(size, (window - 1) / 2);
  const pixels = size * size;
  for (let offset = 0; offset < images.length; offset += pixels) {
    const wide = bordered(images.subarray(offset, offset + pixels), size, positions);
    for (let y = 0; y < size; y++)
      for (let x = 0; x < size; x++) {
        for (let row = 0; row < window; row++) {
          const from = (y + row) * positions.length + x;
          values.set(wide.subarray(from, from + window), row * window);
        }
        visit(offset + y * size + x);
      }
  }
}
