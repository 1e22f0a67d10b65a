// Kernels whose threads compute one value each.
import type { Kernel } from '../../kernel.ts';
import { each, floats } from '../each.ts';

/** A kernel, and what it is made of. */
export interface PerValue extends Kernel {
  readonly count: number;
  /** Names of what is bound first, and of what is bound after it. */
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  /** Computes value `at` of `count`. */
  readonly body: string;
}

export function perValue(
  label: string,
  count: number,
  reads: readonly string[],
  writes: readonly string[],
  body: string,
): PerValue {
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
    count,
    reads,
    writes,
    body,
  };
}

/**
 * One dispatch of two that need nothing of each other.
 * @returns a kernel that binds what they read, the same name once, and then what they write
 */
export function beside(one: PerValue, other: PerValue): PerValue {
  return perValue(
    `${one.label}, ${other.label}`,
    one.count + other.count,
    [...new Set([...one.reads, ...other.reads])],
    [...one.writes, ...other.writes],
    `
    if (at < ${one.count}u) {${one.body}
    } else {
    let at = at - ${one.count}u;${other.body}
    }`,
  );
}

/** Code that takes the number of a value apart, by the sizes of the dimensions in their order. */
export function split(sizes: Readonly<Record<string, number>>): string {
  let text = 'var rest = at;\n';
  for (const [name, size] of Object.entries(sizes).toReversed())
    text += `let ${name} = i32(rest % ${size}u); rest = rest / ${size}u;\n`;
  return text;
}
