// The 3×3 convolution on the WASM backend, by own kernels. For other numbers of channels than those of the kernels, the
// composed one (conv.ts) is used.
import * as tf from '@tensorflow/tfjs-core';
import * as composed from '../conv.ts';
import type { Layers } from '../active-layers.ts';
import { ownGradient } from '../own-gradient.ts';
import {
  borderedBytes,
  convolve,
  convolveOneChannel,
  convolveToOneChannel,
  imagesAt,
  NEIGHBOURS,
  spreadNeighbours,
  type Images,
} from './convolve.ts';
import type { Heap } from './heap.ts';
import { addKernelGradient, packed, type TapPair } from './kernel-gradient.ts';

const THREE = [0, 1, 2] as const;
/** Row and column of each of the nine taps. */
export const NINE = THREE.flatMap((row) => THREE.map((column) => ({ row, column })));

export function sameConvolution(heap: Heap): Pick<Layers, 'conv3x3'> {
  const output = (shape: readonly number[]): tf.Tensor4D => heap.output(shape) as tf.Tensor4D;

  /** Same-size convolution with the kernel as it is, or turned by 180° and with its channels swapped: the gradient of its input. */
  function same(x: tf.Tensor4D, kernel: tf.Tensor4D, turned: boolean): tf.Tensor4D {
    const [images, height, width, channels] = x.shape;
    const [, , first, second] = kernel.shape;
    const result = output([images, height, width, turned ? first : second]);
    const [from, to] = [imagesAt(heap, x), imagesAt(heap, result)];
    const at = heap.address(kernel);
    const tap = 4 * first * second;
    const last = at + 8 * tap;
    if (channels === 1)
      convolveOneChannel(
        heap,
        from,
        { at: turned ? last : at, depthStride: turned ? -tap : tap, widthStride: 4 },
        to,
      );
    else if (to.channels === 1)
      convolveToOneChannel(
        heap,
        from,
        { at: turned ? last : at, depthStride: 4, widthStride: turned ? -tap : tap },
        to,
      );
    else {
      const taps = NINE.map(({ row, column }, index) => ({
        row,
        column,
        matrix: turned
          ? { at: last - index * tap, depthStride: 4, widthStride: 4 * second }
          : { at: at + index * tap, depthStride: 4 * second, widthStride: 4 },
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
    const [left, right] = [imagesAt(heap, x), imagesAt(heap, dy)];
    const [height, width] = [left.height, left.width];
    const grid = [height, width] as const;
    const [cin, cout] = [left.channels, right.channels];
    const result = output([3, 3, cin, cout]);
    const to = heap.address(result);
    const plain = (images: Images) => ({ images, before: 0, after: 0, step: 1 });
    const only = [{ left: [0, 0], right: [0, 0] }] as const;
    heap.clear(to, 36 * cin * cout);
    if (cin > 1 && cout > 1) {
      const taps = NINE.map(({ row, column }): TapPair => ({ left: [row, column], right: [0, 0] }));
      addKernelGradient(
        heap,
        { ...plain(left), before: 1, after: 1 },
        plain(right),
        grid,
        taps,
        packed(to, cin, cout),
      );
      return result;
    }
    // The neighbours of the one-channel side are channels: a single matrix, of 12 rows or columns, of which nine are the taps.
    const [narrow, other] = cin === 1 ? [left, right] : [right, left];
    const spread = output([narrow.images, height, width, NEIGHBOURS]);
    const product = heap.output([NEIGHBOURS, other.channels]);
    const [from, sums] = [imagesAt(heap, spread), heap.address(product)];
    const bytes = borderedBytes(narrow) * narrow.images;
    const border = heap.room(bytes);
    heap.clear(border, bytes);
    heap.clear(sums, 4 * product.size);
    spreadNeighbours(heap, narrow, border, from.at, cin !== 1);
    if (cin === 1)
      addKernelGradient(
        heap,
        plain(from),
        plain(other),
        grid,
        only,
        packed(sums, NEIGHBOURS, other.channels),
      );
    else
      addKernelGradient(
        heap,
        plain(other),
        plain(from),
        grid,
        only,
        packed(sums, other.channels, NEIGHBOURS),
      );
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

  return {
    conv3x3: (x, kernel, firstLayer = false) => {
      if (!fits(kernel)) return composed.conv3x3(x, kernel, firstLayer);
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
  };
}

/** Channels in multiples of 4; one of the two sides may have one channel instead. */
function fits({ shape: [, , cin, cout] }: tf.Tensor4D): boolean {
  return [cin, cout].every((count) => count === 1 || count % 4 === 0) && cin * cout > 1;
}
