// Sums in a fixed order, so that two runs give the same bits.
import type { Kernel } from '../kernel.ts';
import { floats } from './each.ts';
import { SLOT } from './step-numbers.ts';

/** Of a workgroup that sums up the values of an image. */
export const THREADS = 256;

/** Declares `sum()`, which all threads of a workgroup call together, each with its share. */
export const sumOver = (threads: number): string => `
var<workgroup> shares: array<f32, ${threads}>;
fn sum(share: f32, thread: u32) -> f32 {
  workgroupBarrier();
  shares[thread] = share;
  for (var half = ${threads / 2}u; half > 0u; half = half / 2u) {
    workgroupBarrier();
    if (thread < half) { shares[thread] += shares[thread + half]; }
  }
  workgroupBarrier();
  return shares[0];
}`;

/**
 * The mean loss of a batch from that of each of its images; no number where the weights are none.
 * Bindings: numbers of the step, losses of images, the mark of Adam, losses of steps.
 */
export function meanLoss(images: number): Kernel {
  return {
    label: 'mean loss',
    access: ['read', 'read', 'read', 'read_write'],
    workgroups: [1, 1, 1],
    code: `
@group(0) @binding(0) var<storage, read> numbers: array<u32>;
${floats(1, 'images', 'read')}
@group(0) @binding(2) var<storage, read> mark: array<u32>;
@group(0) @binding(3) var<storage, read_write> losses: array<u32>;
${sumOver(THREADS)}
@compute @workgroup_size(${THREADS})
fn main(@builtin(local_invocation_index) thread: u32) {
  var share = 0.0;
  for (var image = thread; image < ${images}u; image += ${THREADS}u) { share += images[image]; }
  let total = sum(share, thread);
  if (thread == 0u) { losses[numbers[${SLOT}]] = bitcast<u32>(total / ${images}.0) | mark[0]; }
}`,
  };
}
