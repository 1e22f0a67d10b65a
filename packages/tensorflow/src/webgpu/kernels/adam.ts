// Adam over all parameters as one vector.
import type { Kernel } from '../kernel.ts';
import { each, floats } from './each.ts';
import { CORRECTION, RATE } from './step-numbers.ts';

export interface AdamConstants {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

/** Bindings: numbers of the step, gradients, weights, and the running means of the gradient and of its square. */
export function adam(count: number, { beta1, beta2, epsilon }: AdamConstants): Kernel {
  const { begin, workgroups } = each(count);
  return {
    label: 'Adam',
    access: ['read', 'read', 'read_write', 'read_write', 'read_write'],
    workgroups,
    code: `
@group(0) @binding(0) var<storage, read> numbers: array<u32>;
${floats(1, 'gradients', 'read')}${floats(2, 'weights', 'read_write')}
${floats(3, 'firsts', 'read_write')}${floats(4, 'seconds', 'read_write')}
${begin}
  let gradient = gradients[at];
  let first = firsts[at] * f32(${beta1}) + gradient * f32(${1 - beta1});
  let second = seconds[at] * f32(${beta2}) + gradient * gradient * f32(${1 - beta2});
  firsts[at] = first;
  seconds[at] = second;
  let rate = bitcast<f32>(numbers[${RATE}]);
  let correction = bitcast<f32>(numbers[${CORRECTION}]);
  weights[at] = weights[at] - first / (sqrt(second * correction) + f32(${epsilon})) * rate;
}`,
  };
}
