// Gradients of batch normalisation with ReLU and max-pooling. Of equal values, the first of a window has its gradient.
import type { Kernel } from '../kernel.ts';
import { input, kernelOf, output, type Bound } from './binding.ts';
import type { Divided } from './convolution.ts';
import type { Images } from './gather.ts';
import { laneSums, lanesOf } from './lanes.ts';
import { affine, reading, viewOf, type Uses, type View } from './normalisation.ts';

/** Sums are in few parts: each workgroup of `normalisationGradient` adds all of them. */
const MOST_PARTS = 128;
/** Workgroups, below the limit of every device. */
const MOST_GROUPS = 32_768;
/** Pixels of a thread, where this leaves few enough workgroups. */
const FEWEST_PIXELS = 4;

/** How the pixels are distributed. */
function distribute({ images, height, width }: Images, { groups }: View, most: number) {
  const { lanes, rows, spans } = lanesOf(groups);
  const pixels = images * height * width;
  const run = Math.max(FEWEST_PIXELS, Math.ceil(pixels / (rows * most)));
  return { lanes, rows, spans, pixels, run, count: Math.ceil(pixels / (rows * run)) };
}

/** Bindings: x, statistics, shift, [dy], [gradient of y halved], parts of the gradients of shift and of scale, one after the other. */
export function normalisationSums(images: Images, uses: Uses): Divided {
  const seen = viewOf(images, uses.whole?.among);
  const { lanes, rows, spans, pixels, run, count } = distribute(images, seen, MOST_PARTS);
  const code = `${affine(seen)}${gated(images, seen, uses)}${laneSums(seen.type, lanes, rows, 2)}
@compute @workgroup_size(${lanes * rows})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let c = group.y * ${lanes}u + thread % ${lanes}u;
  let own = thread / ${lanes}u;
  var sum0 = ${seen.type}();
  var sum1 = ${seen.type}();
  if (c < ${seen.groups}u) {
    for (var next = 0u; next < ${run}u; next++) {
      let pixel = (group.x * ${run}u + next) * ${rows}u + own;
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
    sums[group.x * ${2 * seen.groups}u + ${seen.groups}u + c] = shares1[thread] * statistics[c + ${seen.groups}u];
  }
}`;
  const bound = [...reading(seen), ...gradients(seen, uses), output('sums', seen.width)];
  const kernel = kernelOf('normalisation, sums', bound, code, [count, spans, 1]);
  return { kernel, count, size: 2 * images.channels };
}

/** Bindings: x, statistics, shift, [dy], [gradient of y halved], the parts that `normalisationSums` made, dx. */
export function normalisationGradient(images: Images, uses: Uses): Kernel {
  const seen = viewOf(images, uses.whole?.among);
  const { groups, type } = seen;
  const parts = distribute(images, seen, MOST_PARTS).count;
  const { lanes, rows, spans, pixels, run, count } = distribute(images, seen, MOST_GROUPS);
  const code = `${affine(seen)}${gated(images, seen, uses)}${laneSums(type, lanes, rows, 2)}
@compute @workgroup_size(${lanes * rows})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let lane = thread % ${lanes}u;
  let c = group.y * ${lanes}u + lane;
  let own = thread / ${lanes}u;
  var sum0 = ${type}();
  var sum1 = ${type}();
  if (c < ${groups}u) {
    for (var part = own; part < ${parts}u; part += ${rows}u) {
      sum0 += sums[part * ${2 * groups}u + c];
      sum1 += sums[part * ${2 * groups}u + ${groups}u + c];
    }
  }
  add_lanes(thread, sum0, sum1);
  workgroupBarrier();
  if (c >= ${groups}u) { return; }
  let mean = shares0[lane] / ${pixels}.0;
  let slope = shares1[lane] / ${pixels}.0 * statistics[c + ${groups}u];
  for (var next = 0u; next < ${run}u; next++) {
    let pixel = (group.x * ${run}u + next) * ${rows}u + own;
    if (pixel < ${pixels}u) {
      let at = pixel * ${groups}u + c;
      let gradient = gated(pixel, c) - mean - (x[at] - statistics[c]) * slope;
      dx[at] = gradient * statistics[c + ${2 * groups}u];
    }
  }
}`;
  const bound = [
    ...reading(seen),
    ...gradients(seen, uses),
    input('sums', seen.width),
    output('dx', seen.width),
  ];
  return kernelOf('normalisation, gradient of x', bound, code, [count, spans, 1]);
}

function gradients({ width }: View, { whole, halved = false }: Uses): readonly Bound[] {
  return [...(whole === undefined ? [] : [input('dy', width)]), ...(halved ? [input('dhalved', width)] : [])];
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
