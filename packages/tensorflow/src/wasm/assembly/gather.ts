// Products of gathered pixels with a matrix: what convolutions and the gradients of their inputs are made of.

/** Pixels of one tile. Tables of offsets are filled up to a multiple of it. */
export const TILE: i32 = 6;

/**
 * y[p, column] = Σ over taps and k of x[p + tap, k] · weights[tap, k, column].
 * @param inputs table of u32: where each pixel begins in x; `outputs` likewise in y
 * @param tapOffsets table of u32: the offset in x of each tap
 * @param weights panels of eight columns, each [taps, depth, 8]
 * @param depth even
 * @param width number of columns, a multiple of 4
 */
export function gather(
  x: usize,
  inputs: usize,
  tapOffsets: usize,
  taps: i32,
  weights: usize,
  depth: i32,
  y: usize,
  outputs: usize,
  pixels: i32,
  width: i32,
): void {
  const panel = (<usize>(taps * depth)) << 5;
  for (let column = 0; column < width; column += 8) {
    const half = width - column < 8;
    for (let pixel = 0; pixel < pixels; pixel += TILE) {
      const at = (<usize>pixel) << 2;
      tile(x, inputs + at, tapOffsets, taps, weights, depth, y, outputs + at, half);
    }
    weights += panel;
    y += 32;
  }
}

/** Six pixels by eight columns in twelve registers; a half tile stores the first four columns only. */
function tile(
  x: usize,
  inputs: usize,
  tapOffsets: usize,
  taps: i32,
  w: usize,
  depth: i32,
  y: usize,
  outputs: usize,
  half: bool,
): void {
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let a2 = a0;
  let a3 = a0;
  let a4 = a0;
  let a5 = a0;
  let b0 = a0;
  let b1 = a0;
  let b2 = a0;
  let b3 = a0;
  let b4 = a0;
  let b5 = a0;
  const length = (<usize>depth) << 2;
  const lastTap = tapOffsets + ((<usize>taps) << 2);
  for (; tapOffsets < lastTap; tapOffsets += 4) {
    const base = x + load<u32>(tapOffsets);
    let p0 = base + load<u32>(inputs);
    let p1 = base + load<u32>(inputs, 4);
    let p2 = base + load<u32>(inputs, 8);
    let p3 = base + load<u32>(inputs, 12);
    let p4 = base + load<u32>(inputs, 16);
    let p5 = base + load<u32>(inputs, 20);
    const end = p0 + length;
    // Two steps at a time: the compilers do not unroll, and one step is too short for the loop around it.
    while (p0 < end) {
      let u = v128.load(w);
      let v = v128.load(w, 16);
      let s = v128.load_splat<f32>(p0);
      a0 = f32x4.add(a0, f32x4.mul(s, u));
      b0 = f32x4.add(b0, f32x4.mul(s, v));
      s = v128.load_splat<f32>(p1);
      a1 = f32x4.add(a1, f32x4.mul(s, u));
      b1 = f32x4.add(b1, f32x4.mul(s, v));
      s = v128.load_splat<f32>(p2);
      a2 = f32x4.add(a2, f32x4.mul(s, u));
      b2 = f32x4.add(b2, f32x4.mul(s, v));
      s = v128.load_splat<f32>(p3);
      a3 = f32x4.add(a3, f32x4.mul(s, u));
      b3 = f32x4.add(b3, f32x4.mul(s, v));
      s = v128.load_splat<f32>(p4);
      a4 = f32x4.add(a4, f32x4.mul(s, u));
      b4 = f32x4.add(b4, f32x4.mul(s, v));
      s = v128.load_splat<f32>(p5);
      a5 = f32x4.add(a5, f32x4.mul(s, u));
      b5 = f32x4.add(b5, f32x4.mul(s, v));
      u = v128.load(w, 32);
      v = v128.load(w, 48);
      s = v128.load_splat<f32>(p0, 4);
      a0 = f32x4.add(a0, f32x4.mul(s, u));
      b0 = f32x4.add(b0, f32x4.mul(s, v));
      s = v128.load_splat<f32>(p1, 4);
      a1 = f32x4.add(a1, f32x4.mul(s, u));
      b1 = f32x4.add(b1, f32x4.mul(s, v));
      s = v128.load_splat<f32>(p2, 4);
      a2 = f32x4.add(a2, f32x4.mul(s, u));
      b2 = f32x4.add(b2, f32x4.mul(s, v));
      s = v128.load_splat<f32>(p3, 4);
      a3 = f32x4.add(a3, f32x4.mul(s, u));
      b3 = f32x4.add(b3, f32x4.mul(s, v));
      s = v128.load_splat<f32>(p4, 4);
      a4 = f32x4.add(a4, f32x4.mul(s, u));
      b4 = f32x4.add(b4, f32x4.mul(s, v));
      s = v128.load_splat<f32>(p5, 4);
      a5 = f32x4.add(a5, f32x4.mul(s, u));
      b5 = f32x4.add(b5, f32x4.mul(s, v));
      p0 += 8;
      p1 += 8;
      p2 += 8;
      p3 += 8;
      p4 += 8;
      p5 += 8;
      w += 64;
    }
  }
  v128.store(y + load<u32>(outputs), a0);
  v128.store(y + load<u32>(outputs, 4), a1);
  v128.store(y + load<u32>(outputs, 8), a2);
  v128.store(y + load<u32>(outputs, 12), a3);
  v128.store(y + load<u32>(outputs, 16), a4);
  v128.store(y + load<u32>(outputs, 20), a5);
  if (half) return;
  v128.store(y + load<u32>(outputs), b0, 16);
  v128.store(y + load<u32>(outputs, 4), b1, 16);
  v128.store(y + load<u32>(outputs, 8), b2, 16);
  v128.store(y + load<u32>(outputs, 12), b3, 16);
  v128.store(y + load<u32>(outputs, 16), b4, 16);
  v128.store(y + load<u32>(outputs, 20), b5, 16);
}

/**
 * Offsets of a grid of pixels, image by image and row by row; the last one repeated up to a multiple of the tile.
 * Strides and origin are bytes.
 */
export function fillTable(
  table: usize,
  images: i32,
  rows: i32,
  columns: i32,
  imageStride: i32,
  rowStride: i32,
  columnStride: i32,
  origin: i32,
): void {
  let offset = origin;
  let at = table;
  for (let image = 0; image < images; image++)
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++) {
        offset = origin + image * imageStride + row * rowStride + column * columnStride;
        store<u32>(at, offset);
        at += 4;
      }
  for (let pixel = images * rows * columns; pixel % TILE !== 0; pixel++) {
    store<u32>(at, offset);
    at += 4;
  }
}
