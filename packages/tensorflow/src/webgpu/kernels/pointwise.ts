// Kernels that compute each value from those at the same place.
import type { Kernel } from '../kernel.ts';
import { each, floats } from './each.ts';

function pointwise(label: string, count: number, inputs: readonly string[], value: string): Kernel {
  const { begin, workgroups } = each(count);
  const declared = [
    ...inputs.map((name, at) => floats(at, name, 'read')),
    floats(inputs.length, 'result', 'read_write'),
  ];
  return {
    label,
    access: [...inputs.map(() => 'read' as const), 'read_write'],
    workgroups,
    code: `${declared.join('')}${begin}\n  result[at] = ${value};\n}`,
  };
}

/** Bindings: x, result. */
export const sigmoid = (count: number): Kernel =>
  pointwise('sigmoid', count, ['x'], '1.0 / (1.0 + exp(-x[at]))');

/** Bindings: gradient of the result, the result, gradient of x. */
export const sigmoidGradient = (count: number): Kernel =>
  pointwise('gradient of sigmoid', count, ['gradient', 'y'], 'gradient[at] * y[at] * (1.0 - y[at])');

/** Bindings: a, b, result. */
export const sum = (count: number): Kernel => pointwise('sum', count, ['a', 'b'], 'a[at] + b[at]');

/** Bindings: x, result. */
export const negative = (count: number): Kernel => pointwise('negative', count, ['x'], '-x[at]');

/** a − b, limited to 0 … 1 if wanted. Bindings: a, b, result. */
export const difference = (count: number, limited: boolean): Kernel =>
  pointwise('difference', count, ['a', 'b'], limited ? 'clamp(a[at] - b[at], 0.0, 1.0)' : 'a[at] - b[at]');
