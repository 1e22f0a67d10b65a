// Layers as single operations of TensorFlow, forwards and backwards, where the composed ones would be many.
import * as tf from '@tensorflow/tfjs-core';
import { EPSILON, MOMENTUM, type Normalised, type RunningStatistics } from './batch-norm.ts';
import type { Layers } from './layers.ts';
import type { Attribute, NativeBackendInstance } from './native.ts';
import { ownGradient } from './own-gradient.ts';

/** @param backend the loaded one */
export function nativeLayers(backend: NativeBackendInstance): Partial<Layers> {
  const { binding } = backend;
  const float: Attribute = { name: 'T', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT };
  const integers = (name: string, value: readonly number[]): Attribute => ({
    name,
    type: binding.TF_ATTR_INT,
    value,
  });
  const text = (name: string, value: string): Attribute => ({ name, type: binding.TF_ATTR_STRING, value });
  const number = (name: string, value: number): Attribute => ({ name, type: binding.TF_ATTR_FLOAT, value });
  const flag = (name: string, value: boolean): Attribute => ({ name, type: binding.TF_ATTR_BOOL, value });
  const run = (name: string, attributes: readonly Attribute[], ...inputs: tf.Tensor[]): tf.Tensor4D =>
    backend.executeSingleOutput(name, attributes, inputs) as tf.Tensor4D;

  const channelsLast = [float, text('data_format', 'NHWC'), integers('dilations', [1, 1, 1, 1])];
  const sameSize = [...channelsLast, integers('strides', [1, 1, 1, 1]), text('padding', 'SAME')];
  // One pixel of padding above and to the left, none below and to the right: what PyTorch's transposed convolution with padding 1
  // and output padding 1 is the gradient of.
  const halving = [
    ...channelsLast,
    integers('strides', [1, 2, 2, 1]),
    text('padding', 'EXPLICIT'),
    integers('explicit_paddings', [0, 0, 1, 0, 1, 0, 0, 0]),
  ];
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

  function upConv3x3(x: tf.Tensor4D, kernel: tf.Tensor4D): tf.Tensor4D {
    const [n, h, w] = x.shape;
    const [, , cin, cout] = kernel.shape;
    return ownGradient(
      [x, kernel] as const,
      (x, kernel) => {
        const turned = tf.transpose(kernel, [0, 1, 3, 2]);
        const value = spread(halving, [n, 2 * h, 2 * w, cout], turned, x);
        return { value, saved: [x, turned] };
      },
      (dy, ...saved) => {
        const [x, turned] = saved as [tf.Tensor4D, tf.Tensor4D];
        const dkernel = kernelGradient(halving, dy, [3, 3, cout, cin], x);
        return [convolution(halving, dy, turned), tf.transpose(dkernel, [0, 1, 3, 2])];
      },
    );
  }

  const quadrupling = [...channelsLast, integers('strides', [1, 2, 2, 1]), text('padding', 'VALID')];

  function upConv2x2(x: tf.Tensor4D, kernel: tf.Tensor2D): tf.Tensor4D {
    const [n, h, w, cin] = x.shape;
    const cout = kernel.shape[1] / 4;
    return ownGradient(
      [x, kernel] as const,
      (x, kernel) => {
        const turned = tf.reshape(tf.transpose(kernel), [2, 2, cout, cin]);
        return { value: spread(quadrupling, [n, 2 * h, 2 * w, cout], turned, x), saved: [x, turned] };
      },
      (dy, ...saved) => {
        const [x, turned] = saved as [tf.Tensor4D, tf.Tensor4D];
        const dkernel = kernelGradient(quadrupling, dy, [2, 2, cout, cin], x);
        return [convolution(quadrupling, dy, turned), tf.transpose(tf.reshape(dkernel, [4 * cout, cin]))];
      },
    );
  }

  const normalisation = (training: boolean): readonly Attribute[] => [
    float,
    { ...float, name: 'U' },
    number('epsilon', EPSILON),
    text('data_format', 'NHWC'),
    flag('is_training', training),
  ];
  const onBatch = [...normalisation(true), number('exponential_avg_factor', MOMENTUM)];
  const onRunning = normalisation(false);
  const gradientOfBatch = normalisation(true);

  function batchNormRelu(
    x: tf.Tensor4D,
    scale: tf.Tensor1D,
    shift: tf.Tensor1D,
    running: RunningStatistics,
  ): Normalised {
    let next: RunningStatistics | undefined;
    const y = ownGradient(
      [x, scale, shift] as const,
      (x, scale, shift) => {
        const inputs = [x, scale, shift, running.mean, running.variance];
        const [normalised, mean, variance, ...reserved] = backend.executeMultipleOutputs(
          'FusedBatchNormV3',
          onBatch,
          inputs,
          6,
        ) as [tf.Tensor4D, tf.Tensor1D, tf.Tensor1D, ...tf.Tensor[]];
        next = { mean: tf.keep(mean), variance: tf.keep(variance) };
        const value = run('Relu', [float], normalised);
        return { value, saved: [value, x, scale, ...reserved] };
      },
      (dy, ...saved) => {
        const [y, x, scale, ...reserved] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, ...tf.Tensor[]];
        const gated = run('ReluGrad', [float], dy, y);
        const gradients = backend.executeMultipleOutputs(
          'FusedBatchNormGradV3',
          gradientOfBatch,
          [gated, x, scale, ...reserved],
          5,
        );
        return gradients.slice(0, 3);
      },
    );
    return { y, running: next! };
  }

  function normaliseRelu(
    x: tf.Tensor4D,
    scale: tf.Tensor1D,
    shift: tf.Tensor1D,
    { mean, variance }: RunningStatistics,
  ): tf.Tensor4D {
    const inputs = [x, scale, shift, mean, variance];
    const [y] = backend.executeMultipleOutputs('FusedBatchNormV3', onRunning, inputs, 6);
    return run('Relu', [float], y as tf.Tensor);
  }

  function product(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D {
    return ownGradient(
      [a, b] as const,
      (a, b) => ({ value: tf.matMul(a, b), saved: [a, b] }),
      (dy, ...saved) => {
        const [a, b] = saved as [tf.Tensor2D, tf.Tensor2D];
        return [tf.matMul(dy, b, false, true), tf.matMul(a, dy, true, false)];
      },
    );
  }

  const bilinear = [float, flag('align_corners', false), flag('half_pixel_centers', true)];

  function resizeSquare(x: tf.Tensor4D, target: number): tf.Tensor4D {
    return ownGradient(
      [x] as const,
      (x) => ({
        value: run('ResizeBilinear', bilinear, x, tf.tensor1d([target, target], 'int32')),
        saved: [x],
      }),
      (dy, ...saved) => [run('ResizeBilinearGrad', bilinear, dy, ...saved)],
    );
  }

  return { conv3x3, upConv3x3, upConv2x2, batchNormRelu, normaliseRelu, product, resizeSquare };
}
