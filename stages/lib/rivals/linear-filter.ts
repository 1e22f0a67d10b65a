// The best linear filter: every pixel is a weighted sum of the noisy pixels around it plus a constant, fitted on training images by least
// squares. Edges are mirrored with the edge pixel repeated.
import { eachWindow } from './mirror.ts';

export interface LinearFilter {
  /** Width of the window in pixels, odd. */
  readonly window: number;
  /** Row by row, [window²], then the constant. */
  readonly weights: readonly number[];
}

/** Least squares by the normal equations. @throws RangeError where the images do not decide the weights */
export function fitLinearFilter(
  noisy: Float32Array,
  clean: Float32Array,
  size: number,
  window: number,
): LinearFilter {
  const count = window * window + 1;
  const products = new Float64Array(count * count);
  const right = new Float64Array(count);
  const values = windowAndOne(window);
  eachWindow(noisy, size, window, values, (pixel) => {
    const target = clean[pixel]!;
    for (let row = 0; row < count; row++) {
      const value = values[row]!;
      right[row]! += value * target;
      for (let column = 0; column <= row; column++)
        products[row * count + column]! += value * values[column]!;
    }
  });
  return { window, weights: [...solve(products, right)] };
}

/** Filters square images of any number, one after the other. */
export function linearFilter(
  images: Float32Array,
  size: number,
  { window, weights }: LinearFilter,
): Float32Array {
  const result = new Float32Array(images.length);
  const values = windowAndOne(window);
  eachWindow(images, size, window, values, (pixel) => {
    let sum = 0;
    for (let at = 0; at < values.length; at++) sum += weights[at]! * values[at]!;
    result[pixel] = sum;
  });
  return result;
}

/** A window, and a one for the constant. */
const windowAndOne = (window: number): Float64Array => new Float64Array(window * window + 1).fill(1);

/** Cholesky's decomposition of a positive definite matrix, of which the lower half is given; the matrix is overwritten. */
function solve(matrix: Float64Array, right: Float64Array): Float64Array {
  const count = right.length;
  for (let row = 0; row < count; row++)
    for (let column = 0; column <= row; column++) {
      let value = matrix[row * count + column]!;
      for (let at = 0; at < column; at++) value -= matrix[row * count + at]! * matrix[column * count + at]!;
      if (row > column) matrix[row * count + column] = value / matrix[column * count + column]!;
      else if (value > 0) matrix[row * count + row] = Math.sqrt(value);
      else throw new RangeError('the training images do not decide the weights of the linear filter');
    }
  const result = right.slice();
  for (let row = 0; row < count; row++) {
    for (let at = 0; at < row; at++) result[row]! -= matrix[row * count + at]! * result[at]!;
    result[row]! /= matrix[row * count + row]!;
  }
  for (let row = count - 1; row >= 0; row--) {
    for (let at = row + 1; at < count; at++) result[row]! -= matrix[at * count + row]! * result[at]!;
    result[row]! /= matrix[row * count + row]!;
  }
  return result;
}
