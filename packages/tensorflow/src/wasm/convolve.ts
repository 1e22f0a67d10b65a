// Convolutions and the gradients of their inputs as products of gathered pixels, a few images at a time: copied with a border of
// zeros, so that no tap needs a test for the border, and small enough to stay in the processor's cache.
import type * as tf from '@tensorflow/tfjs-core';
import type { Heap } from './heap.ts';

/** Bytes of bordered images that are worked on at a time. */
const GROUP = 128 * 1024;
/** Pixels of the kernels' tiles, to whose multiple tables are filled up. */
const TILE = 6;

/** Images in memory: [images, height, width, channels]. */
export interface Images {
  readonly at: number;
  readonly images: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

export function imagesAt(heap: Heap, tensor: tf.Tensor4D): Images {
  const [images, height, width, channels] = tensor.shape;
  return { at: heap.address(tensor), images, height, width, channels };
}

/** Address of a matrix [depth, width]: strides are bytes. */
export interface Matrix {
  readonly at: number;
  readonly depthStride: number;
  readonly widthStride: number;
}

/** Looks at the bordered input pixel (+row, +column) through that matrix [input channels, output channels]. */
export interface Tap {
  readonly row: number;
  readonly column: number;
  readonly matrix: Matrix;
}

/** Outputs whose place is (row, column) plus multiples of the output's step, and their taps. */
export interface Phase {
  readonly row: number;
  readonly column: number;
  readonly taps: readonly Tap[];
}

export interface Convolution {
  readonly x: Images;
  readonly y: Images;
  /** Rows above and below, columns to the left and to the right. */
  readonly border: readonly [above: number, below: number, left: number, right: number];
  /** Rows and columns of the grid of steps: [rows, columns]. */
  readonly grid: readonly [number, number];
  /** Pixels from one to the next, in the bordered input and in the output. */
  readonly inputStep: number;
  readonly outputStep: number;
  readonly phases: readonly Phase[];
}

/** Computes y. */
export function convolve(
  heap: Heap,
  { x, y, border, grid, inputStep, outputStep, phases }: Convolution,
): void {
  const { kernels } = heap;
  const [above, below, left, right] = border;
  const [rows, columns] = grid;
  const pixel = 4 * x.channels;
  const row = (x.width + left + right) * pixel;
  const image = (x.height + above + below) * row;
  const outPixel = 4 * y.channels;
  const outRow = y.width * outPixel;
  const outImage = y.height * outRow;
  const group = Math.max(1, Math.min(x.images, Math.floor(GROUP / image)));
  const table = 4 * (group * rows * columns + TILE);
  const panel = 32 * x.channels;
  const panels = Math.ceil(y.channels / 8);
  const taps = phases.reduce((sum, phase) => sum + phase.taps.length, 0);

  let end = heap.room(group * image + 2 * table + taps * (panel * panels + 4));
  const take = (bytes: number): number => (end += bytes) - bytes;
  const canvas = take(group * image);
  const [inputs, outputs] = [take(table), take(table)];
  const packed = phases.map(({ row: atRow, column: atColumn, taps }) => {
    const weights = take(taps.length * panel * panels);
    const offsets = take(4 * taps.length);
    for (const [at, tap] of taps.entries()) {
      const { at: from, depthStride, widthStride } = tap.matrix;
      const to = weights + at * panel;
      kernels.packPanels(
        from,
        to,
        taps.length * panel,
        x.channels,
        x.channels,
        y.channels,
        depthStride,
        widthStride,
      );
      new DataView(heap.bytes().buffer).setUint32(offsets + 4 * at, tap.row * row + tap.column * pixel, true);
    }
    return { to: atRow * outRow + atColumn * outPixel, weights, offsets, count: taps.length };
  });
  heap.clear(canvas, group * image);

  let prepared = 0;
  for (let from = 0; from < x.images; from += group) {
    const count = Math.min(group, x.images - from);
    if (count !== prepared) {
      kernels.fillTable(inputs, count, rows, columns, image, inputStep * row, inputStep * pixel, 0);
      kernels.fillTable(
        outputs,
        count,
        rows,
        columns,
        outImage,
        outputStep * outRow,
        outputStep * outPixel,
        0,
      );
      prepared = count;
    }
    const source = x.at + from * x.height * x.width * pixel;
    const inside = canvas + above * row + left * pixel;
    const line = x.width * pixel;
    kernels.copyRows(source, x.height * line, line, inside, image, row, count, x.height, line);
    for (const { to, weights, offsets, count: taps } of packed) {
      const target = y.at + from * outImage + to;
      const pixels = count * rows * columns;
      kernels.gather(canvas, inputs, offsets, taps, weights, x.channels, target, outputs, pixels, y.channels);
    }
  }
}

/**
 * One-channel images through 3×3 taps: their neighbours take the place of channels. `taps` is [9, output channels].
 */
export function convolveOneChannel(heap: Heap, x: Images, taps: Matrix, y: Images): void {
  const { kernels } = heap;
  const pixel = 4 * NEIGHBOURS;
  const area = x.height * x.width;
  const bordered = borderedBytes(x);
  const group = Math.max(1, Math.min(x.images, Math.floor(GROUP / (area * pixel))));
  const table = 4 * (group * area + TILE);
  const panel = 32 * NEIGHBOURS;
  const panels = Math.ceil(y.channels / 8);

  let end = heap.room(group * (area * pixel + bordered) + 2 * table + panel * panels + 4);
  const take = (bytes: number): number => (end += bytes) - bytes;
  const [canvas, border] = [take(group * area * pixel), take(group * bordered)];
  const [inputs, outputs, weights, offsets] = [take(table), take(table), take(panel * panels), take(4)];
  const { depthStride, widthStride } = taps;
  for (let row = 0; row < 3; row++) {
    const from = taps.at + 3 * row * depthStride;
    kernels.packPanels(from, weights + 128 * row, panel, 4, 3, y.channels, depthStride, widthStride);
  }
  heap.clear(offsets, 4);
  heap.clear(border, group * bordered);
  for (let from = 0; from < x.images; from += group) {
    const part = { ...x, at: x.at + 4 * from * area, images: Math.min(group, x.images - from) };
    const pixels = part.images * area;
    kernels.fillTable(inputs, 1, 1, pixels, 0, 0, pixel, 0);
    kernels.fillTable(outputs, 1, 1, pixels, 0, 0, 4 * y.channels, 0);
    spreadNeighbours(heap, part, border, canvas, false);
    const target = y.at + 4 * from * area * y.channels;
    kernels.gather(canvas, inputs, offsets, 1, weights, NEIGHBOURS, target, outputs, pixels, y.channels);
  }
}

/** Bytes of a one-channel image with the zeros that its neighbourhoods need around it. */
export function borderedBytes({ height, width }: Images): number {
  return 4 * (height + 2) * (width + 4);
}

/**
 * Writes [images, height, width, 12]: the neighbours of each pixel of one-channel images.
 * @param border zeros, `borderedBytes` for each image
 * @param turned as the neighbours see it: what the pixel is to them
 */
export function spreadNeighbours(heap: Heap, x: Images, border: number, to: number, turned: boolean): void {
  const { images, height, width } = x;
  const row = 4 * (width + 4);
  const line = 4 * width;
  const image = borderedBytes(x);
  heap.kernels.copyRows(x.at, height * line, line, border + row + 4, image, row, images, height, line);
  heap.kernels.neighbours(border, to, images, height, width, Number(turned));
}

/** The same the other way round: to one channel. `taps` is [input channels, 9]. */
export function convolveToOneChannel(heap: Heap, x: Images, taps: Matrix, y: Images): void {
  const { kernels } = heap;
  const pixel = 4 * NEIGHBOURS;
  const row = (x.width + 2) * pixel;
  const image = (x.height + 2) * row;
  const area = x.height * x.width;
  const group = Math.max(1, Math.min(x.images, Math.floor(GROUP / image)));
  const table = 4 * (group * area + TILE);
  const panel = 32 * x.channels;

  let end = heap.room(group * image + 2 * table + 2 * panel + 4);
  const take = (bytes: number): number => (end += bytes) - bytes;
  const canvas = take(group * image);
  const [inputs, outputs, weights, offsets] = [take(table), take(table), take(2 * panel), take(4)];
  kernels.packPanels(taps.at, weights, panel, x.channels, x.channels, 9, taps.depthStride, taps.widthStride);
  heap.clear(offsets, 4);
  heap.clear(canvas, group * image);
  for (let from = 0; from < x.images; from += group) {
    const count = Math.min(group, x.images - from);
    const pixels = count * area;
    kernels.fillTable(inputs, 1, 1, pixels, 0, 0, 4 * x.channels, 0);
    kernels.fillTable(outputs, count, x.height, x.width, image, row, pixel, row + pixel);
    const source = x.at + 4 * from * area * x.channels;
    kernels.gather(source, inputs, offsets, 1, weights, x.channels, canvas, outputs, pixels, NEIGHBOURS);
    kernels.sumNeighbours(canvas, y.at + 4 * from * area, count, x.height, x.width);
  }
}

/** Three rows of three neighbours, each filled up to four. */
export const NEIGHBOURS = 12;
