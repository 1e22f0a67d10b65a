// 3×3 convolutions of stride 1 with a pixel of padding, weight [3, 3, in, out], and linear layers, weight [in, out]: windows of a pixel.
import type { Kernel } from '../kernel.ts';
import { pixelsOf, weights, windows, windowSize, type Images, type Windows } from './gather.ts';
import { product } from './product.ts';
import { resultOf } from './result.ts';
import type { Tiled } from './tile-moments.ts';
import { tilingOf } from './tiles.ts';

export interface Sizes {
  readonly images: number;
  /** Of what is read in the forward direction. */
  readonly height: number;
  readonly width: number;
  readonly cin: number;
  readonly cout: number;
}

export interface Reading {
  /** Reads what a normalisation gets and normalises it here: binds its `statistics` and `shift` after x. */
  readonly normalised?: boolean;
}

/** A kernel whose sums are divided: `count` results of `size` values after one another, which `addParts` adds. */
export interface Divided {
  readonly kernel: Kernel;
  readonly count: number;
  readonly size: number;
}

/** A kernel before a normalisation: what it stores for `batchStatistics`. */
export interface WithMoments {
  readonly kernel: Kernel;
  readonly tiled: Tiled;
}

/** Bindings: x, [statistics, shift], weight, y, moments. */
export function conv3x3(sizes: Sizes, reading: Reading = {}): WithMoments {
  const { rows, tiling, ...operands } = forwards(sizes, reading);
  const kernel = product({
    label: 'convolution',
    rows,
    tiling,
    ...operands,
    ...resultOf({ columns: sizes.cout }),
    moments: true,
  });
  return { kernel, tiled: { phases: 1, rows, tileRows: tiling.rows } };
}

/** One that no normalisation follows. Bindings: x, weight, bias, y. */
export function conv3x3WithBias(sizes: Sizes): Kernel {
  const { cout } = sizes;
  return product({
    label: 'convolution with bias',
    ...forwards(sizes, {}),
    ...resultOf({ columns: cout, bias: cout }),
  });
}

function forwards(sizes: Sizes, reading: Reading) {
  const seen = around(imagesOf(sizes, sizes.cin), reading);
  const [rows, depth, columns] = [pixelsOf(seen), windowSize(seen), sizes.cout];
  return {
    rows,
    columns,
    depth,
    tiling: tilingOf(rows, columns, depth),
    left: windows('x', seen, 'window'),
    right: matrix(depth, columns),
  };
}

/** Bindings: dy, weight, dx. It is a convolution with the turned kernel. */
export function conv3x3InputGradient(sizes: Sizes): Kernel {
  const { cin, cout } = sizes;
  const seen = around(imagesOf(sizes, cout), {});
  const rows = pixelsOf(seen);
  return product({
    label: 'convolution, gradient of x',
    rows,
    columns: cin,
    depth: windowSize(seen),
    tiling: tilingOf(rows, cin, windowSize(seen)),
    left: windows('dy', seen, 'window'),
    right: weights(
      'inner',
      `((8u - inner / ${cout}u) * ${cin}u + outer) * ${cout}u + inner % ${cout}u`,
      [`${cin}u`, `${9 * cout}u`],
      cout,
    ),
    ...resultOf({ columns: cin }),
  });
}

/** Bindings: x, [statistics, shift], dy, parts of the weight's gradient. */
export function conv3x3KernelGradient(sizes: Sizes, reading: Reading = {}): Divided {
  return weightGradient(
    'convolution, gradient of the weight',
    around(imagesOf(sizes, sizes.cin), reading),
    pointwise(imagesOf(sizes, sizes.cout)),
  );
}

/** x [rows, in], y [rows, out]. Bindings: x, weight, bias, y. */
export function linear(rows: number, cin: number, cout: number): Kernel {
  return product({
    label: 'linear layer',
    rows,
    columns: cout,
    depth: cin,
    tiling: tilingOf(rows, cout, cin),
    left: windows('x', pointwise(vectors(rows, cin)), 'window'),
    right: matrix(cin, cout),
    ...resultOf({ columns: cout, bias: cout }),
  });
}

/** The same for few rows: binds x, weight, parts of y; the bias is added with them. */
export function linearParts(rows: number, cin: number, cout: number): Divided {
  const tiling = tilingOf(rows, cout, cin, { divisible: true });
  const kernel = product({
    label: 'linear layer, in parts',
    rows,
    columns: cout,
    depth: cin,
    tiling,
    left: windows('x', pointwise(vectors(rows, cin)), 'window'),
    right: matrix(cin, cout),
    ...resultOf({ columns: cout, size: rows * cout }),
  });
  return { kernel, count: tiling.parts, size: rows * cout };
}

/** Bindings: dy, weight, parts of dx. */
export function linearInputGradient(rows: number, cin: number, cout: number): Divided {
  const tiling = tilingOf(rows, cin, cout, { divisible: true });
  const kernel = product({
    label: 'linear layer, gradient of x',
    rows,
    columns: cin,
    depth: cout,
    tiling,
    left: windows('dy', pointwise(vectors(rows, cout)), 'window'),
    right: weights('inner', `outer * ${cout}u + inner`, [`${cin}u`, `${cout}u`], cout),
    ...resultOf({ columns: cin, size: rows * cin }),
  });
  return { kernel, count: tiling.parts, size: rows * cin };
}

/** Bindings: x, dy, parts of the gradient of weight and bias, one after the other: [in + 1, out]. */
export function linearKernelGradient(rows: number, cin: number, cout: number): Divided {
  return weightGradient(
    'linear layer, gradient of the weight',
    { ...pointwise(vectors(rows, cin)), ones: true },
    pointwise(vectors(rows, cout)),
  );
}

/** Gradient of a weight [(row, column, in), out] that multiplied the windows of x. */
function weightGradient(label: string, seen: Windows, dy: Windows): Divided {
  const rows = windowSize(seen) + (seen.ones === true ? 1 : 0);
  const columns = windowSize(dy);
  const tiling = tilingOf(rows, columns, pixelsOf(seen), { divisible: true });
  const size = rows * columns;
  const kernel = product({
    label,
    rows,
    columns,
    depth: pixelsOf(seen),
    tiling,
    left: windows('x', seen, 'place'),
    right: windows('dy', dy, 'place'),
    ...resultOf({ columns, size }),
  });
  return { kernel, count: tiling.parts, size };
}

function imagesOf({ images, height, width }: Sizes, channels: number): Images {
  return { images, height, width, channels };
}

function vectors(rows: number, channels: number): Images {
  return { images: rows, height: 1, width: 1, channels };
}

/** A pixel and its eight neighbours. */
function around(images: Images, { normalised = false }: Reading): Windows {
  return { images, height: images.height, width: images.width, stride: 1, before: 1, side: 3, normalised };
}

/** Each pixel for itself. */
function pointwise(images: Images): Windows {
  return { images, height: images.height, width: images.width, stride: 1, before: 0, side: 1 };
}

function matrix(rows: number, columns: number): ReturnType<typeof weights> {
  return weights('outer', `inner * ${columns}u + outer`, [`${columns}u`, `${rows}u`], columns);
}
