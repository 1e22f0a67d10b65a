// Operands of products that are gathered from images where they are: windows of pixels as rows of a matrix that exists nowhere. And
// operands that are weights.
import { input, widthOf, type Bound } from './binding.ts';
import type { Operand } from './product.ts';

/** Images in memory, [images, height, width, channels]. */
export interface Images {
  readonly images: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** Of which they are some channels: how many those have, and which is the first of these. */
  readonly among?: { readonly channels: number; readonly first: number };
}

/** Which pixels of images are seen from each place of a grid. */
export interface Windows {
  readonly images: Images;
  /** Places, in each image; the place (y, x) sees the pixels (y · stride + a − before, x · stride + b − before) with 0 ≤ a, b < side. */
  readonly height: number;
  readonly width: number;
  readonly stride: 1 | 2;
  readonly before: 0 | 1;
  readonly side: 1 | 2 | 3;
  /** Instead of a square: of size 1 or 2 in each direction as the bits of `phase` say. */
  readonly phased?: boolean;
  /** Normalises what is read as `normalise` does, which then needs not be computed. Binds statistics and shift, too. */
  readonly normalised?: boolean;
  /** A row or column of ones after all others, for the gradient of biases. */
  readonly ones?: boolean;
}

export function pixelsOf({ images, height, width }: Windows): number {
  return images.images * height * width;
}

/** Values in a window. */
export function windowSize({ images, side }: Windows): number {
  return side ** 2 * images.channels;
}

/**
 * Windows as a matrix [places, (row, column, channel)].
 * @param by what the operand's `inner` index counts @param name prefix of its names in WGSL, and of the buffer that it binds
 */
export function windows(name: string, seen: Windows, by: 'place' | 'window'): Operand {
  const {
    images,
    height,
    width,
    stride,
    before,
    side,
    phased = false,
    normalised = false,
    ones = false,
  } = seen;
  const { channels, among = { channels, first: 0 } } = images;
  const four = widthOf(channels, among.channels, among.first);
  const places = pixelsOf(seen);
  const size = windowSize(seen);
  const bound: Bound[] = [
    input(name, four),
    ...(normalised ? [input(`${name}_statistics`, four), input(`${name}_shift`, four)] : []),
  ];
  const columns = phased ? `((1u + (phase & 1u)) * (1u + (phase >> 1u)) * ${channels}u)` : `${size}u`;
  const across = phased ? '(1u + (phase & 1u))' : `${side}u`;
  const value = four === 4 ? 'vec4<f32>' : 'f32';
  const at = four === 4 ? ' / 4u' : '';
  const third = four === 4 ? channels / 4 : channels;
  const normalise = `
  let c = channel${at};
  return max((found - ${name}_statistics[c]) * ${name}_statistics[c + ${2 * third}u] + ${name}_shift[c], ${value}());`;
  const single =
    channels === 1
      ? 'let tap = column; let channel = 0u;'
      : `let tap = column / ${channels}u; let channel = column % ${channels}u;`;
  const one = `fn ${name}_at(place: u32, column: u32) -> ${value} {
  if (place >= ${places}u || column >= ${columns}) { return ${ones ? `${value}(select(0.0, 1.0, place < ${places}u && column == ${columns}))` : `${value}()`}; }
  ${single}
  let image = place / ${height * width}u;
  let seen_row = ${stride}u * (place / ${width}u % ${height}u) + tap / ${across} - ${before}u;
  let seen_column = ${stride}u * (place % ${width}u) + tap % ${across} - ${before}u;
  if (seen_row >= ${images.height}u || seen_column >= ${images.width}u) { return ${value}(); }
  let found = ${name}[(((image * ${images.height}u + seen_row) * ${images.width}u + seen_column) * ${among.channels}u + ${among.first}u + channel)${at}];
  ${normalised ? normalise : 'return found;'}
}`;
  const along = by === 'window' ? 'inner' : 'outer';
  const places4 = by === 'window' ? 'outer, inner' : 'inner, outer';
  const wide =
    four === 4
      ? ones
        ? `let values = ${name}_at(place, column); return select(values, vec4<f32>(values.x, 0.0, 0.0, 0.0), column >= ${columns});`
        : `return ${name}_at(place, column);`
      : oneByOne(`${name}_at(place, column + next)`);
  const functions = `${one}
fn ${name}_four(place: u32, column: u32) -> vec4<f32> { ${wide} }
fn ${name}_load(outer: u32, inner: u32) -> vec4<f32> { return ${name}_four(${places4}); }`;
  return { bound, functions, load: `${name}_load`, along };
}

/**
 * Weights as a matrix.
 * @param index WGSL: position of the value (outer, inner); along `along`, values are neighbours
 * @param limits of outer and inner, WGSL
 * @param width of the neighbours that may be taken together
 */
export function weights(
  along: 'outer' | 'inner',
  index: string,
  limits: readonly [string, string],
  neighbours: number,
): Operand {
  const four = widthOf(neighbours);
  const inside = `outer < ${limits[0]} && inner < ${limits[1]}`;
  const next = along === 'outer' ? 'weight_at(outer + next, inner)' : 'weight_at(outer, inner + next)';
  const functions = `fn weight_at(outer: u32, inner: u32) -> ${four === 4 ? 'vec4<f32>' : 'f32'} {
  if (!(${inside})) { return ${four === 4 ? 'vec4<f32>' : 'f32'}(); }
  let at = ${index};
  return weight[at${four === 4 ? ' / 4u' : ''}];
}
fn weight_load(outer: u32, inner: u32) -> vec4<f32> {
  ${four === 4 ? 'return weight_at(outer, inner);' : oneByOne(next)}
}`;
  return { bound: [input('weight', four)], functions, load: 'weight_load', along };
}

/** A loop, which compiles faster than four expressions. @param value WGSL that depends on `next`, 0 to 3 */
function oneByOne(value: string): string {
  return `var values = vec4<f32>(); for (var next = 0u; next < 4u; next++) { values[next] = ${value}; } return values;`;
}
