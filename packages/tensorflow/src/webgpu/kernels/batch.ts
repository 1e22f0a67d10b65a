// Batches out of sets of images that are on the GPU.
import type { Kernel } from '../kernel.ts';
import { each, floats } from './each.ts';
import { INDICES } from './step-numbers.ts';

/** How a set has its values; bytes are 0 … 255, four in a word, and become 0 … 1. */
export type Stored = 'floats' | 'bytes';

/**
 * Images by index, of two sets. Bindings: numbers of the step, both sets, both batches.
 * @param range the indices of the images that these parts of the sets hold; others are left as they are
 */
export function gather(
  images: number,
  pixels: number,
  stored: readonly [Stored, Stored],
  range: readonly [from: number, to: number],
): Kernel {
  const { begin, workgroups } = each(images * pixels);
  const sets = stored.map((kind, at) => ({ kind, set: `set${at}`, batch: `batch${at}` }));
  const value = (kind: Stored, set: string): string =>
    kind === 'floats' ? `${set}[place]` : `f32((${set}[place / 4u] >> (8u * (place % 4u))) & 255u) / 255.0`;
  return {
    label: `gather ${stored.join(' and ')}`,
    access: ['read', 'read', 'read', 'read_write', 'read_write'],
    workgroups,
    code: `
@group(0) @binding(0) var<storage, read> numbers: array<u32>;
${sets.map(({ kind, set }, at) => `@group(0) @binding(${1 + at}) var<storage, read> ${set}: array<${kind === 'floats' ? 'f32' : 'u32'}>;`).join('\n')}
${sets.map(({ batch }, at) => floats(3 + at, batch, 'read_write')).join('')}
${begin}
  let image = numbers[${INDICES}u + at / ${pixels}u];
  if (image < ${range[0]}u || image >= ${range[1]}u) { return; }
  let place = (image - ${range[0]}u) * ${pixels}u + at % ${pixels}u;
  ${sets.map(({ kind, set, batch }) => `${batch}[at] = ${value(kind, set)};`).join('\n  ')}
}`,
  };
}
