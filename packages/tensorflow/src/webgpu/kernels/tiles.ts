// How a matrix product is divided: into tiles, one per workgroup, and where there are few of them its sums into parts, too.

export interface Tiling {
  /** Height and width of a tile; each thread computes 4 × 4 of its values. */
  readonly rows: number;
  readonly columns: number;
  /** Length of the sums that are computed from one filling of the workgroup's memory. */
  readonly depth: number;
  /** Parts of each sum, added by another kernel. */
  readonly parts: number;
}

/** Each with fewer threads than the one before, and more tiles for the same matrix. */
const SHAPES = [
  { rows: 64, columns: 64 },
  { rows: 64, columns: 32 },
  { rows: 32, columns: 32 },
] as const;

/** Of at most 16 columns: in a wider tile more than half of the products would be for nothing. */
const THIN = { rows: 64, columns: 16 } as const;

/** Workgroups that occupy a large card: it has about 130 processors. */
const ENOUGH = 128;
/** With this many, each processor has one to compute while another waits for memory. */
const PLENTY = 256;
/** Shorter parts cost more in adding than they win. */
const SHORTEST = 128;
/** Two tiles of 64 × 32 values are all memory that a workgroup is sure to have. */
const DEPTH = 32;

/**
 * The largest tile of which there are enough; a width of half a tile is not computed. Sums are divided only where asked for, and where
 * the smallest tiles are few.
 * @param depth length of the sums @param times how often the product is computed side by side
 */
export function tilingOf(
  rows: number,
  columns: number,
  depth: number,
  { times = 1, divisible = false }: { readonly times?: number; readonly divisible?: boolean } = {},
): Tiling {
  const shapes =
    columns <= THIN.columns
      ? [THIN]
      : SHAPES.filter((shape) => shape.columns <= 32 * Math.ceil(columns / 32));
  const count = (shape: Pick<Tiling, 'rows' | 'columns'>): number =>
    times * Math.ceil(rows / shape.rows) * Math.ceil(columns / shape.columns);
  // Divided sums make workgroups enough of large tiles, which read less.
  const shape = (divisible ? shapes[0] : shapes.find((shape) => count(shape) >= ENOUGH)) ?? shapes.at(-1)!;
  const wanted = divisible ? Math.ceil(PLENTY / count(shape)) : 1;
  const divided = {
    depth: Math.min(DEPTH, 4 * Math.ceil(depth / 4)),
    parts: Math.min(wanted, Math.floor(depth / SHORTEST)),
  };
  const parts = divided.parts <= 1 ? 1 : Math.ceil(depth / partLength(depth, divided));
  return { rows: shape.rows, columns: shape.columns, depth: divided.depth, parts };
}

/** Length of the parts of sums, all but the last: a multiple of what is computed at once. */
export function partLength(depth: number, tiling: Pick<Tiling, 'depth' | 'parts'>): number {
  return tiling.depth * Math.ceil(depth / tiling.parts / tiling.depth);
}
