// How filters continue an image beyond its edges.

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
