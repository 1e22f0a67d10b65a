// Kernels whose threads compute one value each.
import type { Kernel } from '../../kernel.ts';
import { each, floats } from '../each.ts';

/**
 * @param reads names of what is bound first @param writes names of what is bound after it
 * @param body computes value `at` of `count`
 */
export function perValue(
  label: string,
  count: number,
  reads: readonly string[],
  writes: readonly string[],
  body: string,
): Kernel {
  const { begin, workgroups } = each(count);
  return {
    label,
    access: [...reads.map(() => 'read' as const), ...writes.map(() => 'read_write' as const)],
    workgroups,
    code:
      [
        ...reads.map((name, at) => floats(at, name, 'read')),
        ...writes.map((name, at) => floats(reads.length + at, name, 'read_write')),
      ].join('') +
      begin +
      body +
      '}',
  };
}

/** Code that takes the number of a value apart, by the sizes of the dimensions in their order. */
export function split(sizes: Readonly<Record<string, number>>): string {
  let text = 'var rest = at;\n';
  for (const [name, size] of Object.entries(sizes).toReversed())
    text += `let ${name} = i32(rest % ${size}u); rest = rest / ${size}u;\n`;
  return text;
}
