// Two kernels that this model's training needs of TensorFlow.js' WASM backend: one that it lacks, composed of others, and one that
// it has but runs slowly, computed here on the backend's own memory.
import * as tf from '@tensorflow/tfjs-core';

type Shape4D = [number, number, number, number];
type Pad = 'valid' | 'same' | number | tf.backend_util.ExplicitPadding;

/** What the kernels use of the backend beyond the common interface. */
interface WasmBackend extends tf.KernelBackend {
  makeOutput(shape: number[], dtype: 'float32'): tf.TensorInfo;
  typedArrayFromHeap(tensor: tf.TensorInfo): Float32Array;
}

/** Registers them; a second call changes nothing. */
export function registerWasmKernels(): void {
  if (tf.getKernel(tf.Conv2DBackpropFilter, 'wasm') !== undefined) return;
  register(tf.Conv2DBackpropFilter, (inputs, attrs, backend) =>
    convBackpropFilter(inputs as unknown as ConvInputs, attrs as unknown as ConvAttributes, backend),
  );
  const general = tf.getKernel(tf.MaxPoolGrad, 'wasm').kernelFunc;
  tf.unregisterKernel(tf.MaxPoolGrad, 'wasm');
  register(tf.MaxPoolGrad, (inputs, attrs, backend) => {
    const pool = poolOf(inputs as unknown as PoolInputs, attrs as unknown as PoolAttributes);
    return isHalving(pool)
      ? maxPoolGradient(inputs as unknown as PoolInputs, pool, backend)
      : (general({ inputs, attrs, backend }) as tf.TensorInfo);
  });
}

function register(
  kernelName: string,
  compute: (inputs: tf.NamedTensorInfoMap, attrs: tf.NamedAttrMap, backend: WasmBackend) => tf.TensorInfo,
): void {
  tf.registerKernel({
    kernelName,
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs, backend }) => compute(inputs, attrs ?? {}, backend as WasmBackend),
  });
}

interface ConvInputs {
  readonly x: tf.TensorInfo;
  readonly dy: tf.TensorInfo;
}

interface ConvAttributes {
  readonly strides: number | [number, number];
  readonly pad: Pad;
  readonly filterShape: Shape4D;
}

/**
 * dL/dkernel [kh, kw, in, out] of a convolution of stride 1, itself a convolution: the input channels take the place of the
 * images, the images that of the channels, and dy [n, oh, ow, out] is the kernel that slides over the padded input.
 */
function convBackpropFilter(
  { x, dy }: ConvInputs,
  attrs: ConvAttributes,
  backend: WasmBackend,
): tf.TensorInfo {
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

interface PoolInputs {
  readonly dy: tf.TensorInfo;
  readonly input: tf.TensorInfo;
}

interface PoolAttributes {
  readonly filterSize: number | [number, number];
  readonly strides: number | [number, number];
  readonly pad: Pad;
}

type Pool = tf.backend_util.Conv2DInfo;

function poolOf({ input }: PoolInputs, { filterSize, strides, pad }: PoolAttributes): Pool {
  return tf.backend_util.computePool2DInfo(input.shape as Shape4D, filterSize, strides, 1, pad);
}

/** Pooling that this file's kernel is for: 2×2, stride 2, no padding. */
function isHalving({ filterHeight, filterWidth, strideHeight, strideWidth, padInfo }: Pool): boolean {
  const { top, left, bottom, right } = padInfo;
  return (
    [filterHeight, filterWidth, strideHeight, strideWidth].every((size) => size === 2) &&
    [top, left, bottom, right].every((size) => size === 0)
  );
}

/** Hands each dy to the largest of its four inputs; the first of equal ones, as PyTorch does. */
function maxPoolGradient({ dy, input }: PoolInputs, pool: Pool, backend: WasmBackend): tf.TensorInfo {
  const result = backend.makeOutput(input.shape, 'float32');
  // After makeOutput, which may move the memory that these are views of.
  const x = backend.typedArrayFromHeap(input);
  const given = backend.typedArrayFromHeap(dy);
  const dx = backend.typedArrayFromHeap(result).fill(0);
  const { batchSize, inHeight, inWidth, outHeight, outWidth, inChannels: channels } = pool;
  const below = inWidth * channels;
  let at = 0;
  for (let image = 0; image < batchSize; image++) {
    for (let row = 0; row < outHeight; row++) {
      for (let column = 0; column < outWidth; column++) {
        const corner = ((image * inHeight + 2 * row) * inWidth + 2 * column) * channels;
        for (let place = corner; place < corner + channels; place++) {
          let largest = place;
          if (x[place + channels]! > x[largest]!) largest = place + channels;
          if (x[place + below]! > x[largest]!) largest = place + below;
          if (x[place + below + channels]! > x[largest]!) largest = place + below + channels;
          dx[largest] = given[at++]!;
        }
      }
    }
  }
  return result;
}
