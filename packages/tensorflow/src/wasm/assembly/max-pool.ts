// The gradient of pooling 2×2 pixels, stride 2, into their largest; channels are a multiple of 4.

/** Each dy goes to the largest of its four inputs, the first of equal ones, as in PyTorch. dx is zero everywhere before. */
export function maxPoolGradient(
  x: usize,
  dy: usize,
  dx: usize,
  images: i32,
  height: i32,
  width: i32,
  channels: i32,
): void {
  const pixel = (<usize>channels) << 2;
  const row = pixel * width;
  const rows = height >> 1;
  const columns = width >> 1;
  const away = dx - x;
  for (let image = 0; image < images; image++) {
    let start = x + <usize>image * row * height;
    for (let r = 0; r < rows; r++) {
      let at = start;
      for (let c = 0; c < columns; c++) {
        const end = at + pixel;
        for (; at < end; at += 16) {
          const a = v128.load(at);
          const b = v128.load(at + pixel);
          const below = at + row;
          const d = v128.load(below);
          const e = v128.load(below + pixel);
          const most = f32x4.max(f32x4.max(a, b), f32x4.max(d, e));
          const gradient = v128.load(dy);
          dy += 16;
          const isA = f32x4.eq(a, most);
          const isB = v128.andnot(f32x4.eq(b, most), isA);
          const upper = v128.or(isA, isB);
          const isD = v128.andnot(f32x4.eq(d, most), upper);
          const isE = v128.not(v128.or(upper, isD));
          v128.store(at + away, v128.and(gradient, isA));
          v128.store(at + away + pixel, v128.and(gradient, isB));
          v128.store(below + away, v128.and(gradient, isD));
          v128.store(below + away + pixel, v128.and(gradient, isE));
        }
        at += pixel;
      }
      start += 2 * row;
    }
  }
}
