// Adds what kernels with divided sums stored in parts, in a fixed order.
import type { Kernel } from '../kernel.ts';
import { input, kernelOf, output } from './binding.ts';
import { each } from './each.ts';

/** Parts of `size` values after one another. Bindings: parts, result; with a bias, which has `columns` values: parts, bias, result. */
export function addParts(
  count: number,
  size: number,
  { columns }: { readonly columns?: number } = {},
): Kernel {
  const { begin, workgroups } = each(size);
  const code = `${begin}
  var sum = parts[at];
  for (var part = 1u; part < ${count}u; part++) { sum += parts[part * ${size}u + at]; }
  result[at] = sum${columns === undefined ? '' : ` + bias[at % ${columns}u]`};
}`;
  const bound = [input('parts'), ...(columns === undefined ? [] : [input('bias')]), output('result')];
  return kernelOf('sums of parts', bound, code, workgroups);
}
