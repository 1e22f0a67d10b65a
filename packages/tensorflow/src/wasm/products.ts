// Matrix products on the WASM backend, by own kernels. For other sizes than those of the kernels, the composed ones
// (product.ts) are used.
import * as tf from '@tensorflow/tfjs-core';
import * as composed from '../product.ts';
import type { Layers } from '../active-layers.ts';
import { ownGradient } from '../own-gradient.ts';
import { convolve, type Images, type Matrix } from './convolve.ts';
import type { Heap } from './heap.ts';
import { addKernelGradient, packed } from './kernel-gradient.ts';

export function products(heap: Heap): Pick<Layers, 'product'> {
  /** A matrix as one image, its rows as pixels. */
  const rows = (matrix: tf.Tensor2D): Images => {
    const [width, channels] = matrix.shape;
    return { at: heap.address(matrix), images: 1, height: 1, width, channels };
  };

  function times(a: tf.Tensor2D, matrix: Matrix, columns: number): tf.Tensor2D {
    const result = heap.output([a.shape[0], columns]) as tf.Tensor2D;
    convolve(heap, {
      x: rows(a),
      y: rows(result),
      border: [0, 0, 0, 0],
      grid: [1, a.shape[0]],
      inputStep: 1,
      outputStep: 1,
      phases: [{ row: 0, column: 0, taps: [{ row: 0, column: 0, matrix }] }],
    });
    return result;
  }

  function transposedTimes(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D {
    const result = heap.output([a.shape[1], b.shape[1]]) as tf.Tensor2D;
    const to = heap.address(result);
    heap.clear(to, 4 * result.size);
    const [left, right] = [a, b].map((matrix) => ({ images: rows(matrix), before: 0, after: 0, step: 1 }));
    addKernelGradient(
      heap,
      left!,
      right!,
      [1, a.shape[0]],
      [{ left: [0, 0], right: [0, 0] }],
      packed(to, ...result.shape),
    );
    return result;
  }

  return {
    product: (a, b) => {
      const [depth, width] = b.shape;
      if (depth % 4 !== 0 || width % 4 !== 0) return composed.product(a, b);
      return ownGradient(
        [a, b] as const,
        (a, b) => {
          const matrix = { at: heap.address(b), depthStride: 4 * width, widthStride: 4 };
          return { value: times(a, matrix, width), saved: [a, b] };
        },
        (dy, ...saved) => {
          const [a, b] = saved as [tf.Tensor2D, tf.Tensor2D];
          const transposed = { at: heap.address(b), depthStride: 4, widthStride: 4 * width };
          return [times(dy, transposed, depth), transposedTimes(a, dy)];
        },
      );
    },
  };
}
