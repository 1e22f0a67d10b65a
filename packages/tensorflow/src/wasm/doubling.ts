// The transposed convolutions of stride 2 on the WASM backend, which double height and width, by own kernels. For
// other numbers of channels than those of the kernels, the composed ones (conv.ts) are used.
import * as tf from '@tensorflow/tfjs-core';
import * as composed from '../conv.ts';
import type { Layers } from '../active-layers.ts';
import { ownGradient } from '../own-gradient.ts';
import { convolve, imagesAt, type Phase } from './convolve.ts';
import type { Heap } from './heap.ts';
import { addKernelGradient, type Matrices } from './kernel-gradient.ts';

/** Along one side of the image, by the parity of the output: which taps see which inputs, counted from the one below. */
type Parities = readonly (readonly { readonly step: number; readonly tap: number }[])[];

interface Shape {
  /** Taps along each side. */
  readonly taps: number;
  /** Pixels from the first tap to twice the input's place. */
  readonly before: number;
  readonly parities: Parities;
}

/** An even output sees its input through tap 1; an odd one through tap 2, and the next input through tap 0. */
const THREE: Shape = {
  taps: 3,
  before: 1,
  parities: [
    [{ step: 0, tap: 1 }],
    [
      { step: 0, tap: 2 },
      { step: 1, tap: 0 },
    ],
  ],
};

/** Every output sees one input, through the tap of its parity. */
const TWO: Shape = { taps: 2, before: 0, parities: [[{ step: 0, tap: 0 }], [{ step: 0, tap: 1 }]] };

export function doublings(heap: Heap): Pick<Layers, 'upConv3x3' | 'upConv2x2'> {
  /** @param matrices of the taps, row by row, in the kernel's memory and likewise in its gradient's */
  function doubling(
    x: tf.Tensor4D,
    kernel: tf.Tensor,
    cout: number,
    { taps, before, parities }: Shape,
    matrices: (at: number) => Matrices,
  ): tf.Tensor4D {
    const [images, height, width, cin] = x.shape;
    const grid = [height, width] as const;
    const every = Array.from({ length: taps * taps }, (_, tap) => ({
      row: Math.floor(tap / taps),
      column: tap % taps,
    }));

    const forward = (x: tf.Tensor4D, kernel: tf.Tensor): tf.Tensor4D => {
      const y = heap.output([images, 2 * height, 2 * width, cout]) as tf.Tensor4D;
      const { at, tapStride, rowStride } = matrices(heap.address(kernel));
      const phases = parities.flatMap((rows, row) =>
        parities.map((columns, column): Phase => {
          const pairs = rows.flatMap((r) => columns.map((c) => ({ r, c })));
          const seen = pairs.map(({ r, c }) => ({
            row: r.step,
            column: c.step,
            matrix: { at: at + (taps * r.tap + c.tap) * tapStride, depthStride: rowStride, widthStride: 4 },
          }));
          return { row, column, taps: seen };
        }),
      );
      convolve(heap, {
        x: imagesAt(heap, x),
        y: imagesAt(heap, y),
        border: [0, before, 0, before],
        grid,
        inputStep: 1,
        outputStep: 2,
        phases,
      });
      return y;
    };

    const inputGradient = (dy: tf.Tensor4D, kernel: tf.Tensor): tf.Tensor4D => {
      const dx = heap.output([images, height, width, cin]) as tf.Tensor4D;
      const { at, tapStride, rowStride } = matrices(heap.address(kernel));
      const seen = every.map((place, tap) => ({
        ...place,
        matrix: { at: at + tap * tapStride, depthStride: 4, widthStride: rowStride },
      }));
      convolve(heap, {
        x: imagesAt(heap, dy),
        y: imagesAt(heap, dx),
        border: [before, 0, before, 0],
        grid,
        inputStep: 2,
        outputStep: 1,
        phases: [{ row: 0, column: 0, taps: seen }],
      });
      return dx;
    };

    const kernelGradient = (x: tf.Tensor4D, dy: tf.Tensor4D): tf.Tensor => {
      const gradient = heap.output(kernel.shape);
      const at = heap.address(gradient);
      heap.clear(at, 4 * gradient.size);
      addKernelGradient(
        heap,
        { images: imagesAt(heap, x), before: 0, after: 0, step: 1 },
        { images: imagesAt(heap, dy), before, after: 0, step: 2 },
        grid,
        every.map(({ row, column }) => ({ left: [0, 0], right: [row, column] })),
        matrices(at),
      );
      return gradient;
    };

    return ownGradient(
      [x, kernel] as const,
      (x, kernel) => ({ value: forward(x, kernel), saved: [x, kernel] }),
      (dy, ...saved) => {
        const [x, kernel] = saved as [tf.Tensor4D, tf.Tensor];
        return [inputGradient(dy, kernel), kernelGradient(x, dy)];
      },
    );
  }

  return {
    upConv3x3: (x, kernel) => {
      const [, , cin, cout] = kernel.shape;
      if (!fits(cin, cout)) return composed.upConv3x3(x, kernel);
      return doubling(x, kernel, cout, THREE, (at) => ({
        at,
        tapStride: 4 * cin * cout,
        rowStride: 4 * cout,
      }));
    },
    upConv2x2: (x, kernel) => {
      const [cin, all] = kernel.shape;
      const cout = all / 4;
      if (!fits(cin, cout)) return composed.upConv2x2(x, kernel);
      return doubling(x, kernel, cout, TWO, (at) => ({ at, tapStride: 4 * cout, rowStride: 4 * all }));
    },
  };
}

function fits(cin: number, cout: number): boolean {
  return cin % 4 === 0 && cout % 4 === 0;
}
