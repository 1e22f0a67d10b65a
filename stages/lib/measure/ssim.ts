// Structural similarity as scikit-image's `structural_similarity` computes it by default, with data_range 1: windows of 7×7
// with equal weights, sample covariance, windows that leave the image left out. Double precision.

const WINDOW = 7;
const COUNT = WINDOW * WINDOW;
const C1 = 0.01 ** 2;
const C2 = 0.03 ** 2;

/**
 * Mean SSIM of pairs of square images.
 * @param a,b images one after the other, values 0 … 1
 * @returns one value per pair
 */
export function ssimPerImage(a: Float32Array, b: Float32Array, size: number): Float64Array {
  const pixels = size * size;
  const columns = Array.from({ length: 5 }, () => new Float64Array(size));
  return Float64Array.from({ length: a.length / pixels }, (_, image) =>
    ssimOfPair(a, b, image * pixels, size, columns),
  );
}

/** Mean over the images. */
export function meanSsim(a: Float32Array, b: Float32Array, size: number): number {
  const values = ssimPerImage(a, b, size);
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** @param columns room for the sums of a, b, a², b², ab over the window's rows, per column */
function ssimOfPair(
  a: Float32Array,
  b: Float32Array,
  offset: number,
  size: number,
  columns: readonly Float64Array[],
): number {
  const [sa, sb, saa, sbb, sab] = columns as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const windows = size - WINDOW + 1;
  let total = 0;
  for (let top = 0; top < windows; top++) {
    for (let x = 0; x < size; x++) {
      let [ca, cb, caa, cbb, cab] = [0, 0, 0, 0, 0];
      for (let y = top; y < top + WINDOW; y++) {
        const va = a[offset + y * size + x]!;
        const vb = b[offset + y * size + x]!;
        ca += va;
        cb += vb;
        caa += va * va;
        cbb += vb * vb;
        cab += va * vb;
      }
      sa[x] = ca;
      sb[x] = cb;
      saa[x] = caa;
      sbb[x] = cbb;
      sab[x] = cab;
    }
    for (let left = 0; left < windows; left++) {
      let [ma, mb, maa, mbb, mab] = [0, 0, 0, 0, 0];
      for (let x = left; x < left + WINDOW; x++) {
        ma += sa[x]!;
        mb += sb[x]!;
        maa += saa[x]!;
        mbb += sbb[x]!;
        mab += sab[x]!;
      }
      total += ssimOfWindow(ma / COUNT, mb / COUNT, maa / COUNT, mbb / COUNT, mab / COUNT);
    }
  }
  return total / (windows * windows);
}

/** From the means of a, b, a², b² and ab over one window. */
function ssimOfWindow(ma: number, mb: number, maa: number, mbb: number, mab: number): number {
  const sample = COUNT / (COUNT - 1);
  const varianceA = sample * (maa - ma * ma);
  const varianceB = sample * (mbb - mb * mb);
  const covariance = sample * (mab - ma * mb);
  const luminance = (2 * ma * mb + C1) / (ma * ma + mb * mb + C1);
  return luminance * ((2 * covariance + C2) / (varianceA + varianceB + C2));
}
