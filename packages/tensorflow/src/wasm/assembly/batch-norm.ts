// Batch normalisation with ReLU over [pixels, channels]; channels are a multiple of 4.

/** Pixels whose sums are taken apart before they are added up: small rounding errors, and the second look finds them in the cache. */
const BLOCK: i32 = 128;

/** Mean and biased variance of each channel. Blocks are merged by Chan's formula. */
export function moments(x: usize, pixels: i32, channels: i32, mean: usize, variance: usize): void {
  const row = (<usize>channels) << 2;
  memory.fill(mean, 0, row);
  memory.fill(variance, 0, row);
  for (let from = 0; from < pixels; from += BLOCK) {
    const count = min(BLOCK, pixels - from);
    const inverse = f32x4.splat(<f32>(1.0 / <f64>count));
    const share = f32x4.splat(<f32>(<f64>count / <f64>(from + count)));
    const cross = f32x4.splat(<f32>((<f64>from * <f64>count) / <f64>(from + count)));
    const end = x + <usize>count * row;
    for (let c: usize = 0; c < row; c += 16) {
      let sum = f32x4.splat(0);
      for (let at = x + c; at < end; at += row) sum = f32x4.add(sum, v128.load(at));
      const here = f32x4.mul(sum, inverse);
      let squares = f32x4.splat(0);
      for (let at = x + c; at < end; at += row) {
        const d = f32x4.sub(v128.load(at), here);
        squares = f32x4.add(squares, f32x4.mul(d, d));
      }
      const before = v128.load(mean + c);
      const apart = f32x4.sub(here, before);
      const between = f32x4.mul(f32x4.mul(apart, apart), cross);
      v128.store(mean + c, f32x4.add(before, f32x4.mul(apart, share)));
      v128.store(variance + c, f32x4.add(v128.load(variance + c), f32x4.add(squares, between)));
    }
    x = end;
  }
  const inverse = f32x4.splat(<f32>(1.0 / <f64>pixels));
  for (let c: usize = 0; c < row; c += 16)
    v128.store(variance + c, f32x4.mul(v128.load(variance + c), inverse));
}

/** factor = scale / √(variance + epsilon) */
export function factors(scale: usize, variance: usize, epsilon: f32, channels: i32, factor: usize): void {
  const small = f32x4.splat(epsilon);
  const one = f32x4.splat(1);
  for (let c: usize = 0; c < (<usize>channels) << 2; c += 16) {
    const inverse = f32x4.div(one, f32x4.sqrt(f32x4.add(v128.load(variance + c), small)));
    v128.store(factor + c, f32x4.mul(v128.load(scale + c), inverse));
  }
}

/** y = relu((x − mean) · factor + shift) */
export function normaliseRelu(
  x: usize,
  mean: usize,
  factor: usize,
  shift: usize,
  y: usize,
  pixels: i32,
  channels: i32,
): void {
  const row = (<usize>channels) << 2;
  for (let pixel = 0; pixel < pixels; pixel++) {
    for (let c: usize = 0; c < row; c += 16)
      v128.store(y + c, normalised(x + c, mean + c, factor + c, shift + c));
    x += row;
    y += row;
  }
}

function normalised(x: usize, mean: usize, factor: usize, shift: usize): v128 {
  const centred = f32x4.sub(v128.load(x), v128.load(mean));
  const value = f32x4.add(f32x4.mul(centred, v128.load(factor)), v128.load(shift));
  return f32x4.max(value, f32x4.splat(0));
}

/** Where the ReLU let x through, dy; elsewhere zero. */
function gated(dy: usize, x: usize, mean: usize, factor: usize, shift: usize): v128 {
  return v128.and(v128.load(dy), f32x4.gt(normalised(x, mean, factor, shift), f32x4.splat(0)));
}

/** sum = Σ g and product = Σ g · (x − mean), of the gated dy. */
export function gradientSums(
  dy: usize,
  x: usize,
  mean: usize,
  factor: usize,
  shift: usize,
  sum: usize,
  product: usize,
  pixels: i32,
  channels: i32,
): void {
  const row = (<usize>channels) << 2;
  memory.fill(sum, 0, row);
  memory.fill(product, 0, row);
  const away = dy - x;
  for (let from = 0; from < pixels; from += BLOCK) {
    const end = x + <usize>min(BLOCK, pixels - from) * row;
    for (let c: usize = 0; c < row; c += 16) {
      const m = v128.load(mean + c);
      let sums = f32x4.splat(0);
      let products = f32x4.splat(0);
      for (let at = x + c; at < end; at += row) {
        const g = gated(at + away, at, mean + c, factor + c, shift + c);
        sums = f32x4.add(sums, g);
        products = f32x4.add(products, f32x4.mul(g, f32x4.sub(v128.load(at), m)));
      }
      v128.store(sum + c, f32x4.add(v128.load(sum + c), sums));
      v128.store(product + c, f32x4.add(v128.load(product + c), products));
    }
    x = end;
  }
}

/** dx = factor · (g − mean g − (x − mean) · along), of the gated dy. */
export function gradientInput(
  dy: usize,
  x: usize,
  mean: usize,
  factor: usize,
  shift: usize,
  meanGated: usize,
  along: usize,
  dx: usize,
  pixels: i32,
  channels: i32,
): void {
  const row = (<usize>channels) << 2;
  for (let pixel = 0; pixel < pixels; pixel++) {
    for (let c: usize = 0; c < row; c += 16) {
      const g = f32x4.sub(gated(dy + c, x + c, mean + c, factor + c, shift + c), v128.load(meanGated + c));
      const centred = f32x4.sub(v128.load(x + c), v128.load(mean + c));
      const rest = f32x4.sub(g, f32x4.mul(centred, v128.load(along + c)));
      v128.store(dx + c, f32x4.mul(v128.load(factor + c), rest));
    }
    dy += row;
    x += row;
    dx += row;
  }
}

/**
 * From the two sums to what the gradient of the input needs, and to the gradient of the scale:
 * along = product / (count · (variance + epsilon)), meanGated = sum / count, scaleGradient = product / √(variance + epsilon).
 */
export function gradientFactors(
  sum: usize,
  product: usize,
  variance: usize,
  epsilon: f32,
  pixels: i32,
  channels: i32,
  meanGated: usize,
  along: usize,
  scaleGradient: usize,
): void {
  const count = f32x4.splat(<f32>pixels);
  const small = f32x4.splat(epsilon);
  for (let c: usize = 0; c < (<usize>channels) << 2; c += 16) {
    const spread = f32x4.add(v128.load(variance + c), small);
    v128.store(meanGated + c, f32x4.div(v128.load(sum + c), count));
    v128.store(along + c, f32x4.div(v128.load(product + c), f32x4.mul(count, spread)));
    v128.store(scaleGradient + c, f32x4.div(v128.load(product + c), f32x4.sqrt(spread)));
  }
}
