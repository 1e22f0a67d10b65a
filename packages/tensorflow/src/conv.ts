// Convolutions with gradients made of operations that every backend has and runs fast. wasm/missing-kernel.ts adds the one that the WASM
// backend lacks.
import * as tf from '@tensorflow/tfjs-core';
import { ownGradient } from './own-gradient.ts';
import { constantTimes, product } from './product.ts';

type Padding = tf.backend_util.ExplicitPadding;

const NONE: [number, number] = [0, 0];
const AROUND: Padding = [NONE, [1, 1], [1, 1], NONE];
const RIGHT: Padding = [NONE, NONE, [0, 1], NONE];
const LEFT: Padding = [NONE, NONE, [1, 0], NONE];
const BELOW_AND_RIGHT: Padding = [NONE, [0, 1], [0, 1], NONE];
const ABOVE_AND_LEFT: Padding = [NONE, [1, 0], [1, 0], NONE];

/**
 * 3×3 convolution, stride 1, one pixel of padding, no bias.
 * @param x [n, h, w, in]
 * @param kernel [3, 3, in, out]
 * @param firstLayer leaves out the gradient of the input, which is not used
 * @returns [n, h, w, out]
 */
export function conv3x3(x: tf.Tensor4D, kernel: tf.Tensor4D, firstLayer = false): tf.Tensor4D {
  return convolution(x, kernel, AROUND, firstLayer ? null : AROUND);
}

/**
 * 3×3 transposed convolution of stride 2 that doubles height and width, no bias: PyTorch's `padding=1, output_padding=1`.
 * (TensorFlow.js' own `conv2dTranspose` pads the other side: shifted by one pixel against it, and slow.)
 *
 * The even output row 2m sees the input row m through kernel row 1; the odd one, 2m + 1, sees row m through kernel row 2 and
 * row m + 1 through kernel row 0; columns alike. So each row parity is one small convolution whose output channels are
 * (column parity, out): what it gives are whole output rows, and the two parities need only be interleaved.
 * @param x [n, h, w, in]
 * @param kernel [3, 3, in, out]
 * @returns [n, 2h, 2w, out]
 */
export function upConv3x3(x: tf.Tensor4D, kernel: tf.Tensor4D): tf.Tensor4D {
  const even = convolution(x, parityKernel(kernel, [1]), RIGHT, LEFT);
  const odd = convolution(x, parityKernel(kernel, [2, 0]), BELOW_AND_RIGHT, ABOVE_AND_LEFT);
  return interleaveRows(even, odd);
}

/**
 * 2×2 transposed convolution of stride 2, no bias: every pixel becomes four of its own.
 * @param x [n, h, w, in]
 * @param kernel [in, (row, column, out)]
 * @returns [n, 2h, 2w, out]
 */
export function upConv2x2(x: tf.Tensor4D, kernel: tf.Tensor2D): tf.Tensor4D {
  const [n, h, w, cin] = x.shape;
  const cout = kernel.shape[1] / 4;
  const parts = product(tf.reshape(x, [n * h * w, cin]) as tf.Tensor2D, kernel);
  // (image, row), column, row parity, (column parity, out): the row parity comes before the column.
  const apart = tf.reshape(parts, [n * h, w, 2, 2 * cout]);
  return tf.reshape(tf.transpose(apart, [0, 2, 1, 3]), [n, 2 * h, 2 * w, cout]);
}

/**
 * Stride 1 convolution. The gradient of its input is a convolution with the turned kernel.
 * @param backPadding padding of that convolution; null where the input needs no gradient
 */
function convolution(
  x: tf.Tensor4D,
  kernel: tf.Tensor4D,
  padding: Padding,
  backPadding: Padding | null,
): tf.Tensor4D {
  return ownGradient(
    [x, kernel] as const,
    (x, kernel) => ({ value: tf.conv2d(x, kernel, 1, padding), saved: [x, kernel] }),
    (dy, ...saved) => {
      const [x, kernel] = saved as [tf.Tensor4D, tf.Tensor4D];
      const dx = backPadding === null ? tf.zerosLike(x) : tf.conv2d(dy, turned(kernel), 1, backPadding);
      return [dx, kernelGradient(x, dy, kernel.shape, padding)];
    },
  );
}

/** The kernel [kh, kw, in, out] turned by 180°, channels swapped: [kh, kw, out, in]. */
function turned(kernel: tf.Tensor4D): tf.Tensor4D {
  return tf.transpose(tf.reverse(kernel, [0, 1]), [0, 1, 3, 2]);
}

/** TensorFlow.js reaches this kernel only through the gradient of `conv2d`, which wants the slow input gradient too. */
function kernelGradient(
  x: tf.Tensor4D,
  dy: tf.Tensor4D,
  shape: [number, number, number, number],
  pad: Padding,
): tf.Tensor4D {
  const attributes = { strides: 1, pad, dataFormat: 'NHWC', filterShape: shape };
  return tf.engine().runKernel(tf.Conv2DBackpropFilter, { x, dy }, attributes) as tf.Tensor4D;
}

/**
 * Kernel [rows, 2, in, (column parity, out)] of one row parity, from the kernel rows that it sees. Even columns see one input
 * column (through kernel column 1), odd ones two (through 2, then 0): a selection of the kernel's nine taps.
 */
function parityKernel(kernel: tf.Tensor4D, rows: readonly number[]): tf.Tensor4D {
  const [, , cin, cout] = kernel.shape;
  const selection = rows.flatMap((row) => [tap(row, 1), tap(row, 2), NO_TAP, tap(row, 0)]);
  const taps = tf.reshape(kernel, [9, cin * cout]) as tf.Tensor2D;
  const chosen = constantTimes(tf.tensor2d(selection), taps); // [(rows, input column, column parity), (in, out)]
  const apart = tf.reshape(chosen, [rows.length, 2, 2, cin, cout]);
  return tf.reshape(tf.transpose(apart, [0, 1, 3, 2, 4]), [rows.length, 2, cin, 2 * cout]);
}

const NO_TAP: number[] = Array.from({ length: 9 }, () => 0);

function tap(row: number, column: number): number[] {
  return NO_TAP.map((_, at) => (at === 3 * row + column ? 1 : 0));
}

/** Even and odd rows, each [n, h, w, (column parity, c)] → [n, 2h, 2w, c]. */
function interleaveRows(even: tf.Tensor4D, odd: tf.Tensor4D): tf.Tensor4D {
  const [n, h, w, c2] = even.shape;
  const rows = n * h;
  const length = w * c2;
  const half = (y: tf.Tensor, parity: 0 | 1): tf.Tensor =>
    tf.reshape(tf.slice(tf.reshape(y, [rows, 2 * length]), [0, parity * length], [rows, length]), even.shape);
  return ownGradient(
    [even, odd] as const,
    (even, odd) => {
      const flat = [even, odd].map((y) => tf.reshape(y, [rows, length]));
      return { value: tf.reshape(tf.concat(flat, 1), [n, 2 * h, 2 * w, c2 / 2]), saved: [] };
    },
    (dy) => [half(dy, 0), half(dy, 1)],
  );
}
