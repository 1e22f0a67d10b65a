// Copies into the layouts that the products read: bordered images, panels of channels, neighbourhoods of one-channel images.

/** Rows of images from one place to another; `row` bytes are copied each time, a multiple of 4. */
export function copyRows(
  from: usize,
  fromImage: usize,
  fromRow: usize,
  to: usize,
  toImage: usize,
  toRow: usize,
  images: i32,
  rows: i32,
  row: usize,
): void {
  for (let image = 0; image < images; image++) {
    let source = from;
    let target = to;
    for (let y = 0; y < rows; y++) {
      copyRow(source, target, row);
      source += fromRow;
      target += toRow;
    }
    from += fromImage;
    to += toImage;
  }
}

/** Rows are short: a loop is over before a copy by the machine has begun. */
function copyRow(from: usize, to: usize, bytes: usize): void {
  const whole = bytes & ~15;
  let at: usize = 0;
  for (; at < whole; at += 16) v128.store(to + at, v128.load(from + at));
  for (; at < bytes; at += 4) store<f32>(to + at, load<f32>(from + at));
}

/** Images [images, rows, columns, channels] into panels of four channels; `to` is the first pixel of the first panel. */
export function toPanelsOfFour(
  from: usize,
  to: usize,
  images: i32,
  rows: i32,
  columns: i32,
  channels: i32,
  panel: usize,
  toImage: usize,
  toRow: usize,
): void {
  const pixel = (<usize>channels) << 2;
  const row = pixel * columns;
  for (let image = 0; image < images; image++) {
    let atRow = to;
    for (let y = 0; y < rows; y++) {
      let at = atRow;
      for (let c: usize = 0; c < pixel; c += 16) {
        let source = from + c;
        let target = at;
        for (let x = 0; x < columns; x++) {
          v128.store(target, v128.load(source));
          source += pixel;
          target += 16;
        }
        at += panel;
      }
      from += row;
      atRow += toRow;
    }
    to += toImage;
  }
}

/** The same in panels of eight; what a last panel of four leaves empty stays as it was. */
export function toPanelsOfEight(
  from: usize,
  to: usize,
  images: i32,
  rows: i32,
  columns: i32,
  channels: i32,
  panel: usize,
  toImage: usize,
  toRow: usize,
): void {
  const pixel = (<usize>channels) << 2;
  const row = pixel * columns;
  for (let image = 0; image < images; image++) {
    let atRow = to;
    for (let y = 0; y < rows; y++) {
      let at = atRow;
      for (let c: usize = 0; c < pixel; c += 32) {
        let source = from + c;
        let target = at;
        const half = c + 16 >= pixel;
        for (let x = 0; x < columns; x++) {
          v128.store(target, v128.load(source));
          if (!half) v128.store(target, v128.load(source, 16), 16);
          source += pixel;
          target += 32;
        }
        at += panel;
      }
      from += row;
      atRow += toRow;
    }
    to += toImage;
  }
}

/**
 * Neighbourhoods of one-channel images: to [images, rows, columns, 12], where column 4y + x holds the pixel at (y − 1, x − 1) from
 * there, and column 4y + 3 is zero. Turned by 180°, it holds the pixel at (1 − y, 1 − x).
 * @param bordered [images, rows + 2, columns + 4]: the images with zeros around them, one on the left, three on the right
 */
export function neighbours(
  bordered: usize,
  to: usize,
  images: i32,
  rows: i32,
  columns: i32,
  turned: bool,
): void {
  const row = (<usize>(columns + 4)) << 2;
  const three = i32x4(-1, -1, -1, 0);
  for (let image = 0; image < images; image++) {
    for (let y = 0; y < rows; y++) {
      for (let x = 0; x < columns; x++) {
        const a = v128.and(v128.load(bordered), three);
        const b = v128.and(v128.load(bordered + row), three);
        const c = v128.and(v128.load(bordered + 2 * row), three);
        v128.store(to, turned ? reversed(c) : a);
        v128.store(to, turned ? reversed(b) : b, 16);
        v128.store(to, turned ? reversed(a) : c, 32);
        bordered += 4;
        to += 48;
      }
      bordered += 16;
    }
    bordered += 2 * row;
  }
}

function reversed(v: v128): v128 {
  return v128.shuffle<f32>(v, v, 2, 1, 0, 3);
}

/**
 * The reverse sum: y[pixel] = Σ over taps of z[pixel + tap, tap], of z with a border of one pixel,
 * [images, rows + 2, columns + 2, 12].
 */
export function sumNeighbours(z: usize, y: usize, images: i32, rows: i32, columns: i32): void {
  const pixel: usize = 48;
  const row = pixel * (columns + 2);
  for (let image = 0; image < images; image++) {
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < columns; c++) {
        let sum: f32 = 0;
        let at = z;
        for (let tap: usize = 0; tap < 9; tap += 3) {
          sum += load<f32>(at + (tap << 2));
          sum += load<f32>(at + pixel + (tap << 2), 4);
          sum += load<f32>(at + 2 * pixel + (tap << 2), 8);
          at += row;
        }
        store<f32>(y, sum);
        y += 4;
        z += pixel;
      }
      z += 2 * pixel;
    }
    z += 2 * row;
  }
}

/**
 * A matrix into panels of eight columns: panel[k, j] = from[k · depthStride + j · widthStride], zero where the depth is
 * above `filled` or the width ends. Strides are bytes, and may be negative.
 */
export function packPanels(
  from: usize,
  to: usize,
  panel: usize,
  depth: i32,
  filled: i32,
  width: i32,
  depthStride: isize,
  widthStride: isize,
): void {
  for (let j = 0; j < width; j += 8) {
    let at = to;
    let source = from;
    const columns = min(8, width - j);
    for (let k = 0; k < depth; k++) {
      if (k < filled && widthStride === 4 && columns === 8) {
        v128.store(at, v128.load(source));
        v128.store(at, v128.load(source, 16), 16);
      } else {
        let value = source;
        for (let column: i32 = 0; column < 8; column++) {
          store<f32>(at + ((<usize>column) << 2), k < filled && column < columns ? load<f32>(value) : 0);
          value += widthStride;
        }
      }
      at += 32;
      source += depthStride;
    }
    from += 8 * widthStride;
    to += panel;
  }
}
