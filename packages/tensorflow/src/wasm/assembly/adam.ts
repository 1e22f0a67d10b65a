// One update of Adam over all parameters, which are one vector.

/**
 * first ← β₁ · first + (1 − β₁) · gradient, second likewise with β₂ and its square, and
 * weights ← weights − rate · first / (√(second · correction) + epsilon), each into new memory.
 */
export function adamStep(
  weights: usize,
  first: usize,
  second: usize,
  gradient: usize,
  newWeights: usize,
  newFirst: usize,
  newSecond: usize,
  count: i32,
  beta1: f32,
  beta2: f32,
  rate: f32,
  correction: f32,
  epsilon: f32,
): void {
  const rest1: f32 = 1 - beta1;
  const rest2: f32 = 1 - beta2;
  const all = (<usize>count) << 2;
  const whole = all & ~15;
  const keep1 = f32x4.splat(beta1);
  const keep2 = f32x4.splat(beta2);
  const add1 = f32x4.splat(rest1);
  const add2 = f32x4.splat(rest2);
  const size = f32x4.splat(rate);
  const unbiased = f32x4.splat(correction);
  const small = f32x4.splat(epsilon);
  let at: usize = 0;
  for (; at < whole; at += 16) {
    const g = v128.load(gradient + at);
    const m = f32x4.add(f32x4.mul(keep1, v128.load(first + at)), f32x4.mul(add1, g));
    const v = f32x4.add(f32x4.mul(keep2, v128.load(second + at)), f32x4.mul(add2, f32x4.mul(g, g)));
    v128.store(newFirst + at, m);
    v128.store(newSecond + at, v);
    const deviation = f32x4.add(f32x4.sqrt(f32x4.mul(v, unbiased)), small);
    const step = f32x4.div(f32x4.mul(size, m), deviation);
    v128.store(newWeights + at, f32x4.sub(v128.load(weights + at), step));
  }
  for (; at < all; at += 4) {
    const g = load<f32>(gradient + at);
    const m = beta1 * load<f32>(first + at) + rest1 * g;
    const v = beta2 * load<f32>(second + at) + rest2 * (g * g);
    store<f32>(newFirst + at, m);
    store<f32>(newSecond + at, v);
    store<f32>(newWeights + at, load<f32>(weights + at) - (rate * m) / (sqrt<f32>(v * correction) + epsilon));
  }
}
