// Adam over all parameters as one vector, whose gradients are in parts that are added here. A weight that is no finite number leaves a
// mark: WGSL lets a driver take NaN for any number in what follows, so that no loss would show it.
import type { Kernel } from '../kernel.ts';
import { floats } from './each.ts';
import { CORRECTION, RATE } from './step-numbers.ts';

export interface AdamConstants {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

/** The parts of the gradient of a parameter, in values. */
export interface GradientParts {
  /** Where the first part starts. */
  readonly start: number;
  /** How many parts, and how far the first values of two are apart. */
  readonly count: number;
  readonly apart: number;
  /** How many gradients, after one another in each part, are added to one. */
  readonly shares: number;
  /** Values of the parameter, and where it starts among all. */
  readonly size: number;
  readonly target: number;
}

/** What marks: the bits of NaN. */
const BROKEN = '0x7fc00000u';

const THREADS = 256;
/** Workgroups in a row: below the limit of every device. */
const ROW = 32_768;

/** Bindings: numbers of the step, parts, weights, the running means of the gradient and of its square, the mark. */
export function adam(all: readonly GradientParts[], { beta1, beta2, epsilon }: AdamConstants): Kernel {
  let groups = 0;
  const cases = all.map(({ start, count, apart, shares, size, target }) => {
    const numbers = [groups, start, count, apart, shares, size, target];
    groups += Math.ceil(size / THREADS);
    return `if (group < ${groups}u) { own = Parameter(${numbers.map((number) => `${number}u`).join(', ')}); }`;
  });
  return {
    label: 'Adam',
    access: ['read', 'read', 'read_write', 'read_write', 'read_write', 'read_write'],
    workgroups: [Math.min(groups, ROW), Math.ceil(groups / ROW), 1],
    code: `
struct Parameter { group: u32, start: u32, count: u32, apart: u32, shares: u32, size: u32, goal: u32 }
@group(0) @binding(0) var<storage, read> numbers: array<u32>;
${floats(1, 'parts', 'read')}${floats(2, 'weights', 'read_write')}
${floats(3, 'firsts', 'read_write')}${floats(4, 'seconds', 'read_write')}
@group(0) @binding(5) var<storage, read_write> mark: array<atomic<u32>>;
@compute @workgroup_size(${THREADS})
fn main(@builtin(workgroup_id) id: vec3u, @builtin(local_invocation_index) thread: u32) {
  let group = id.x + id.y * ${ROW}u;
  var own = Parameter();
  ${cases.join('\n  else ')}
  let value = (group - own.group) * ${THREADS}u + thread;
  if (value >= own.size) { return; }
  // Four sums at a time: as many loads are under way.
  var sums = vec4<f32>();
  for (var share = 0u; share < own.shares; share++) {
    let first = own.start + share * own.size + value;
    var part = 0u;
    for (; part + 4u <= own.count; part += 4u) {
      let place = first + part * own.apart;
      sums += vec4<f32>(parts[place], parts[place + own.apart], parts[place + 2u * own.apart], parts[place + 3u * own.apart]);
    }
    for (; part < own.count; part++) { sums.x += parts[first + part * own.apart]; }
  }
  let gradient = (sums.x + sums.y) + (sums.z + sums.w);
  let at = own.goal + value;
  let first = firsts[at] * f32(${beta1}) + gradient * f32(${1 - beta1});
  let second = seconds[at] * f32(${beta2}) + gradient * gradient * f32(${1 - beta2});
  firsts[at] = first;
  seconds[at] = second;
  let rate = bitcast<f32>(numbers[${RATE}]);
  let correction = bitcast<f32>(numbers[${CORRECTION}]);
  let weight = weights[at] - first / (sqrt(second * correction) + f32(${epsilon})) * rate;
  weights[at] = weight;
  if ((bitcast<u32>(weight) & 0x7f800000u) == 0x7f800000u) { atomicStore(&mark[0], ${BROKEN}); }
}`,
  };
}
