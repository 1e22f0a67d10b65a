// Where products store what they compute.
import { input, output, widthOf, type Bound } from './binding.ts';
import type { Product } from './product.ts';

export interface Result {
  readonly columns: number;
  /** WGSL: position of the value at `row`, `column`; the next three columns are its neighbours. Default: [rows, columns]. */
  readonly index?: string;
  /** Columns whose neighbours are sure to be neighbours in memory, too (default: all). */
  readonly neighbours?: number;
  /** Values of one part; with it, the parts are stored after one another. */
  readonly size?: number;
  /** Adds a bias, bound before the result: as many values, repeated over the columns. */
  readonly bias?: number;
}

/** The buffer is `result`. */
export function resultOf({
  columns,
  index = `row * ${columns}u + column`,
  neighbours = columns,
  size,
  bias,
}: Result): Pick<Product, 'bound' | 'store'> {
  const four = widthOf(neighbours, bias ?? 4) === 4;
  const width = four ? 4 : 1;
  const offset = size === undefined ? '' : `part * ${size}u + `;
  const bound: readonly Bound[] = [
    ...(bias === undefined ? [] : [input('bias', width)]),
    output('result', width),
  ];
  const added = (column: string): string =>
    bias === undefined ? '' : ` + bias[${column} % ${bias}u${four ? ' / 4u' : ''}]`;
  const store = four
    ? `fn store(row: u32, column: u32, values: vec4<f32>) {
  result[(${offset}${index}) / 4u] = values${added('column')};
}`
    : `fn store_one(row: u32, column: u32, value: f32) {
  if (column < ${columns}u) { result[${offset}${index}] = value${added('column')}; }
}
fn store(row: u32, column: u32, values: vec4<f32>) {
  ${[0, 1, 2, 3].map((at) => `store_one(row, column + ${at}u, values[${at}]);`).join(' ')}
}`;
  return { bound, store };
}
