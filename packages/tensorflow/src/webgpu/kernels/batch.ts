// Batches out of sets of images that are on the GPU.
import type { Kernel } from '../kernel.ts';
import { each, floats } from './each.ts';
import { INDICES } from './step-numbers.ts';

/**
 * Images by index. Bindings: numbers of the step, the set, the batch.
 * @param stored how the set has its values; bytes are 0 … 255, four in a word, and become 0 … 1
 * @param range the indices of the images that this part of the set holds; others are left as they are
 */
export function gather(
  images: number,
  pixels: number,
  stored: 'floats' | 'bytes',
  range: readonly [from: number, to: number],
): Kernel {
  const { begin, workgroups } = each(images * pixels);
  const place = `(image - ${range[0]}u) * ${pixels}u + at % ${pixels}u`;
  const value =
    stored === 'floats' ? 'images[place]' : 'f32((images[place / 4u] >> (8u * (place % 4u))) & 255u) / 255.0';
  return {
    label: `gather ${stored}`,
    access: ['read', 'read', 'read_write'],
    workgroups,
    code: `
@group(0) @binding(0) var<storage, read> numbers: array<u32>;
@group(0) @binding(1) var<storage, read> images: array<${stored === 'floats' ? 'f32' : 'u32'}>;
${floats(2, 'batch', 'read_write')}
${begin}
  let image = numbers[${INDICES}u + at / ${pixels}u];
  if (image < ${range[0]}u || image >= ${range[1]}u) { return; }
  let place = ${place};
  batch[at] = ${value};
}`,
  };
}
