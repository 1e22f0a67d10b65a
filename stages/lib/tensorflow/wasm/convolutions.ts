// The two convolutions of the models on the WASM backend, computed by kernels of our own. What they compute is said at the
// composed ones (conv.ts), which stay in use for numbers of channels that the kernels are not made for.
import * as tf from '@tensorflow/tfjs-core';
import * as composed from '../conv.ts';
import type { Layers } from '../layers.ts';
import { ownGradient } from '../own-gradient.ts';
import {
  borderedBytes,
  convolve,
  convolveOneChannel,
  convolveToOneChannel,
  NEIGHBOURS,
  spreadNeighbours,
  type Images,
  type Matrix,
  type Phase,
} from './convolve.ts';
import type { Heap } from './heap.ts';
import { addKernelGradient, type TapPair } from './kernel-gradient.ts';

const THREE = [0, 1, 2] as const;
/** Row and column of each of the nine taps. */
const NINE = THREE.flatMap((row) => THREE.map((column) => ({ row, column })));

/**
 * Which input row each tap row looks at, by the parity of the output row: an even one sees its input row through kernel row 1, an
 * odd one through 2, and the next input row through 0. Columns alike.
 */
const PARITIES = [
  [{ step: 0, tap: 1 }],
  [
    { step: 0, tap: 2 },
    { step: 1, tap: 0 },
  ],
] as const;

export function convolutions(heap: Heap): Pick<Layers, 'conv3x3' | 'upConv3x3'> {
  const imagesAt = (tensor: tf.Tensor4D): Images => {
    const [images, height, width, channels] = tensor.shape;
    return { at: heap.address(tensor), images, height, width, channels };
  };
  const output = (shape: readonly number[]): tf.Tensor4D => heap.output(shape) as tf.Tensor4D;

  /** Same-size convolution with the kernel as it is, or turned by 180° and with its channels swapped: the gradient of its input. */
  function same(x: tf.Tensor4D, kernel: tf.Tensor4D, turned: boolean): tf.Tensor4D {
    const [images, height, width, channels] = x.shape;
    const [, , first, second] = kernel.shape;
    const result = output([images, height, width, turned ? first : second]);
    const [from, to] = [imagesAt(x), imagesAt(result)];
    const at = heap.address(kernel);
    const tap = 4 * first * second;
    const last = at + 8 * tap;
    if (channels === 1) convolveOneChannel(heap, from, along(turned ? last : at, turned ? -tap : tap, 4), to);
    else if (to.channels === 1)
      convolveToOneChannel(heap, from, along(turned ? last : at, 4, turned ? -tap : tap), to);
    else {
      const taps = NINE.map(({ row, column }, index) => ({
        row,
        column,
        matrix: turned ? along(last - index * tap, 4, 4 * second) : along(at + index * tap, 4 * second, 4),
      }));
      const phases = [{ row: 0, column: 0, taps }];
      convolve(heap, {
        x: from,
        y: to,
        border: [1, 1, 1, 1],
        grid: [height, width],
        inputStep: 1,
        outputStep: 1,
        phases,
      });
    }
    return result;
  }

  function sameKernelGradient(x: tf.Tensor4D, dy: tf.Tensor4D): tf.Tensor4D {
    const [left, right] = [imagesAt(x), imagesAt(dy)];
    const [height, width] = [left.height, left.width];
    const [cin, cout] = [left.channels, right.channels];
    const result = output([3, 3, cin, cout]);
    const to = heap.address(result);
    const plain = (images: Images) => ({ images, before: 0, after: 0, step: 1 });
    const only = [{ left: [0, 0], right: [0, 0] }] as const;
    clear(to, 36 * cin * cout);
    if (cin > 1 && cout > 1) {
      const taps = NINE.map(({ row, column }): TapPair => ({ left: [row, column], right: [0, 0] }));
      addKernelGradient(
        heap,
        { ...plain(left), before: 1, after: 1 },
        plain(right),
        [height, width],
        taps,
        to,
      );
      return result;
    }
    // The neighbours of the one-channel side are channels: a single matrix, of 12 rows or columns, of which nine are the taps.
    const [narrow, other] = cin === 1 ? [left, right] : [right, left];
    const spread = output([narrow.images, height, width, NEIGHBOURS]);
    const product = heap.output([NEIGHBOURS, other.channels]);
    const [from, sums] = [imagesAt(spread), heap.address(product)];
    const bytes = borderedBytes(narrow) * narrow.images;
    const border = heap.room(bytes);
    clear(border, bytes);
    clear(sums, 4 * product.size);
    spreadNeighbours(heap, narrow, border, from.at, cin !== 1);
    if (cin === 1) addKernelGradient(heap, plain(from), plain(other), [height, width], only, sums);
    else addKernelGradient(heap, plain(other), plain(from), [height, width], only, sums);
    const values = new Float32Array(heap.bytes().buffer, sums, product.size);
    const gradient = new Float32Array(heap.bytes().buffer, to, result.size);
    for (const [tap, { row, column }] of NINE.entries())
      for (let channel = 0; channel < other.channels; channel++) {
        const neighbour = 4 * row + column;
        const from = cin === 1 ? neighbour * other.channels + channel : channel * NEIGHBOURS + neighbour;
        gradient[tap * other.channels + channel] = values[from]!;
      }
    tf.dispose([spread, product]);
    return result;
  }

  function up(x: tf.Tensor4D, kernel: tf.Tensor4D): tf.Tensor4D {
    const [images, height, width, cin] = x.shape;
    const cout = kernel.shape[3];
    const result = output([images, 2 * height, 2 * width, cout]);
    const at = heap.address(kernel);
    const phases = PARITIES.flatMap((rows, row) =>
      PARITIES.map((columns, column): Phase => ({
        row,
        column,
        taps: rows.flatMap((r) =>
          columns.map((c) => ({
            row: r.step,
            column: c.step,
            matrix: along(at + 4 * (3 * r.tap + c.tap) * cin * cout, 4 * cout, 4),
          })),
        ),
      })),
    );
    const [from, to] = [imagesAt(x), imagesAt(result)];
    const grid = [height, width] as const;
    convolve(heap, { x: from, y: to, border: [0, 1, 0, 1], grid, inputStep: 1, outputStep: 2, phases });
    return result;
  }

  function upInputGradient(dy: tf.Tensor4D, kernel: tf.Tensor4D): tf.Tensor4D {
    const [images, height2, width2] = dy.shape;
    const [, , cin, cout] = kernel.shape;
    const grid = [height2 / 2, width2 / 2] as const;
    const result = output([images, ...grid, cin]);
    const at = heap.address(kernel);
    const taps = NINE.map(({ row, column }, index) => ({
      row,
      column,
      matrix: along(at + 4 * index * cin * cout, 4, 4 * cout),
    }));
    const phases = [{ row: 0, column: 0, taps }];
    const [from, to] = [imagesAt(dy), imagesAt(result)];
    convolve(heap, { x: from, y: to, border: [1, 0, 1, 0], grid, inputStep: 2, outputStep: 1, phases });
    return result;
  }

  function upKernelGradient(x: tf.Tensor4D, dy: tf.Tensor4D): tf.Tensor4D {
    const [left, right] = [imagesAt(x), imagesAt(dy)];
    const result = output([3, 3, left.channels, right.channels]);
    const to = heap.address(result);
    clear(to, 36 * left.channels * right.channels);
    const taps = NINE.map(({ row, column }): TapPair => ({ left: [0, 0], right: [row, column] }));
    addKernelGradient(
      heap,
      { images: left, before: 0, after: 0, step: 1 },
      { images: right, before: 1, after: 0, step: 2 },
      [left.height, left.width],
      taps,
      to,
    );
    return result;
  }

  const clear = (at: number, bytes: number): void => {
    heap.bytes().fill(0, at, at + bytes);
  };

  return {
    conv3x3: (x, kernel, firstLayer = false) => {
      if (!fits(kernel, 1)) return composed.conv3x3(x, kernel, firstLayer);
      return ownGradient(
        [x, kernel] as const,
        (x, kernel) => ({ value: same(x, kernel, false), saved: [x, kernel] }),
        (dy, ...saved) => {
          const [x, kernel] = saved as [tf.Tensor4D, tf.Tensor4D];
          const dx = firstLayer ? tf.zerosLike(x) : same(dy, kernel, true);
          return [dx, sameKernelGradient(x, dy)];
        },
      );
    },
    upConv3x3: (x, kernel) => {
      if (!fits(kernel, 0)) return composed.upConv3x3(x, kernel);
      return ownGradient(
        [x, kernel] as const,
        (x, kernel) => ({ value: up(x, kernel), saved: [x, kernel] }),
        (dy, ...saved) => {
          const [x, kernel] = saved as [tf.Tensor4D, tf.Tensor4D];
          return [upInputGradient(dy, kernel), upKernelGradient(x, dy)];
        },
      );
    },
  };
}

/** Channels in multiples of 4; `ones` of the two sides may have one channel instead. */
function fits(kernel: tf.Tensor4D, ones: 0 | 1): boolean {
  const channels = kernel.shape.slice(2);
  const single = channels.filter((count) => count === 1).length;
  return single <= ones && channels.every((count) => count === 1 || count % 4 === 0);
}

function along(at: number, depthStride: number, widthStride: number): Matrix {
  return { at, depthStride, widthStride };
}
