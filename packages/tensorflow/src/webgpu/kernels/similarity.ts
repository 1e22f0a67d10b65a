// Structural similarity as scikit-image defines it by default: windows of 7×7 with equal weights, sample covariance, data range 1,
// windows that leave the image left out. A workgroup computes an image; variances are sums of squared differences from the
// window's mean, which 32 bits round well.

export const WINDOW = 7;
const COUNT = WINDOW ** 2;

/** Windows along a side. */
export const windowsOf = (size: number): number => size - WINDOW + 1;

/** Declares `measure(first, window)`: of a window of an image, of which `first` is the first place in `output` and `expected`. */
export const measureOf = (size: number): string => `
struct Window {
  mean_x: f32, mean_y: f32,
  // Twice the product of the means + C1; twice the covariance + C2; the sums of squares and of variances, plus the same.
  above_1: f32, above_2: f32, below_1: f32, below_2: f32,
}
fn measure(first: u32, window: u32) -> Window {
  let corner = first + window / ${windowsOf(size)}u * ${size}u + window % ${windowsOf(size)}u;
  var x = 0.0;
  var y = 0.0;
  for (var row = 0u; row < ${WINDOW}u; row++) {
    for (var column = 0u; column < ${WINDOW}u; column++) {
      let place = corner + row * ${size}u + column;
      x += output[place];
      y += expected[place];
    }
  }
  x /= ${COUNT}.0;
  y /= ${COUNT}.0;
  var squares = 0.0;
  var products = 0.0;
  for (var row = 0u; row < ${WINDOW}u; row++) {
    for (var column = 0u; column < ${WINDOW}u; column++) {
      let place = corner + row * ${size}u + column;
      let dx = output[place] - x;
      let dy = expected[place] - y;
      squares += dx * dx + dy * dy;
      products += dx * dy;
    }
  }
  let c1 = ${0.01 ** 2};
  let c2 = ${0.03 ** 2};
  return Window(
    x, y,
    2.0 * x * y + c1, 2.0 * products / ${COUNT - 1}.0 + c2,
    x * x + y * y + c1, squares / ${COUNT - 1}.0 + c2,
  );
}`;

/** Of the similarity by a pixel of the output: a constant, and the shares of the two pixels' differences from their means. */
export const slopeOf = `
struct Slope { constant: f32, mean_x: f32, share_x: f32, mean_y: f32, share_y: f32 }
fn slope(w: Window) -> Slope {
  let below = w.below_1 * w.below_2;
  let similarity = w.above_1 * w.above_2 / below;
  return Slope(
    2.0 / ${COUNT}.0 * (w.mean_y * w.above_2 / below - w.mean_x * similarity / w.below_1),
    w.mean_x, -2.0 / ${COUNT - 1}.0 * similarity / w.below_2,
    w.mean_y, 2.0 / ${COUNT - 1}.0 * w.above_1 / below,
  );
}`;
