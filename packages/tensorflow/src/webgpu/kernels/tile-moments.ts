// What a product stores of each tile for the normalisation that follows it: for each column the sum of the tile's values, and the sum of
// the squares of their distances from the tile's mean. (Sums of squares of the values themselves would lose digits.)
import type { Tiling } from './tiles.ts';

/** Rows of matrices that are divided into tiles: one matrix for each phase. */
export interface Tiled {
  readonly phases: number;
  readonly rows: number;
  readonly tileRows: number;
}

/** WGSL after the sums of a tile are complete. Stored as [phases × tiles, 2, columns]. */
export function tileMoments(rows: number, columns: number, tiling: Tiling, tiles: number): string {
  const wide = tiling.columns / 4;
  const high = tiling.rows / 4;
  const each = [0, 1, 2, 3];
  const whole = rows % tiling.rows === 0;
  const within = (at: number, value: string): string =>
    whole ? value : `select(vec4<f32>(), ${value}, own_row + ${at}u < ${rows}u)`;
  const sum = (values: readonly string[]): string => `
  left_tile[thread] = ${values.join(' + ')};
  workgroupBarrier();
  if (down == 0u) {
    var total = left_tile[across];
    for (var at = 1u; at < ${high}u; at++) { total += left_tile[at * ${wide}u + across]; }`;
  const store = (which: number): string =>
    each
      .map(
        (at) =>
          `if (own_column + ${at}u < ${columns}u) { moments[tile + ${which * columns}u + own_column + ${at}u] = total[${at}]; }`,
      )
      .join('\n    ');
  return `let tile = (phase * ${tiles}u + group.x) * ${2 * columns}u;
  ${each.map((at) => `let value${at} = sum${at};`).join(' ')}
  ${sum(each.map((at) => within(at, `value${at}`)))}
    ${store(0)}
    right_tile[across] = total / f32(min(${tiling.rows}u, ${rows}u - row));
  }
  workgroupBarrier();
  let mean = right_tile[across];
  ${sum(each.map((at) => within(at, `(value${at} - mean) * (value${at} - mean)`)))}
    ${store(1)}
  }`;
}
