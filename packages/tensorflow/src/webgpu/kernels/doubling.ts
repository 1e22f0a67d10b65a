// Transposed convolutions of stride 2, which double height and width: 3×3 as PyTorch's `padding=1, output_padding=1`, weight
// [3, 3, in, out], and 2×2, weight [in, (row, column, out)].
import type { Kernel } from '../kernel.ts';
import type { Divided, Reading, Sizes, WithMoments } from './convolution.ts';
import { widthOf } from './binding.ts';
import { pixelsOf, weights, windows, windowSize, type Images, type Windows } from './gather.ts';
import { product } from './product.ts';
import { resultOf } from './result.ts';
import { tilingOf } from './tiles.ts';

/**
 * Bindings: x, [statistics, shift], weight, y, moments.
 *
 * Pixels of y are of four phases, by the parity of row and column, each a convolution of its own: an even row 2m sees the row m of x
 * through the kernel's row 1; an odd one, 2m + 1, sees the row m through row 2 and the row m + 1 through row 0. Columns alike.
 */
export function upConv3x3(sizes: Sizes, { normalised = false }: Reading = {}): WithMoments {
  const { height, width, cin, cout } = sizes;
  const images = imagesOf(sizes, 1, cin);
  const seen: Windows = { images, height, width, stride: 1, before: 0, side: 2, phased: true, normalised };
  const rows = pixelsOf(seen);
  const tiling = tilingOf(rows, cout, windowSize(seen), { times: 4 });
  // Of the taps of a phase: row 1 of the kernel, or rows 2 and 0.
  const tapped = `kernel_place(inner / ${cin}u) * ${cin * cout}u + inner % ${cin}u * ${cout}u + outer`;
  const weight = weights(
    'outer',
    tapped,
    [`${cout}u`, `(1u + (phase & 1u)) * (1u + (phase >> 1u)) * ${cin}u`],
    cout,
  );
  const kernel = product({
    label: 'transposed convolution',
    rows,
    columns: cout,
    depth: (phase) => `(1u + (${phase} & 1u)) * (1u + (${phase} >> 1u)) * ${cin}u`,
    tiling,
    phases: 4,
    left: windows('x', seen, 'window'),
    right: { ...weight, functions: KERNEL_PLACE + weight.functions },
    ...resultOf({ columns: cout, index: `${pixel(sizes, 'row', 'phase')} * ${cout}u + column` }),
    moments: true,
  });
  return { kernel, tiled: { phases: 4, rows, tileRows: tiling.rows } };
}

const KERNEL_PLACE = `
fn kernel_place(tap: u32) -> u32 {
  let across = 1u + (phase & 1u);
  let row = select(1u, 2u - 2u * (tap / across), (phase >> 1u) == 1u);
  let column = select(1u, 2u - 2u * (tap % across), (phase & 1u) == 1u);
  return 3u * row + column;
}
`;

/** Bindings: dy, weight, dx. */
export function upConv3x3InputGradient(sizes: Sizes): Kernel {
  const { cin, cout } = sizes;
  const seen = spread(sizes);
  const rows = pixelsOf(seen);
  return product({
    label: 'transposed convolution, gradient of x',
    rows,
    columns: cin,
    depth: windowSize(seen),
    tiling: tilingOf(rows, cin, windowSize(seen)),
    left: windows('dy', seen, 'window'),
    right: weights(
      'inner',
      `(inner / ${cout}u * ${cin}u + outer) * ${cout}u + inner % ${cout}u`,
      [`${cin}u`, `${9 * cout}u`],
      cout,
    ),
    ...resultOf({ columns: cin }),
  });
}

/** Bindings: x, [statistics, shift], dy, parts of the weight's gradient. */
export function upConv3x3KernelGradient(sizes: Sizes, { normalised = false }: Reading = {}): Divided {
  const { cin, cout } = sizes;
  const seen = spread(sizes);
  const tiling = tilingOf(cin, windowSize(seen), pixelsOf(seen), { divisible: true });
  const size = 9 * cin * cout;
  const kernel = product({
    label: 'transposed convolution, gradient of the weight',
    rows: cin,
    columns: windowSize(seen),
    depth: pixelsOf(seen),
    tiling,
    left: windows('x', { ...single(imagesOf(sizes, 1, cin)), normalised }, 'place'),
    right: windows('dy', seen, 'place'),
    ...resultOf({
      columns: windowSize(seen),
      index: `(column / ${cout}u * ${cin}u + row) * ${cout}u + column % ${cout}u`,
      neighbours: cout,
      size,
    }),
  });
  return { kernel, count: tiling.parts, size };
}

export interface Beside {
  /** Channels of the images of which `cout` are computed, and which of them is the first (default: no others). */
  readonly among?: { readonly channels: number; readonly first: number };
}

/** Bindings: x, [statistics, shift], weight, bias, y. */
export function doubling(sizes: Sizes, { normalised = false, among }: Reading & Beside = {}): Kernel {
  const { cin, cout } = sizes;
  const seen = { ...single(imagesOf(sizes, 1, cin)), normalised };
  const rows = pixelsOf(seen);
  const { channels, first } = among ?? { channels: cout, first: 0 };
  return product({
    label: 'doubling',
    rows,
    columns: 4 * cout,
    depth: cin,
    tiling: tilingOf(rows, 4 * cout, cin),
    left: windows('x', seen, 'window'),
    right: weights('outer', `inner * ${4 * cout}u + outer`, [`${4 * cout}u`, `${cin}u`], 4 * cout),
    ...resultOf({
      columns: 4 * cout,
      index: `${pixel(sizes, 'row', `(column / ${cout}u)`)} * ${channels}u + ${first}u + column % ${cout}u`,
      neighbours: widthOf(cout, channels, first),
      bias: cout,
    }),
  });
}

/** Bindings: dy, weight, dx. `among` is that of dy. */
export function doublingInputGradient(sizes: Sizes, { among }: Beside = {}): Kernel {
  const { cin, cout } = sizes;
  const seen = quartered(sizes, among);
  const rows = pixelsOf(seen);
  return product({
    label: 'doubling, gradient of x',
    rows,
    columns: cin,
    depth: 4 * cout,
    tiling: tilingOf(rows, cin, 4 * cout),
    left: windows('dy', seen, 'window'),
    right: weights('inner', `outer * ${4 * cout}u + inner`, [`${cin}u`, `${4 * cout}u`], 4 * cout),
    ...resultOf({ columns: cin }),
  });
}

/**
 * Bindings: x, [statistics, shift], dy, parts of [in + 1, (row, column, out)]: the weight's gradient, then four shares of that of the bias.
 */
export function doublingKernelGradient(
  sizes: Sizes,
  { normalised = false, among }: Reading & Beside = {},
): Divided {
  const { cin, cout } = sizes;
  const seen = quartered(sizes, among);
  const tiling = tilingOf(cin + 1, 4 * cout, pixelsOf(seen), { divisible: true });
  const size = (cin + 1) * 4 * cout;
  const kernel = product({
    label: 'doubling, gradient of the weight',
    rows: cin + 1,
    columns: 4 * cout,
    depth: pixelsOf(seen),
    tiling,
    left: windows('x', { ...single(imagesOf(sizes, 1, cin)), normalised, ones: true }, 'place'),
    right: windows('dy', seen, 'place'),
    ...resultOf({ columns: 4 * cout, size }),
  });
  return { kernel, count: tiling.parts, size };
}

/** WGSL: number of the pixel of y that is one of the four of a pixel of x. */
function pixel({ width }: Sizes, of: string, phase: string): string {
  // Rows of all images are counted together: 2 · (image · height + row) + parity.
  return `((2u * (${of} / ${width}u) + ${phase} / 2u) * ${2 * width}u + 2u * (${of} % ${width}u) + ${phase} % 2u)`;
}

function imagesOf({ images, height, width }: Sizes, times: 1 | 2, channels: number): Images {
  return { images, height: times * height, width: times * width, channels };
}

/** The pixels of y that a pixel of x contributed to. */
function spread(sizes: Sizes): Windows {
  const { height, width, cout } = sizes;
  return { images: imagesOf(sizes, 2, cout), height, width, stride: 2, before: 1, side: 3 };
}

function quartered(sizes: Sizes, among: Images['among']): Windows {
  const { height, width, cout } = sizes;
  const images: Images = { ...imagesOf(sizes, 2, cout), ...(among !== undefined && { among }) };
  return { images, height, width, stride: 2, before: 0, side: 2 };
}

function single(images: Images): Windows {
  return { images, height: images.height, width: images.width, stride: 1, before: 0, side: 1 };
}
