// Replaces slow kernels of TensorFlow.js' WASM backend in its registry.
import * as tf from '@tensorflow/tfjs-core';
import type { Heap, WasmBackend } from './heap.ts';

type Compute = (
  inputs: tf.NamedTensorInfoMap,
  attrs: tf.NamedAttrMap,
  backend: WasmBackend,
) => tf.TensorInfo | tf.TensorInfo[];

export function replaceKernels(heap: Heap): void {
  replace(tf.MaxPoolGrad, (general) => maxPoolGradient(heap, general));
  replace(tf.Identity, () => identity);
  replace(tf.Slice, (general) => slice(heap, general));
  replace(tf.Concat, (general) => concat(heap, general));
  replace(tf.SplitV, (general) => split(heap, general));
}

/** @param make gets the kernel that is replaced */
function replace(kernelName: string, make: (general: Compute) => Compute): void {
  const { kernelFunc } = tf.getKernel(kernelName, 'wasm');
  const compute = make((inputs, attrs, backend) => kernelFunc({ inputs, attrs, backend }));
  tf.unregisterKernel(kernelName, 'wasm');
  tf.registerKernel({
    kernelName,
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs, backend }) => compute(inputs, attrs ?? {}, backend as WasmBackend),
  });
}

/** Pooling 2×2, stride 2, no padding; in JavaScript where the channels do not come in fours. */
function maxPoolGradient(heap: Heap, general: Compute): Compute {
  return (inputs, attrs, backend) => {
    const { dy, input } = inputs as { dy: tf.TensorInfo; input: tf.TensorInfo };
    const { filterSize, strides, pad } = attrs as unknown as PoolAttributes;
    const shape = input.shape as [number, number, number, number];
    const pool = tf.backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad);
    if (!isHalving(pool)) return general(inputs, attrs, backend);
    const dx = backend.makeOutput(input.shape, 'float32');
    const [images, height, width, channels] = shape;
    // After makeOutput, which may move the memory that these are views of.
    const result = backend.typedArrayFromHeap(dx).fill(0);
    if (channels % 4 === 0)
      heap.kernels.maxPoolGradient(
        heap.address(input),
        heap.address(dy),
        heap.address(dx),
        images,
        height,
        width,
        channels,
      );
    else toLargest(backend.typedArrayFromHeap(input), backend.typedArrayFromHeap(dy), result, pool);
    return dx;
  };
}

interface PoolAttributes {
  readonly filterSize: number | [number, number];
  readonly strides: number | [number, number];
  readonly pad: 'valid' | 'same' | number | tf.backend_util.ExplicitPadding;
}

type Pool = tf.backend_util.Conv2DInfo;

function isHalving({ filterHeight, filterWidth, strideHeight, strideWidth, padInfo }: Pool): boolean {
  const { top, left, bottom, right } = padInfo;
  return (
    [filterHeight, filterWidth, strideHeight, strideWidth].every((size) => size === 2) &&
    [top, left, bottom, right].every((size) => size === 0)
  );
}

/** Hands each dy to the largest of its four inputs; the first of equal ones, as PyTorch does. */
function toLargest(x: Float32Array, dy: Float32Array, dx: Float32Array, pool: Pool): void {
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
          dx[largest] = dy[at++]!;
        }
      }
    }
  }
}

/** The same data under another name, where the backend copies it. */
const identity: Compute = (inputs, _attrs, backend) => {
  const { x } = inputs as { x: tf.TensorInfo };
  backend.incRef(x.dataId);
  return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
};

/** A part of a vector; the backend would first copy the whole. */
function slice(heap: Heap, general: Compute): Compute {
  return (inputs, attrs, backend) => {
    const { x } = inputs as { x: tf.TensorInfo };
    if (x.shape.length !== 1 || x.dtype !== 'float32') return general(inputs, attrs, backend);
    const { begin, size } = attrs as unknown as { begin: number | number[]; size: number | number[] };
    const [[from], [count]] = tf.slice_util.parseSliceParams(x, begin, size) as [[number], [number]];
    const part = backend.makeOutput([count], 'float32');
    const start = heap.address(x) + 4 * from;
    heap.bytes().copyWithin(heap.address(part), start, start + 4 * count);
    return part;
  };
}

/** Rows of the parts beside one another; the backend is slow where they are short. */
function concat(heap: Heap, general: Compute): Compute {
  return (inputs, attrs, backend) => {
    const parts = (Object.values(inputs) as tf.TensorInfo[]).filter(
      ({ shape }) => tf.util.sizeFromShape(shape) > 0,
    );
    const [first] = parts;
    if (first === undefined || parts.some(({ dtype }) => dtype !== 'float32'))
      return general(inputs, attrs, backend);
    const [axis] = tf.util.parseAxisParam(attrs['axis'] as number, first.shape) as [number];
    const shapes = parts.map(({ shape }) => shape);
    const whole = backend.makeOutput(tf.backend_util.computeOutShape(shapes, axis), 'float32');
    const all = rowsOf(whole.shape, axis);
    let to = heap.address(whole);
    for (const part of parts) {
      const { bytes, count } = rowsOf(part.shape, axis);
      heap.kernels.copyRows(heap.address(part), 0, bytes, to, 0, all.bytes, 1, count, bytes);
      to += bytes;
    }
    return whole;
  };
}

/** The reverse. */
function split(heap: Heap, general: Compute): Compute {
  return (inputs, attrs, backend) => {
    const { x } = inputs as { x: tf.TensorInfo };
    if (x.dtype !== 'float32') return general(inputs, attrs, backend);
    const [axis] = tf.util.parseAxisParam(attrs['axis'] as number, x.shape) as [number];
    const sizes = tf.backend_util.prepareSplitSize(x, attrs['numOrSizeSplits'] as number | number[], axis);
    const all = rowsOf(x.shape, axis);
    let from = heap.address(x);
    return sizes.map((size) => {
      const part = backend.makeOutput(x.shape.toSpliced(axis, 1, size), 'float32');
      const { bytes, count } = rowsOf(part.shape, axis);
      heap.kernels.copyRows(from, 0, all.bytes, heap.address(part), 0, bytes, 1, count, bytes);
      from += bytes;
      return part;
    });
  };
}

/** Everything from that axis on is one row. */
function rowsOf(shape: readonly number[], axis: number): { readonly bytes: number; readonly count: number } {
  const size = (part: readonly number[]): number => part.reduce((a, b) => a * b, 1);
  return { bytes: 4 * size(shape.slice(axis)), count: size(shape.slice(0, axis)) };
}
