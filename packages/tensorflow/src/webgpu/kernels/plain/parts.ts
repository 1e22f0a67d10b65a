// Sums over images, made in parts.
import type { Kernel } from '../../kernel.ts';
import { perValue } from './per-value.ts';

/** Images are divided into parts, whose sums `addParts` adds. */
export function partsOf(images: number): { readonly count: number; readonly length: number } {
  const length = Math.ceil(images / 64);
  return { count: Math.ceil(images / length), length };
}

export function addParts(count: number, size: number): Kernel {
  return perValue(
    'add parts',
    size,
    ['parts'],
    ['sums'],
    `
    var t = 0.0;
    for (var part = 0u; part < ${count}u; part++) { t += parts[part * ${size}u + at]; }
    sums[at] = t;`,
  );
}
