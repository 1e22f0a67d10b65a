// The layers and the optimiser that TensorFlow's own libraries compute, against those of plain JavaScript: its operations are computed here
// as its documentation defines them. test/real/experiment has the libraries themselves.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import { activeLayers, provideLayers, type Layers } from '../src/active-layers.ts';
import { useBackend } from '../src/backend.ts';
import { nativeLayers } from '../src/native-layers.ts';
import type { Attribute, NativeBackendInstance } from '../src/native-operations.ts';
import type { Optimiser } from '../src/optimiser.ts';
import { pseudoRandom } from '../src/pseudo-random.ts';
import { compare, difference, on, type Layer } from './compare.ts';

const NAME = 'defined';
const BOTH = ['cpu', NAME] as const;

before(async () => {
  await useBackend('cpu');
  tf.registerBackend(NAME, () => new MathBackendCPU());
  tf.copyRegisteredKernels('cpu', NAME);
  await tf.setBackend(NAME);
  provideLayers(NAME, nativeLayers(defined()));
});

type Of = Readonly<Record<string, unknown>>;
type Compute = (of: Of, ...inputs: tf.Tensor[]) => tf.Tensor | tf.Tensor[];

const shapeOf = (tensor: tf.Tensor): number[] => [...tensor.dataSync()];
const strideOf = (of: Of): number => (of['strides'] as number[])[1]!;
const padOf = (of: Of): 'same' | 'valid' => (of['padding'] as string).toLowerCase() as 'same' | 'valid';

/** TensorFlow's operations, https://www.tensorflow.org/api_docs/python/tf/raw_ops; variables are in `stored`. */
function operations(): Readonly<Record<string, Compute>> {
  const stored = new Map<number, tf.Tensor>();
  const numberOf = (handle: tf.Tensor): number => handle.dataSync()[0]!;
  const store = (handle: tf.Tensor, value: tf.Tensor): void => {
    stored.get(numberOf(handle))?.dispose();
    stored.set(numberOf(handle), tf.keep(value.clone()));
  };
  let handles = 0;
  return {
    Conv2D: (of, x, kernel) => tf.conv2d(x as tf.Tensor4D, kernel as tf.Tensor4D, strideOf(of), padOf(of)),
    Conv2DBackpropInput: (of, shape, kernel, dy) =>
      tf.conv2dTranspose(
        dy as tf.Tensor4D,
        kernel as tf.Tensor4D,
        shapeOf(shape) as never,
        strideOf(of),
        padOf(of),
      ),
    Conv2DBackpropFilter: (of, x, shape, dy) =>
      tf
        .engine()
        .runKernel(
          tf.Conv2DBackpropFilter,
          { x: x, dy: dy },
          { strides: strideOf(of), pad: padOf(of), dataFormat: 'NHWC', filterShape: shapeOf(shape) },
        ) as tf.Tensor,
    Relu: (_, x) => tf.relu(x),
    ReluGrad: (_, dy, y) => tf.mul(dy, tf.step(y)),
    FusedBatchNormV3: (of, x, scale, shift, mean, variance) => {
      const batch = tf.moments(x, [0, 1, 2]);
      const [m, v] = of['is_training'] === true ? [batch.mean, batch.variance] : [mean, variance];
      const y = tf.add(
        tf.mul(tf.div(tf.sub(x, m), tf.sqrt(tf.add(v, of['epsilon'] as number))), scale),
        shift,
      );
      const share = (of['exponential_avg_factor'] as number | undefined) ?? 1;
      const count = x.size / scale.size;
      const moved = (old: tf.Tensor, fresh: tf.Tensor): tf.Tensor =>
        tf.add(tf.mul(old, 1 - share), tf.mul(fresh, share));
      const unbiased = tf.mul(batch.variance, count / (count - 1));
      return [y, moved(mean, batch.mean), moved(variance, unbiased), m, v, tf.scalar(0)];
    },
    FusedBatchNormGradV3: (of, dy, x, scale, mean, variance) => {
      const inverse = tf.rsqrt(tf.add(variance, of['epsilon'] as number));
      const own = tf.mul(tf.sub(x, mean), inverse);
      const over = (value: tf.Tensor): tf.Tensor => tf.mean(value, [0, 1, 2]);
      const rest = tf.sub(tf.sub(dy, over(dy)), tf.mul(own, over(tf.mul(dy, own))));
      const count = x.size / scale.size;
      const dscale = tf.mul(over(tf.mul(dy, own)), count);
      return [
        tf.mul(rest, tf.mul(scale, inverse)),
        dscale,
        tf.mul(over(dy), count),
        tf.scalar(0),
        tf.scalar(0),
      ];
    },
    ResizeBilinear: (of, x, size) =>
      tf.image.resizeBilinear(
        x as tf.Tensor4D,
        shapeOf(size) as [number, number],
        of['align_corners'] as boolean,
        of['half_pixel_centers'] as boolean,
      ),
    VarHandleOp: () => tf.scalar(++handles),
    AssignVariableOp: (_, handle, value) => (store(handle, value), []),
    ReadVariableOp: (_, handle) => stored.get(numberOf(handle))!.clone(),
    DestroyResourceOp: (_, handle) => (stored.get(numberOf(handle))!.dispose(), []),
    ResourceApplyAdam: (_, ...inputs) => {
      const [value, m, v, ...rest] = inputs as [tf.Tensor, tf.Tensor, tf.Tensor, ...tf.Tensor[]];
      const gradient = rest.pop()!;
      const [power1, power2, rate, beta1, beta2, epsilon] = rest.map((one) => one.dataSync()[0]!) as [
        number,
        number,
        number,
        number,
        number,
        number,
      ];
      const read = (handle: tf.Tensor): tf.Tensor => stored.get(numberOf(handle))!;
      store(m, tf.add(tf.mul(read(m), beta1), tf.mul(gradient, 1 - beta1)));
      store(v, tf.add(tf.mul(read(v), beta2), tf.mul(tf.square(gradient), 1 - beta2)));
      const step = (rate * Math.sqrt(1 - power2)) / (1 - power1);
      store(value, tf.sub(read(value), tf.div(tf.mul(read(m), step), tf.add(tf.sqrt(read(v)), epsilon))));
      return [];
    },
  };
}

function defined(): NativeBackendInstance {
  const all = operations();
  const execute = (name: string, attributes: readonly Attribute[], inputs: tf.Tensor[]) => {
    const compute = all[name];
    if (compute === undefined) throw new Error(`no operation ${name}`);
    return compute(Object.fromEntries(attributes.map(({ name, value }) => [name, value])), ...inputs);
  };
  return {
    binding: { isUsingGpuDevice: () => false },
    executeSingleOutput: execute,
    executeMultipleOutputs: execute,
  } as unknown as NativeBackendInstance;
}

const layer =
  (name: keyof Layers, ...more: readonly unknown[]): Layer =>
  (...inputs) =>
    (activeLayers()[name] as (...inputs: readonly unknown[]) => tf.Tensor)(...inputs, ...more);

for (const [name, shapes] of [
  [
    'conv3x3',
    [
      [2, 5, 4, 3],
      [3, 3, 3, 2],
    ],
  ],
  [
    'conv3x3',
    [
      [2, 5, 4, 3],
      [3, 3, 3, 1],
    ],
  ],
  [
    'upConv3x3',
    [
      [2, 3, 4, 3],
      [3, 3, 3, 2],
    ],
  ],
  [
    'upConv2x2',
    [
      [2, 3, 4, 3],
      [3, 8],
    ],
  ],
  [
    'product',
    [
      [4, 3],
      [3, 5],
    ],
  ],
] as const)
  test(`${name} of ${shapes.map((shape) => shape.join('×')).join(' and ')}: value and gradients`, () =>
    compare(BOTH, layer(name), shapes, 1e-5));

test('the first layer leaves its input without a gradient', async () => {
  await tf.setBackend(NAME);
  const [x, kernel] = [tf.ones([1, 4, 4, 1]), tf.ones([3, 3, 1, 2])];
  const [dx] = tf.grads((...inputs) => tf.sum(layer('conv3x3', true)(...inputs)))([x, kernel]);
  assert.ok(dx!.dataSync().every((value) => value === 0));
});

test('normalisation by the batch, with the running statistics after it, and by fixed ones', async () => {
  const channels = 3;
  const running = () => ({
    mean: tf.tensor1d([0.5, 0.5, 0.5]),
    variance: tf.tensor1d([2, 2, 2]),
  });
  let next: Float32Array[] = [];
  const normalised: Layer = (x, scale, shift) => {
    const { y, running: after } = activeLayers().batchNormRelu(
      x as tf.Tensor4D,
      scale as tf.Tensor1D,
      shift as tf.Tensor1D,
      running(),
    );
    next = [after.mean, after.variance].map((tensor) => Float32Array.from(tensor.dataSync()));
    tf.dispose([after.mean, after.variance]);
    return y;
  };
  const shapes = [[2, 3, 4, channels], [channels], [channels]];
  await compare(BOTH, normalised, shapes, 1e-4);
  const own = next;
  const fixed: Layer = (x, scale, shift) =>
    activeLayers().normaliseRelu(x as tf.Tensor4D, scale as tf.Tensor1D, shift as tf.Tensor1D, running());
  const inputs = (): tf.Tensor[] =>
    shapes.map((shape, at) =>
      tf.tensor(
        pseudoRandom(
          shape.reduce((a, b) => a * b, 1),
          `input ${at}`,
        ),
        shape,
      ),
    );
  const values = (layer: Layer) => () => tf.tidy(() => Float32Array.from(layer(...inputs()).dataSync()));
  await on('cpu', values(normalised));
  for (const [at, expected] of next.entries()) assert.ok(difference(own[at]!, expected) < 1e-5);
  assert.ok(difference(await on(NAME, values(fixed)), await on('cpu', values(fixed))) < 1e-5);
});

test('enlarging samples at the centres of pixels', async () => {
  const enlarged = (): Float32Array =>
    tf.tidy(() => {
      const x = tf.tensor4d(pseudoRandom(9, 'x'), [1, 3, 3, 1]);
      return Float32Array.from(activeLayers().resizeSquare(x, 7).dataSync());
    });
  assert.ok(difference(await on(NAME, enlarged), await on('cpu', enlarged)) < 1e-5);
});

test('steps of Adam are those of plain JavaScript, where the correction matters', async () => {
  const steps = (): Float32Array[] => {
    const start = [[2, 3], [4]].map((shape, at) =>
      tf.tensor(pseudoRandom(at === 0 ? 6 : 4, `start ${at}`), shape),
    );
    const optimiser: Optimiser = activeLayers().optimiser(start);
    for (let step = 1; step <= 3; step++) {
      // Small ones, beside which epsilon counts.
      const gradients = start.map(({ size, shape }, at) =>
        tf.tensor(
          pseudoRandom(size, `${step} ${at}`).map((g) => g / 1e3),
          shape,
        ),
      );
      const [beta1, beta2] = [0.9, 0.999];
      optimiser.update(gradients, {
        beta1,
        beta2,
        epsilon: 1e-4,
        rate: 0.1 / (1 - beta1 ** step),
        correction: 1 / (1 - beta2 ** step),
      });
    }
    const found = optimiser.parameters().map((tensor) => Float32Array.from(tensor.dataSync()));
    optimiser.dispose();
    return found;
  };
  const [actual, expected] = [await on(NAME, steps), await on('cpu', steps)];
  for (const [at, values] of expected.entries()) assert.ok(difference(actual[at]!, values) < 1e-5);
});
