// Adam over all parameters as one vector. A weight that is no finite number leaves a mark: WGSL lets a driver take NaN for any number in
// what follows, so that no loss would show it.
import type { Kernel } from '../kernel.ts';
import { each, floats } from './each.ts';
import { CORRECTION, RATE } from './step-numbers.ts';

export interface AdamConstants {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

/** What marks: the bits of NaN. */
const BROKEN = '0x7fc00000u';

/** Bindings: numbers of the step, gradients, weights, the running means of the gradient and of its square, the mark. */
export function adam(count: number, { beta1, beta2, epsilon }: AdamConstants): Kernel {
  const { begin, workgroups } = each(count);
  return {
    label: 'Adam',
    access: ['read', 'read', 'read_write', 'read_write', 'read_write', 'read_write'],
    workgroups,
    code: `
@group(0) @binding(0) var<storage, read> numbers: array<u32>;
${floats(1, 'gradients', 'read')}${floats(2, 'weights', 'read_write')}
${floats(3, 'firsts', 'read_write')}${floats(4, 'seconds', 'read_write')}
@group(0) @binding(5) var<storage, read_write> mark: array<atomic<u32>>;
${begin}
  let gradient = gradients[at];
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
