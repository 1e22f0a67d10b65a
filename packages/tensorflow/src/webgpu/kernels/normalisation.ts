// Batch normalisation with ReLU, and max-pooling 2×2 after it where wanted, from the moments that products stored of their tiles.
// An odd last row or column is left out of the pooling. Of equal values, the first of a window has its gradient.
import type { Kernel } from '../kernel.ts';
import { input, kernelOf, output, typeOf, widthOf, type Bound } from './binding.ts';
import type { Images } from './gather.ts';
import { laneSums, lanesOf } from './lanes.ts';
import { SUM, THREADS } from './channel-sum.ts';
import type { Tiled } from './tile-moments.ts';

/** What is computed of the normalised images: all of them, with the place where they are kept, or what pooling leaves, or both. */
export interface Uses {
  readonly whole?: { readonly among?: Images['among'] };
  readonly halved?: boolean;
}

/**
 * Mean, 1 / deviation and scale / deviation of the batch, and the running statistics after it.
 * Bindings: moments, scale, running mean, running variance, statistics [3, channels].
 * @param epsilon added to the variance @param momentum share of this batch in the running statistics
 */
export function batchStatistics(
  { phases, rows, tileRows }: Tiled,
  channels: number,
  { epsilon, momentum }: { readonly epsilon: number; readonly momentum: number },
): Kernel {
  const each = Math.ceil(rows / tileRows);
  const count = phases * rows;
  const all = `var tile = thread; tile < ${phases * each}u; tile += ${THREADS}u`;
  const code = `${SUM}
@compute @workgroup_size(${THREADS})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let channel = group.x;
  var share = 0.0;
  for (${all}) { share += moments[tile * ${2 * channels}u + channel]; }
  let mean = sum(share, thread) / ${count}.0;
  share = 0.0;
  for (${all}) {
    let size = f32(min(${tileRows}u, ${rows}u - tile % ${each}u * ${tileRows}u));
    let apart = moments[tile * ${2 * channels}u + channel] / size - mean;
    share += moments[tile * ${2 * channels}u + ${channels}u + channel] + size * apart * apart;
  }
  let squares = sum(share, thread);
  if (thread == 0u) {
    let inverse = 1.0 / sqrt(squares / ${count}.0 + ${epsilon});
    statistics[channel] = mean;
    statistics[channel + ${channels}u] = inverse;
    statistics[channel + ${2 * channels}u] = scale[channel] * inverse;
    running_mean[channel] = ${1 - momentum} * running_mean[channel] + ${momentum} * mean;
    running_variance[channel] = ${1 - momentum} * running_variance[channel] + ${momentum} * (squares / ${count - 1}.0);
  }
}`;
  const bound = [
    input('moments'),
    input('scale'),
    output('running_mean'),
    output('running_variance'),
    output('statistics'),
  ];
  return kernelOf('statistics', bound, code, [channels, 1, 1]);
}

/** The same from running statistics, for a finished model. Bindings: scale, running mean, running variance, statistics. */
export function fixedStatistics(channels: number, epsilon: number): Kernel {
  const code = `
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) place: vec3<u32>) {
  let channel = place.x;
  if (channel >= ${channels}u) { return; }
  let inverse = 1.0 / sqrt(running_variance[channel] + ${epsilon});
  statistics[channel] = running_mean[channel];
  statistics[channel + ${channels}u] = inverse;
  statistics[channel + ${2 * channels}u] = scale[channel] * inverse;
}`;
  const bound = [input('scale'), input('running_mean'), input('running_variance'), output('statistics')];
  return kernelOf('fixed statistics', bound, code, [Math.ceil(channels / 64), 1, 1]);
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
    ${name} = normalised(pixel, c);
    ${whole === undefined ? '' : `y[${seen.place('pixel')}] = ${name};`}
  }`;
  };
  const body = halved
    ? `let column = at % ${columns}u; at /= ${columns}u;
  let row = at % ${rows}u;
  let image = at / ${rows}u;
  ${one(0, 0)} ${one(0, 1)} ${one(1, 0)} ${one(1, 1)}
  if (row < ${h2}u && column < ${w2}u) {
    halved[((image * ${h2}u + row) * ${w2}u + column) * ${seen.groups}u + c] = max(max(value00, value01), max(value10, value11));
  }`
    : `y[${seen.place('at')}] = normalised(at, c);`;
  const code = `${normalised(seen)}
@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) place: vec3<u32>) {
  if (place.x >= ${count}u) { return; }
  let c = place.x % ${seen.groups}u;
  ${halved ? 'var' : 'let'} at = place.x / ${seen.groups}u;
  ${body}
}`;
  const bound = [
    ...reading(seen),
    ...(whole === undefined ? [] : [output('y', seen.width)]),
    ...(halved ? [output('halved', seen.width)] : []),
  ];
  return kernelOf('normalise', bound, code, [Math.ceil(count / 256), 1, 1]);
}

/** Sums for the gradients of scale and shift: what `normalisationFactors` gets. */
export interface Sums {
  readonly kernel: Kernel;
  /** Parts, each [2, channels]. */
  readonly count: number;
}

/** Pixels per thread. */
const RUN = 16;

/** Bindings: x, statistics, shift, [dy], [gradient of y halved], sums. */
export function normalisationSums(images: Images, uses: Uses): Sums {
  const seen = viewOf(images, uses.whole?.among);
  const pixels = images.images * images.height * images.width;
  const { lanes, rows, spans } = lanesOf(seen.groups);
  const count = Math.ceil(pixels / (rows * RUN));
  const code = `${normalised(seen)}${gated(images, seen, uses)}${laneSums(seen.type, lanes, rows, 2)}
@compute @workgroup_size(${lanes * rows})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let c = group.y * ${lanes}u + thread % ${lanes}u;
  let own = thread / ${lanes}u;
  var sum0 = ${seen.type}();
  var sum1 = ${seen.type}();
  if (c < ${seen.groups}u) {
    for (var run = 0u; run < ${RUN}u; run++) {
      let pixel = (group.x * ${RUN}u + run) * ${rows}u + own;
      if (pixel < ${pixels}u) {
        let gradient = gated(pixel, c);
        sum0 += gradient;
        sum1 += gradient * (x[pixel * ${seen.groups}u + c] - statistics[c]);
      }
    }
  }
  add_lanes(thread, sum0, sum1);
  if (own == 0u && c < ${seen.groups}u) {
    sums[group.x * ${2 * seen.groups}u + c] = shares0[thread];
    sums[group.x * ${2 * seen.groups}u + ${seen.groups}u + c] = shares1[thread];
  }
}`;
  const bound = [...reading(seen), ...gradients(seen, uses), output('sums', seen.width)];
  return { kernel: kernelOf('normalisation, sums', bound, code, [count, spans, 1]), count };
}

/**
 * Bindings: sums, statistics, gradient of scale, gradient of shift, factors [2, channels].
 * @param parts of the sums @param pixels of the whole batch
 */
export function normalisationFactors(parts: number, pixels: number, channels: number): Kernel {
  const code = `${SUM}
@compute @workgroup_size(${THREADS})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let channel = group.x;
  var share0 = 0.0;
  var share1 = 0.0;
  for (var part = thread; part < ${parts}u; part += ${THREADS}u) {
    share0 += sums[part * ${2 * channels}u + channel];
    share1 += sums[part * ${2 * channels}u + ${channels}u + channel];
  }
  let gradients = sum(share0, thread);
  let products = sum(share1, thread);
  if (thread == 0u) {
    let inverse = statistics[channel + ${channels}u];
    dscale[channel] = products * inverse;
    dshift[channel] = gradients;
    factors[channel] = gradients / ${pixels}.0;
    factors[channel + ${channels}u] = products / ${pixels}.0 * inverse * inverse;
  }
}`;
  const bound = [input('sums'), input('statistics'), output('dscale'), output('dshift'), output('factors')];
  return kernelOf('normalisation, factors', bound, code, [channels, 1, 1]);
}

/** Bindings: x, statistics, shift, [dy], [gradient of y halved], factors, dx. */
export function normalisationGradient(images: Images, uses: Uses): Kernel {
  const seen = viewOf(images, uses.whole?.among);
  const count = images.images * images.height * images.width * seen.groups;
  const code = `${normalised(seen)}${gated(images, seen, uses)}
@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) place: vec3<u32>) {
  if (place.x >= ${count}u) { return; }
  let c = place.x % ${seen.groups}u;
  let centred = x[place.x] - statistics[c];
  let gradient = gated(place.x / ${seen.groups}u, c) - factors[c] - centred * factors[c + ${seen.groups}u];
  dx[place.x] = gradient * statistics[c + ${2 * seen.groups}u];
}`;
  const bound = [
    ...reading(seen),
    ...gradients(seen, uses),
    input('factors', seen.width),
    output('dx', seen.width),
  ];
  return kernelOf('normalisation, gradient of x', bound, code, [Math.ceil(count / 256), 1, 1]);
}

interface View {
  readonly width: 1 | 4;
  readonly type: string;
  /** Channels, as many at once as the type holds. */
  readonly groups: number;
  /** WGSL: where the channels `c` of a pixel are, among others. */
  place(pixel: string): string;
}

function viewOf({ channels }: Images, among: Images['among'] = { channels, first: 0 }): View {
  const width = widthOf(channels, among.channels, among.first);
  return {
    width,
    type: typeOf(width),
    groups: channels / width,
    place: (pixel) => `${pixel} * ${among.channels / width}u + ${among.first / width}u + c`,
  };
}

function reading({ width }: View): readonly Bound[] {
  return [input('x', width), input('statistics', width), input('shift', width)];
}

function gradients({ width }: View, { whole, halved = false }: Uses): readonly Bound[] {
  return [...(whole === undefined ? [] : [input('dy', width)]), ...(halved ? [input('dhalved', width)] : [])];
}

function normalised({ type, groups }: View): string {
  return `fn affine(pixel: u32, c: u32) -> ${type} {
  return (x[pixel * ${groups}u + c] - statistics[c]) * statistics[c + ${2 * groups}u] + shift[c];
}
fn normalised(pixel: u32, c: u32) -> ${type} { return max(affine(pixel, c), ${type}()); }
`;
}

/** WGSL: the gradient of a value before ReLU, from those of what is made of it. */
function gated({ height, width }: Images, seen: View, { whole, halved = false }: Uses): string {
  const [h2, w2] = [Math.floor(height / 2), Math.floor(width / 2)];
  const pooled = `
  let column = pixel % ${width}u;
  let row = pixel / ${width}u % ${height}u;
  let image = pixel / ${height * width}u;
  if (row < ${2 * h2}u && column < ${2 * w2}u) {
    let beside = select(pixel - 1u, pixel + 1u, column % 2u == 0u);
    let other = select(pixel - ${width}u, pixel + ${width}u, row % 2u == 0u);
    let across = select(other - 1u, other + 1u, column % 2u == 0u);
    // Those before it in the window have to be less, those after it not greater.
    let b = affine(beside, c);
    let o = affine(other, c);
    let a = affine(across, c);
    let highest = select(b < value, b <= value, vec_of(column % 2u == 0u)) & select(o < value, o <= value, vec_of(row % 2u == 0u))
      & select(a < value, a <= value, vec_of(row % 2u == 0u));
    gradient += select(${seen.type}(), dhalved[((image * ${h2}u + row / 2u) * ${w2}u + column / 2u) * ${seen.groups}u + c], highest);
  }`;
  const vector = seen.width === 4 ? 'vec4<bool>' : 'bool';
  return `${halved ? `fn vec_of(value: bool) -> ${vector} { return ${vector}(value); }` : ''}
fn gated(pixel: u32, c: u32) -> ${seen.type} {
  let value = affine(pixel, c);
  var gradient = ${whole === undefined ? `${seen.type}()` : `dy[${seen.place('pixel')}]`};
  ${halved ? pooled : ''}
  return select(${seen.type}(), gradient, value > ${seen.type}());
}`;
}
