// Sums over images or rows, made in parts.
import type { Divided } from '../convolution.ts';
import { perValue, split, type PerValue } from './per-value.ts';

/** Its kernel can be one with another. */
export interface PlainDivided extends Divided {
  readonly kernel: PerValue;
}

/**
 * The gradient of a weight and, after it, that of the bias: a matrix of weights with a row more for the bias.
 * @param count images or rows, which are divided into parts @param body adds the products of those from `first` to `end` to `t`
 * @param reads names of what is bound
 */
export function inParts(
  label: string,
  count: number,
  rows: number,
  columns: number,
  reads: readonly string[],
  body: string,
): PlainDivided {
  // Where there are many, what adds the parts takes as long as what makes one.
  const length = Math.ceil(count / Math.max(64, Math.sqrt(count)));
  const parts = Math.ceil(count / length);
  const kernel = perValue(
    label,
    parts * rows * columns,
    reads,
    ['dk'],
    `
    ${split({ part: parts, row: rows, o: columns })}
    let first = part * ${length}; let end = min(first + ${length}, ${count});
    var t = 0.0;
    ${body}
    dk[at] = t;`,
  );
  return { kernel, count: parts, size: rows * columns };
}
