// Convolutions in the form that TensorFlow computes fastest, forwards and backwards.
import * as tf from '@tensorflow/tfjs-core';
import type { Layers } from './active-layers.ts';
import type { Attribute, Operations } from './native-operations.ts';
import { ownGradient } from './own-gradient.ts';

type Convolutions = Pick<Layers, 'conv3x3' | 'upConv3x3' | 'upConv2x2'>;

export function nativeConvolutions({ run, float, integers, text }: Operations): Convolutions {
  const strided = (stride: number, padding: 'SAME' | 'VALID'): readonly Attribute[] => [
    float(),
    text('data_format', 'NHWC'),
    integers('dilations', [1, 1, 1, 1]),
    integers('strides', [1, stride, stride, 1]),
    text('padding', padding),
  ];
  const sameSize = strided(1, 'SAME');
  const halving = strided(2, 'VALID');
  const convolution = (attributes: readonly Attribute[], x: tf.Tensor, kernel: tf.Tensor): tf.Tensor4D =>
    run('Conv2D', attributes, x, kernel);
  /** Spreads y over an image of that shape: dL/dx of a convolution, from dL/dy. */
  const spread = (
    attributes: readonly Attribute[],
    shape: readonly number[],
    kernel: tf.Tensor,
    y: tf.Tensor,
  ): tf.Tensor4D => run('Conv2DBackpropInput', attributes, tf.tensor1d([...shape], 'int32'), kernel, y);
  const kernelGradient = (
    attributes: readonly Attribute[],
    x: tf.Tensor,
    shape: readonly number[],
    dy: tf.Tensor,
  ): tf.Tensor4D => run('Conv2DBackpropFilter', attributes, x, tf.tensor1d([...shape], 'int32'), dy);

  function conv3x3(x: tf.Tensor4D, kernel: tf.Tensor4D, firstLayer = false): tf.Tensor4D {
    if (kernel.shape[3] === 1) return toOneChannel(x, kernel);
    return ownGradient(
      [x, kernel] as const,
      (x, kernel) => ({ value: convolution(sameSize, x, kernel), saved: [x, kernel] }),
      (dy, ...saved) => {
        const [x, kernel] = saved as [tf.Tensor4D, tf.Tensor4D];
        const dx = firstLayer ? tf.zerosLike(x) : spread(sameSize, x.shape, kernel, dy);
        return [dx, kernelGradient(sameSize, x, kernel.shape, dy)];
      },
    );
  }

  /**
   * Many channels to one, which vectors of channels serve badly. Forwards as a product that gives each pixel's part in the nine around
   * it, and a small convolution that adds these up; the gradients with the turned kernel, the one channel being the input.
   */
  function toOneChannel(x: tf.Tensor4D, kernel: tf.Tensor4D): tf.Tensor4D {
    const [n, h, w, channels] = x.shape;
    return ownGradient(
      [x, kernel] as const,
      (x, kernel) => {
        const taps = tf.reshape(kernel, [9, channels]);
        const parts = tf.matMul(tf.reshape(x, [n * h * w, channels]), taps, false, true);
        const adding = tf.reshape(tf.eye(9), [3, 3, 9, 1]);
        return { value: convolution(sameSize, tf.reshape(parts, [n, h, w, 9]), adding), saved: [x, kernel] };
      },
      (dy, ...saved) => {
        const [x, kernel] = saved as [tf.Tensor4D, tf.Tensor4D];
        const turned = tf.reshape(tf.reverse(kernel, [0, 1]), [3, 3, 1, channels]);
        const dturned = kernelGradient(sameSize, dy, [3, 3, 1, channels], x);
        return [
          convolution(sameSize, dy, turned),
          tf.reverse(tf.reshape(dturned, [3, 3, channels, 1]), [0, 1]),
        ];
      },
    );
  }

  /**
   * PyTorch's padding 1 and output padding 1 leave out the first row and column of the whole result. (The same as explicit padding of
   * TensorFlow's operation takes up to seven times as long.)
   */
  function upConv3x3(x: tf.Tensor4D, kernel: tf.Tensor4D): tf.Tensor4D {
    const [n, h, w] = x.shape;
    const [, , cin, cout] = kernel.shape;
    return ownGradient(
      [x, kernel] as const,
      (x, kernel) => {
        const turned = tf.transpose(kernel, [0, 1, 3, 2]);
        const whole = spread(halving, [n, 2 * h + 1, 2 * w + 1, cout], turned, x);
        return { value: tf.slice(whole, [0, 1, 1, 0], [n, 2 * h, 2 * w, cout]), saved: [x, turned] };
      },
      (dy, ...saved) => {
        const [x, turned] = saved as [tf.Tensor4D, tf.Tensor4D];
        const whole = tf.pad(dy, FIRST_ROW_AND_COLUMN);
        const dkernel = kernelGradient(halving, whole, [3, 3, cout, cin], x);
        return [convolution(halving, whole, turned), tf.transpose(dkernel, [0, 1, 3, 2])];
      },
    );
  }

  function upConv2x2(x: tf.Tensor4D, kernel: tf.Tensor2D): tf.Tensor4D {
    const [n, h, w, cin] = x.shape;
    const cout = kernel.shape[1] / 4;
    return ownGradient(
      [x, kernel] as const,
      (x, kernel) => {
        const turned = tf.reshape(tf.transpose(kernel), [2, 2, cout, cin]);
        return { value: spread(halving, [n, 2 * h, 2 * w, cout], turned, x), saved: [x, turned] };
      },
      (dy, ...saved) => {
        const [x, turned] = saved as [tf.Tensor4D, tf.Tensor4D];
        const dkernel = kernelGradient(halving, dy, [2, 2, cout, cin], x);
        return [convolution(halving, dy, turned), tf.transpose(tf.reshape(dkernel, [4 * cout, cin]))];
      },
    );
  }

  return { conv3x3, upConv3x3, upConv2x2 };
}

const FIRST_ROW_AND_COLUMN: [number, number][] = [
  [0, 0],
  [1, 0],
  [1, 0],
  [0, 0],
];
