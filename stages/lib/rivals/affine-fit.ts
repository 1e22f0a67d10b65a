// The affine calibration of a filter, a·x + b: least squares on training images. A blur loses contrast, and this restores it;
// without it, the error of a blurred image is mostly that it is grey.

export type Affine = {
  readonly a: number;
  readonly b: number;
};

/** The a and b that make a·x + b nearest to y in squared error. */
export function fitAffine(x: Float32Array, y: Float32Array): Affine {
  const count = x.length;
  let [sx, sy, sxx, sxy] = [0, 0, 0, 0];
  for (let at = 0; at < count; at++) {
    const [vx, vy] = [x[at]!, y[at]!];
    sx += vx;
    sy += vy;
    sxx += vx * vx;
    sxy += vx * vy;
  }
  const spread = count * sxx - sx * sx;
  const a = spread === 0 ? 0 : (count * sxy - sx * sy) / spread;
  return { a, b: (sy - a * sx) / count };
}

/** a·x + b, cut to 0 … 1. */
export function applyAffine({ a, b }: Affine, x: Float32Array): Float32Array {
  return x.map((value) => Math.min(1, Math.max(0, a * value + b)));
}
