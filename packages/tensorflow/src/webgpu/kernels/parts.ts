// Adds what kernels with divided sums stored in parts, in a fixed order.
import type { Kernel } from '../kernel.ts';
import { input, kernelOf, output } from './binding.ts';

export interface Parts {
  /** Where the first part starts. */
  readonly start: number;
  /** Values of the result. */
  readonly size: number;
  /** How many parts, and how far the first values of two are apart. */
  readonly count: number;
  readonly apart: number;
  /** How many results of `size` values, after one another in each part, are added to one (default 1). */
  readonly shares?: number;
  /** Where the result starts. */
  readonly target: number;
}

const THREADS = 256;

/** Of several results at once, all in one buffer before and one after it. Bindings: parts, results. */
export function addParts(all: readonly Parts[]): Kernel {
  let groups = 0;
  const cases = all.map(({ start, size, count, apart, shares = 1, target }) => {
    const from = groups;
    groups += Math.ceil(size / THREADS);
    return `if (group.x < ${groups}u) { add(${start}u, ${size}u, ${count}u, ${apart}u, ${shares}u, ${target}u, (group.x - ${from}u) * ${THREADS}u + thread); }`;
  });
  const code = `
fn add(start: u32, size: u32, count: u32, apart: u32, shares: u32, goal: u32, at: u32) {
  if (at >= size) { return; }
  var sum = 0.0;
  for (var part = 0u; part < count; part++) {
    for (var share = 0u; share < shares; share++) { sum += parts[start + part * apart + share * size + at]; }
  }
  results[goal + at] = sum;
}
@compute @workgroup_size(${THREADS})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  ${cases.join('\n  else ')}
}`;
  return kernelOf('sums of parts', [input('parts'), output('results')], code, [groups, 1, 1]);
}

/** The parts of a linear layer's result, and its bias. Bindings: parts, bias, y [rows, columns]. */
export function addPartsAndBias(count: number, rows: number, columns: number): Kernel {
  const size = rows * columns;
  const code = `
@compute @workgroup_size(${THREADS})
fn main(@builtin(global_invocation_id) place: vec3<u32>) {
  if (place.x >= ${size}u) { return; }
  var sum = parts[place.x];
  for (var part = 1u; part < ${count}u; part++) { sum += parts[part * ${size}u + place.x]; }
  y[place.x] = sum + bias[place.x % ${columns}u];
}`;
  const bound = [input('parts'), input('bias'), output('y')];
  return kernelOf('sums of parts, with bias', bound, code, [Math.ceil(size / THREADS), 1, 1]);
}
