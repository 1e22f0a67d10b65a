// Layers as single operations of TensorFlow, forwards and backwards, where the composed ones would be many, or slow.
import * as tf from '@tensorflow/tfjs-core';
import type { Normalised, RunningStatistics } from './batch-norm.ts';
import { EPSILON, MOMENTUM } from './normalisation-constants.ts';
import type { Layers } from './active-layers.ts';
import { nativeConvolutions } from './native-conv.ts';
import {
  operationsOf,
  type Attribute,
  type NativeBackendInstance,
  type Operations,
} from './native-operations.ts';
import { nativeOptimiser } from './native-optimiser.ts';
import { ownGradient } from './own-gradient.ts';

/** @param backend the loaded one, active */
export function nativeLayers(backend: NativeBackendInstance): Partial<Layers> {
  const operations = operationsOf(backend);
  const onGpu = backend.binding.isUsingGpuDevice();
  const pool = onGpu ? undefined : onednnPool(operations);
  return {
    ...nativeConvolutions(operations),
    ...normalisations(operations),
    ...(pool !== undefined && { halve: pool }),
    ...(!onGpu && { optimiser: (start) => nativeOptimiser(operations, start) }),
    product,
    resizeSquare: resizing(operations),
  };
}

function normalisations({
  run,
  runFor,
  float,
  text,
  number,
  flag,
}: Operations): Pick<Layers, 'batchNormRelu' | 'normaliseRelu'> {
  const attributes = (training: boolean): readonly Attribute[] => [
    float(),
    float('U'),
    number('epsilon', EPSILON),
    text('data_format', 'NHWC'),
    flag('is_training', training),
  ];
  const onBatch = [...attributes(true), number('exponential_avg_factor', MOMENTUM)];
  const onRunning = attributes(false);
  const gradientOfBatch = attributes(true);

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
        const outputs = runFor(
          6,
          'FusedBatchNormV3',
          onBatch,
          x,
          scale,
          shift,
          running.mean,
          running.variance,
        );
        const [normalised, mean, variance, ...reserved] = outputs as [
          tf.Tensor4D,
          tf.Tensor1D,
          tf.Tensor1D,
          ...tf.Tensor[],
        ];
        next = { mean: tf.keep(mean), variance: tf.keep(variance) };
        const value = run('Relu', [float()], normalised);
        return { value, saved: [value, x, scale, ...reserved] };
      },
      (dy, ...saved) => {
        const [y, x, scale, ...reserved] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, ...tf.Tensor[]];
        const gated = run('ReluGrad', [float()], dy, y);
        return runFor(5, 'FusedBatchNormGradV3', gradientOfBatch, gated, x, scale, ...reserved).slice(0, 3);
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
    const [y] = runFor(6, 'FusedBatchNormV3', onRunning, x, scale, shift, mean, variance);
    return run('Relu', [float()], y as tf.Tensor);
  }

  return { batchNormRelu, normaliseRelu };
}

/**
 * Max-pooling by oneDNN, which TensorFlow holds ready for graphs under a name of its own: its gradient takes a fortieth of the time of
 * the public operation's.
 * @returns undefined where this TensorFlow has none
 */
function onednnPool({ run, runFor, float, integers, text, flag }: Operations): Layers['halve'] | undefined {
  const attributes = [
    float(),
    integers('ksize', [1, 2, 2, 1]),
    integers('strides', [1, 2, 2, 1]),
    text('padding', 'VALID'),
    text('data_format', 'NHWC'),
    flag('workspace_enabled', true),
    text('_kernel', 'MklNameChangeOp'),
  ];
  const halve = (x: tf.Tensor4D): tf.Tensor4D =>
    ownGradient(
      [x] as const,
      (x) => {
        const [value, workspace] = runFor(2, '_MklNativeMaxPool', attributes, x) as [tf.Tensor4D, tf.Tensor];
        return { value, saved: [x, value, workspace] };
      },
      (dy, ...saved) => {
        const [x, y, workspace] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
        return [run('_MklNativeMaxPoolGrad', attributes, x, y, dy, workspace)];
      },
    );
  try {
    tf.tidy(() =>
      tf
        .grad(halve as (x: tf.Tensor) => tf.Tensor)(tf.ones([1, 2, 2, 8]))
        .dataSync(),
    );
    return halve;
  } catch {
    return undefined;
  }
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

function resizing({ run, float, flag }: Operations): Layers['resizeSquare'] {
  const bilinear = [float(), flag('align_corners', false), flag('half_pixel_centers', true)];
  return (x, target) =>
    ownGradient(
      [x] as const,
      (x) => ({
        value: run('ResizeBilinear', bilinear, x, tf.tensor1d([target, target], 'int32')),
        saved: [x],
      }),
      (dy, ...saved) => [run('ResizeBilinearGrad', bilinear, dy, ...saved)],
    );
}
