// Joins the channels of two images, and divides them again.
import type { Kernel } from '../../kernel.ts';
import { perValue } from './per-value.ts';

export function concatenate(pixels: number, first: number, second: number): Kernel {
  return perValue(
    'concatenate',
    pixels * (first + second),
    ['a', 'b'],
    ['y'],
    `
    let o = at % ${first + second}u; let p = at / ${first + second}u;
    if (o < ${first}u) { y[at] = a[p * ${first}u + o]; } else { y[at] = b[p * ${second}u + o - ${first}u]; }`,
  );
}

export function divide(pixels: number, first: number, second: number): Kernel {
  return perValue(
    'divide',
    pixels * (first + second),
    ['dy'],
    ['da', 'db'],
    `
    let o = at % ${first + second}u; let p = at / ${first + second}u;
    if (o < ${first}u) { da[p * ${first}u + o] = dy[at]; } else { db[p * ${second}u + o - ${first}u] = dy[at]; }`,
  );
}
