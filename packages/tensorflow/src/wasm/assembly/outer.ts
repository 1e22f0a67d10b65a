// Sums of outer products over pixels: what the gradients of convolution kernels and matrices are made of.

/** How two sets of panels are walked together: numbers of steps, then the strides of each side in bytes. */
@unmanaged
class Walk {
  images: i32;
  rows: i32;
  columns: i32;
  leftImage: usize;
  leftRow: usize;
  leftColumn: usize;
  rightImage: usize;
  rightRow: usize;
  rightColumn: usize;
}

/**
 * out[i, j] += Σ over the walk of left[pixel, i] · right[pixel, j].
 * @param left panels of four channels, `leftPanel` bytes apart
 * @param right panels of eight channels, `rightPanel` bytes apart
 * @param height number of rows of out, a multiple of 4
 * @param width number of its columns, a multiple of 4; rows of out are `row` bytes apart
 */
export function outer(
  left: usize,
  leftPanel: usize,
  right: usize,
  rightPanel: usize,
  out: usize,
  row: usize,
  height: i32,
  width: i32,
  walk: usize,
): void {
  for (let i = 0; i < height; i += 4) {
    let panel = right;
    for (let j = 0; j < width; j += 8) {
      tile(left, panel, changetype<Walk>(walk), out + ((<usize>j) << 2), row, width - j < 8);
      panel += rightPanel;
    }
    left += leftPanel;
    out += row << 2;
  }
}

/** Four rows by eight columns in eight registers. */
function tile(left: usize, right: usize, walk: Walk, out: usize, row: usize, half: bool): void {
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let a2 = a0;
  let a3 = a0;
  let b0 = a0;
  let b1 = a0;
  let b2 = a0;
  let b3 = a0;
  const columns = walk.columns;
  const leftColumn = walk.leftColumn;
  const rightColumn = walk.rightColumn;
  for (let image = walk.images; image > 0; image--) {
    let leftRow = left;
    let rightRow = right;
    for (let y = walk.rows; y > 0; y--) {
      let p = leftRow;
      let q = rightRow;
      let u: v128;
      let v: v128;
      let s: v128;
      for (let pair = columns >> 1; pair > 0; pair--) {
        u = v128.load(q);
        v = v128.load(q, 16);
        s = v128.load_splat<f32>(p);
        a0 = f32x4.add(a0, f32x4.mul(s, u));
        b0 = f32x4.add(b0, f32x4.mul(s, v));
        s = v128.load_splat<f32>(p, 4);
        a1 = f32x4.add(a1, f32x4.mul(s, u));
        b1 = f32x4.add(b1, f32x4.mul(s, v));
        s = v128.load_splat<f32>(p, 8);
        a2 = f32x4.add(a2, f32x4.mul(s, u));
        b2 = f32x4.add(b2, f32x4.mul(s, v));
        s = v128.load_splat<f32>(p, 12);
        a3 = f32x4.add(a3, f32x4.mul(s, u));
        b3 = f32x4.add(b3, f32x4.mul(s, v));
        p += leftColumn;
        q += rightColumn;
        u = v128.load(q);
        v = v128.load(q, 16);
        s = v128.load_splat<f32>(p);
        a0 = f32x4.add(a0, f32x4.mul(s, u));
        b0 = f32x4.add(b0, f32x4.mul(s, v));
        s = v128.load_splat<f32>(p, 4);
        a1 = f32x4.add(a1, f32x4.mul(s, u));
        b1 = f32x4.add(b1, f32x4.mul(s, v));
        s = v128.load_splat<f32>(p, 8);
        a2 = f32x4.add(a2, f32x4.mul(s, u));
        b2 = f32x4.add(b2, f32x4.mul(s, v));
        s = v128.load_splat<f32>(p, 12);
        a3 = f32x4.add(a3, f32x4.mul(s, u));
        b3 = f32x4.add(b3, f32x4.mul(s, v));
        p += leftColumn;
        q += rightColumn;
      }
      if (columns & 1) {
        u = v128.load(q);
        v = v128.load(q, 16);
        s = v128.load_splat<f32>(p);
        a0 = f32x4.add(a0, f32x4.mul(s, u));
        b0 = f32x4.add(b0, f32x4.mul(s, v));
        s = v128.load_splat<f32>(p, 4);
        a1 = f32x4.add(a1, f32x4.mul(s, u));
        b1 = f32x4.add(b1, f32x4.mul(s, v));
        s = v128.load_splat<f32>(p, 8);
        a2 = f32x4.add(a2, f32x4.mul(s, u));
        b2 = f32x4.add(b2, f32x4.mul(s, v));
        s = v128.load_splat<f32>(p, 12);
        a3 = f32x4.add(a3, f32x4.mul(s, u));
        b3 = f32x4.add(b3, f32x4.mul(s, v));
      }
      leftRow += walk.leftRow;
      rightRow += walk.rightRow;
    }
    left += walk.leftImage;
    right += walk.rightImage;
  }
  addTo(out, a0);
  addTo(out + row, a1);
  addTo(out + 2 * row, a2);
  addTo(out + 3 * row, a3);
  if (half) return;
  addTo(out + 16, b0);
  addTo(out + row + 16, b1);
  addTo(out + 2 * row + 16, b2);
  addTo(out + 3 * row + 16, b3);
}

function addTo(at: usize, value: v128): void {
  v128.store(at, f32x4.add(v128.load(at), value));
}
