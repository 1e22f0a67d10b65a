// Batch normalisation by statistics, with ReLU, and max-pooling 2×2 after it where wanted. An odd last row or column is left out of the
// pooling.
import type { Kernel } from '../kernel.ts';
import { input, kernelOf, output, typeOf, widthOf, type Bound } from './binding.ts';
import { each } from './each.ts';
import type { Images } from './gather.ts';

/** What is computed of the normalised images: all of them, with the place where they are kept, or what pooling leaves, or both. */
export interface Uses {
  readonly whole?: { readonly among?: Images['among'] };
  readonly halved?: boolean;
}

/** Bindings: x, statistics, shift, [y, in its place], [y halved]. */
export function normalise(images: Images, { whole, halved = false }: Uses): Kernel {
  const { height, width } = images;
  const seen = viewOf(images, whole?.among);
  // With pooling, a thread computes what a window has: its last rows and columns may be half or quarter windows.
  const [rows, columns] = halved ? [Math.ceil(height / 2), Math.ceil(width / 2)] : [height, width];
  const count = images.images * rows * columns * seen.groups;
  const [h2, w2] = [Math.floor(height / 2), Math.floor(width / 2)];
  const one = (down: number, across: number): string => {
    const name = `value${down}${across}`;
    const inside = `2u * row + ${down}u < ${height}u && 2u * column + ${across}u < ${width}u`;
    return `var ${name} = ${seen.type}();
  if (${inside}) {
    let pixel = (image * ${height}u + 2u * row + ${down}u) * ${width}u + 2u * column + ${across}u;
    ${name} = max(affine(pixel, c), ${seen.type}());
    ${whole === undefined ? '' : `y[${seen.place('pixel')}] = ${name};`}
  }`;
  };
  const body = halved
    ? `let column = place % ${columns}u;
  let row = place / ${columns}u % ${rows}u;
  let image = place / ${columns * rows}u;
  ${one(0, 0)} ${one(0, 1)} ${one(1, 0)} ${one(1, 1)}
  if (row < ${h2}u && column < ${w2}u) {
    halved[((image * ${h2}u + row) * ${w2}u + column) * ${seen.groups}u + c] = max(max(value00, value01), max(value10, value11));
  }`
    : `y[${seen.place('place')}] = max(affine(place, c), ${seen.type}());`;
  const { begin, workgroups } = each(count);
  const code = `${affine(seen)}${begin}
  let c = at % ${seen.groups}u;
  let place = at / ${seen.groups}u;
  ${body}
}`;
  const bound = [
    ...reading(seen),
    ...(whole === undefined ? [] : [output('y', seen.width)]),
    ...(halved ? [output('halved', seen.width)] : []),
  ];
  return kernelOf('normalise', bound, code, workgroups);
}

/** How images are seen that are normalised. */
export interface View {
  readonly width: 1 | 4;
  readonly type: string;
  /** Channels, as many at once as the type holds. */
  readonly groups: number;
  /** WGSL: where the channels `c` of a pixel are, among others. */
  place(pixel: string): string;
}

export function viewOf({ channels }: Images, among: Images['among'] = { channels, first: 0 }): View {
  const width = widthOf(channels, among.channels, among.first);
  return {
    width,
    type: typeOf(width),
    groups: channels / width,
    place: (pixel) => `${pixel} * ${among.channels / width}u + ${among.first / width}u + c`,
  };
}

export function reading({ width }: View): readonly Bound[] {
  return [input('x', width), input('statistics', width), input('shift', width)];
}

/** WGSL: `affine(pixel, c)`, a value before ReLU. */
export function affine({ type, groups }: View): string {
  return `fn affine(pixel: u32, c: u32) -> ${type} {
  return (x[pixel * ${groups}u + c] - statistics[c]) * statistics[c + ${2 * groups}u] + shift[c];
}
`;
}
