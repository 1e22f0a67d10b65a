// The kernel that TensorFlow.js' WASM backend lacks for training convolutions, composed of others.
import * as tf from '@tensorflow/tfjs-core';

type Shape4D = [number, number, number, number];
type Pad = 'valid' | 'same' | number | tf.backend_util.ExplicitPadding;

interface Inputs {
  readonly x: tf.TensorInfo;
  readonly dy: tf.TensorInfo;
}

interface Attributes {
  readonly strides: number | [number, number];
  readonly pad: Pad;
  readonly filterShape: Shape4D;
}

export function registerConvBackpropFilter(): void {
  tf.registerKernel({
    kernelName: tf.Conv2DBackpropFilter,
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs, backend }) =>
      convBackpropFilter(
        inputs as unknown as Inputs,
        attrs as unknown as Attributes,
        backend as tf.KernelBackend,
      ),
  });
}

/**
 * dL/dkernel [kh, kw, in, out] of a convolution of stride 1, itself a convolution: the input channels take the place of the
 * images, the images that of the channels, and dy [n, oh, ow, out] is the kernel that slides over the padded input.
 */
function convBackpropFilter({ x, dy }: Inputs, attrs: Attributes, backend: tf.KernelBackend): tf.TensorInfo {
  const { strides, pad, filterShape } = attrs;
  const forward = tf.backend_util.computeConv2DInfo(x.shape as Shape4D, filterShape, strides, 1, pad);
  if (forward.strideHeight !== 1 || forward.strideWidth !== 1)
    throw new Error(`Conv2DBackpropFilter on wasm: stride ${String(strides)}; only 1 is supported`);
  const run = (name: string, inputs: tf.NamedTensorInfoMap, attributes: object): tf.TensorInfo =>
    tf.getKernel(name, 'wasm').kernelFunc({
      inputs,
      attrs: attributes as tf.NamedAttrMap,
      backend,
    }) as tf.TensorInfo;

  const { top, bottom, left, right } = forward.padInfo;
  const images = run(tf.Transpose, { x }, { perm: [3, 1, 2, 0] }); // [in, h, w, n]
  const kernel = run(tf.Transpose, { x: dy }, { perm: [1, 2, 0, 3] }); // [oh, ow, n, out]
  const padding = [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
  const product = run(
    tf.Conv2D,
    { x: images, filter: kernel },
    { strides: 1, dilations: 1, dataFormat: 'NHWC', pad: padding },
  ); // [in, kh, kw, out]
  const gradient = run(tf.Transpose, { x: product }, { perm: [1, 2, 0, 3] });
  for (const part of [images, kernel, product]) backend.disposeData(part.dataId);
  return gradient;
}
