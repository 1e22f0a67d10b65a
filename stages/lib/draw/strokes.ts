// From strokes on a pad to an image as the model knows them.
import { inked, type Curve } from '../data/digits/draw.ts';

/** Radius of the pen in pixels of the image, as MNIST's is on average. */
const PEN = 1.3;

/** @returns values 0 … 1, [784]; all zero without a stroke */
export function imageOf(strokes: readonly Curve[]): Float32Array {
  // A dot is a stroke to where it began.
  const curves = strokes
    .filter(({ length }) => length > 0)
    .map((stroke) => (stroke.length === 1 ? [stroke[0]!, stroke[0]!] : stroke));
  if (curves.length === 0) return new Float32Array(28 * 28);
  return Float32Array.from(inked(curves, PEN), (value) => value / 255);
}

/** Which of the levels is nearest. */
export function nearestLevel(levels: readonly string[], sigma: number): number {
  const distances = levels.map((level) => Math.abs(Number(level) - sigma));
  return distances.indexOf(Math.min(...distances));
}
