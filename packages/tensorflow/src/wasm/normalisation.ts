// Batch normalisation with ReLU on the WASM backend, by own kernels. For other numbers of channels than
// those of the kernels, the composed one (batch-norm.ts) is used.
import * as tf from '@tensorflow/tfjs-core';
import * as composed from '../batch-norm.ts';
import type { Layers } from '../active-layers.ts';
import { EPSILON } from '../normalisation-constants.ts';
import { ownGradient } from '../own-gradient.ts';
import type { Heap } from './heap.ts';

export function normalisation(heap: Heap): Pick<Layers, 'batchNormRelu' | 'normaliseRelu'> {
  const { kernels } = heap;
  const at = (tensor: tf.Tensor): number => heap.address(tensor);

  function factorOf(scale: tf.Tensor1D, variance: tf.Tensor): tf.Tensor {
    const factor = heap.output(scale.shape);
    kernels.factors(at(scale), at(variance), EPSILON, scale.size, at(factor));
    return factor;
  }

  return {
    batchNormRelu: (x, scale, shift, running) => {
      if (scale.size % 4 !== 0) return composed.batchNormRelu(x, scale, shift, running);
      const channels = scale.size;
      const pixels = x.size / channels;
      const vector = (): tf.Tensor1D => heap.output([channels]) as tf.Tensor1D;
      let batch: composed.RunningStatistics | undefined;
      const y = ownGradient(
        [x, scale, shift] as const,
        (x, scale, shift) => {
          const [mean, variance] = [vector(), vector()];
          kernels.moments(at(x), pixels, channels, at(mean), at(variance));
          const factor = factorOf(scale, variance);
          const y = heap.output(x.shape) as tf.Tensor4D;
          kernels.normaliseRelu(at(x), at(mean), at(factor), at(shift), at(y), pixels, channels);
          batch = composed.nextRunning(running, { mean, variance }, pixels);
          return { value: y, saved: [x, mean, variance, factor, shift] };
        },
        (dy, ...saved) => {
          const [x, mean, variance, factor, shift] = saved.map(at) as [
            number,
            number,
            number,
            number,
            number,
          ];
          const [sum, product, meanGated, along, dscale] = [vector(), vector(), vector(), vector(), vector()];
          const dx = heap.output(dy.shape);
          kernels.gradientSums(at(dy), x, mean, factor, shift, at(sum), at(product), pixels, channels);
          kernels.gradientFactors(
            at(sum),
            at(product),
            variance,
            EPSILON,
            pixels,
            channels,
            at(meanGated),
            at(along),
            at(dscale),
          );
          kernels.gradientInput(
            at(dy),
            x,
            mean,
            factor,
            shift,
            at(meanGated),
            at(along),
            at(dx),
            pixels,
            channels,
          );
          return [dx, dscale, sum];
        },
      );
      return { y, running: batch! };
    },
    normaliseRelu: (x, scale, shift, { mean, variance }) => {
      if (scale.size % 4 !== 0) return composed.normaliseRelu(x, scale, shift, { mean, variance });
      const y = heap.output(x.shape) as tf.Tensor4D;
      const factor = factorOf(scale, variance);
      kernels.normaliseRelu(at(x), at(mean), at(factor), at(shift), at(y), x.size / scale.size, scale.size);
      return y;
    },
  };
}
