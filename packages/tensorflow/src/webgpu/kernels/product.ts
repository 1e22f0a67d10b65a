// The core of all convolutions and linear layers: a matrix product in tiles, whose operands are gathered where they are, and whose
// result is stored where it is wanted. Each workgroup computes a tile; each thread 4 × 4 of its values, from both operands' tiles in
// the workgroup's memory.
//
// Per filling of that memory and thread: at most 4 loads of 4 values each, 16 · depth multiplications with additions, 2 · depth reads of
// the workgroup's memory. A tile of 64 × 64 reads 1/32 value from memory for each of its multiplications, most of them from the cache.
import type { Kernel } from '../kernel.ts';
import { kernelOf, output, type Bound } from './binding.ts';
import { tileMoments } from './tile-moments.ts';
import { partLength, type Tiling } from './tiles.ts';

/**
 * An operand has two indices: `outer`, a row or column of the result, and `inner`, along which the products are summed. `load` is a WGSL
 * function (outer: u32, inner: u32) → vec4<f32>: the values at `at` and the next three along `along`, zero where there are none.
 */
export interface Operand {
  readonly bound: readonly Bound[];
  readonly functions: string;
  readonly load: string;
  readonly along: 'outer' | 'inner';
}

export interface Product {
  readonly label: string;
  readonly rows: number;
  readonly columns: number;
  /** Length of the sums. With phases it is WGSL of type u32 that depends on that of the phase. */
  readonly depth: number | ((phase: string) => string);
  readonly tiling: Tiling;
  /** How often it is computed, with another `phase` (a u32 that operands and `store` may use) each time (default 1). */
  readonly phases?: number;
  /** Of rows × sums. */
  readonly left: Operand;
  /** Of sums × columns. */
  readonly right: Operand;
  readonly bound: readonly Bound[];
  /** WGSL function `store(row: u32, column: u32, values: vec4<f32>)`, for rows in the matrix and four columns, of which the first is. */
  readonly store: string;
  /** Binds `moments`, too, after all others, and stores there what `moments.ts` says. */
  readonly moments?: boolean;
}

export function product({
  label,
  rows,
  columns,
  depth,
  tiling,
  phases = 1,
  left,
  right,
  bound,
  store,
  moments = false,
}: Product): Kernel {
  const [high, wide, deep] = [tiling.rows / 4, tiling.columns / 4, tiling.depth];
  const threads = high * wide;
  const groups = [Math.ceil(rows / tiling.rows), Math.ceil(columns / tiling.columns)] as const;
  const range =
    typeof depth === 'number' ? rangeOf(depth, tiling) : `let first = 0u; let end = ${depth('group.z')};`;
  const code = `
${left.functions}
${right.functions}
var<private> phase: u32;
var<private> part: u32;
${store}
var<workgroup> left_tile: array<vec4<f32>, ${Math.max(high * deep, moments ? threads : 0)}>;
var<workgroup> right_tile: array<vec4<f32>, ${wide * deep}>;
${fill('left', left, high)}
${fill('right', right, wide)}
@compute @workgroup_size(${threads})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  phase = ${phases > 1 ? 'group.z' : '0u'};
  part = ${phases > 1 ? '0u' : 'group.z'};
  let row = group.x * ${tiling.rows}u;
  let column = group.y * ${tiling.columns}u;
  let down = thread / ${wide}u;
  let across = thread % ${wide}u;
  ${range}
  ${[0, 1, 2, 3].map((at) => `var sum${at} = vec4<f32>();`).join(' ')}
  for (var inner = first; inner < end; inner += ${deep}u) {
    ${fills(high * (deep / 4), wide * (deep / 4), threads)}
    workgroupBarrier();
    for (var at = 0u; at < ${deep}u; at++) {
      let a = left_tile[at * ${high}u + down];
      let b = right_tile[at * ${wide}u + across];
      ${['x', 'y', 'z', 'w'].map((lane, at) => `sum${at} += a.${lane} * b;`).join(' ')}
    }
    workgroupBarrier();
  }
  let own_row = row + 4u * down;
  let own_column = column + 4u * across;
  if (own_column < ${columns}u) {
    ${[0, 1, 2, 3].map((at) => `if (own_row + ${at}u < ${rows}u) { store(own_row + ${at}u, own_column, sum${at}); }`).join('\n    ')}
  }
  ${moments ? tileMoments(rows, columns, tiling, groups[0]) : ''}
}`;
  const all = [...left.bound, ...right.bound, ...bound, ...(moments ? [output('moments')] : [])];
  return kernelOf(label, all, code, [...groups, phases * tiling.parts]);
}

/** The whole sum, or the part that the workgroup computes. */
function rangeOf(depth: number, tiling: Tiling): string {
  if (tiling.parts === 1) return `let first = 0u; let end = ${depth}u;`;
  const length = partLength(depth, tiling);
  return `let first = group.z * ${length}u; let end = min(first + ${length}u, ${depth}u);`;
}

/** A function that fills 4 × 4 values of a tile: the block at `outer`, `inner` of the tile that starts at `tile_start`. */
function fill(name: string, { load, along }: Operand, width: number): string {
  const block = `fn fill_${name}(block: u32, tile_start: u32, inner: u32) {
  let across = block % ${width}u;
  let down = 4u * (block / ${width}u);
  let outer = tile_start + 4u * across;`;
  const place = (at: string): string => `${name}_tile[(down + ${at}) * ${width}u + across]`;
  const each = [0, 1, 2, 3];
  if (along === 'outer')
    return `${block}
  for (var next = 0u; next < 4u; next++) { ${place('next')} = ${load}(outer, inner + down + next); }
}`;
  // What is loaded are rows of the block; what is stored are its columns.
  return `${block}
  ${each.map((at) => `let row${at} = ${load}(outer + ${at}u, inner + down);`).join('\n  ')}
  ${['x', 'y', 'z', 'w'].map((lane, at) => `${place(`${at}u`)} = vec4<f32>(${each.map((row) => `row${row}.${lane}`).join(', ')});`).join('\n  ')}
}`;
}

/** Distributes the blocks of both tiles over the threads. */
function fills(left: number, right: number, threads: number): string {
  const rounds = Math.ceil((left + right) / threads);
  return Array.from({ length: rounds }, (_, round) => {
    const block = `block${round}`;
    const last = (round + 1) * threads > left + right;
    const second = `fill_right(${block} - ${left}u, column, inner);`;
    return `let ${block} = thread + ${round * threads}u;
    if (${block} < ${left}u) { fill_left(${block}, row, inner); } else ${last ? `if (${block} < ${left + right}u)` : ''} { ${second} }`;
  }).join('\n    ');
}
