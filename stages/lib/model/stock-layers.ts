// Layers that TensorFlow.js has itself, as data: how they are spelled in a model.json, and their weights. Of them the models are made
// for layers-model.ts.
import { SIZE } from '../data/images.ts';
import { bilinearMatrix, EPSILON } from '@pipe-engine/tensorflow/layers';
import type { Model } from './model.ts';
import type { Block } from './parameters.ts';

/** A layer as Keras spells it, and its weights by the names that the layer gives them. */
export interface Layer {
  readonly type: string;
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly weights?: readonly Weight[];
}

export interface Weight {
  readonly name: 'kernel' | 'bias' | 'gamma' | 'beta' | 'moving_mean' | 'moving_variance';
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

export const layer = (type: string, name: string, config: Layer['config'] = {}): Layer => ({
  type,
  name,
  config,
});

export const reshape = (name: string, shape: readonly number[]): Layer =>
  layer('Reshape', name, { target_shape: shape });

export const maxPool = (name: string): Layer =>
  layer('MaxPooling2D', name, { pool_size: [2, 2], padding: 'valid' });

/** 3×3, stride 1, a pixel of padding, then normalisation and ReLU; no bias. */
export function convolutionBlock(block: Block, model: Model): readonly Layer[] {
  const { name, cin, cout } = block;
  const config = { ...square(3, cout, 1, 'same'), use_bias: false };
  const weights = [kernel(model, `${name}.conv`, [3, 3, cin, cout])];
  return [{ ...layer('Conv2D', `${name}.conv`, config), weights }, ...normalised(block, model)];
}

/**
 * The transposed one of stride 2 that doubles height and width. Its whole output, less the first row and column, is what PyTorch's
 * `padding=1, output_padding=1` gives; Keras' own padding would leave out the last ones.
 */
export function transposedBlock(block: Block, model: Model): readonly Layer[] {
  const { name, cin, cout } = block;
  const config = { ...square(3, cout, 2, 'valid'), use_bias: false };
  const values = reordered(
    weightOf(model, `${name}.conv.weight`),
    (tap, out, input) => (tap * cin + input) * cout + out,
    cin,
    cout,
  );
  const first = [1, 0];
  return [
    {
      ...layer('Conv2DTranspose', `${name}.conv`, config),
      weights: [{ name: 'kernel', shape: [3, 3, cout, cin], values }],
    },
    layer('Cropping2D', `${name}.crop`, { cropping: [first, first] }),
    ...normalised(block, model),
  ];
}

/** Transposed 2×2 of stride 2 with a bias, from a matrix [in, (row, column, out)]. */
export function doubling(
  { name, cin, cout }: { readonly name: string; readonly cin: number; readonly cout: number },
  model: Model,
): Layer {
  const values = reordered(
    weightOf(model, `${name}.weight`),
    (tap, out, input) => (input * 4 + tap) * cout + out,
    cin,
    cout,
  );
  return {
    ...layer('Conv2DTranspose', name, square(2, cout, 2, 'valid')),
    weights: [{ name: 'kernel', shape: [2, 2, cout, cin], values }, bias(model, name, cout)],
  };
}

/** A plain convolution to one channel with values 0 … 1. */
export function toImage(name: string, size: 1 | 3, cin: number, model: Model): Layer {
  return {
    ...layer('Conv2D', name, { ...square(size, 1, 1, 'same'), activation: 'sigmoid' }),
    weights: [kernel(model, name, [size, size, cin, 1]), bias(model, name, 1)],
  };
}

/** A plain convolution 1×1 to one channel with all its weights negated. */
export function negativeOutput(name: string, cin: number, model: Model): Layer {
  const negated = (weight: Weight): Weight => ({ ...weight, values: weight.values.map((value) => -value) });
  return {
    ...layer('Conv2D', name, square(1, 1, 1, 'same')),
    weights: [negated(kernel(model, name, [1, 1, cin, 1])), negated(bias(model, name, 1))],
  };
}

export function dense(name: string, cin: number, units: number, model: Model): Layer {
  return {
    ...layer('Dense', name, { units }),
    weights: [kernel(model, name, [cin, units]), bias(model, name, units)],
  };
}

/**
 * Bilinear at half-pixel centres, which no stock layer computes: each direction is a product with a fixed matrix.
 * @param from height and width before it
 */
export function enlargement(from: number): readonly Layer[] {
  // Row o of the matrix holds the shares of the inputs in output o; a dense layer wants inputs by outputs.
  const shares = bilinearMatrix(from, SIZE);
  const values = Float32Array.from(
    { length: from * SIZE },
    (_, at) => shares[at % SIZE]![Math.floor(at / SIZE)]!,
  );
  const along = (direction: string): Layer => ({
    ...layer('Dense', `enlarge.${direction}`, { units: SIZE, use_bias: false, trainable: false }),
    weights: [{ name: 'kernel', shape: [from, SIZE], values }],
  });
  const turn = (name: string): Layer => layer('Permute', name, { dims: [2, 1] });
  return [
    reshape('enlarge.rows', [from, from]),
    along('columns'),
    turn('enlarge.turn'),
    along('lines'),
    turn('enlarge.back'),
    reshape('enlarge.image', [SIZE, SIZE, 1]),
  ];
}

function normalised({ name, cout }: Block, model: Model): readonly Layer[] {
  const { mean, variance } = model.running.get(name)!;
  const norm = `${name}.norm`;
  return [
    {
      ...layer('BatchNormalization', norm, { axis: -1, epsilon: EPSILON, momentum: 0.9 }),
      weights: [
        { name: 'gamma', shape: [cout], values: weightOf(model, `${norm}.weight`) },
        { name: 'beta', shape: [cout], values: weightOf(model, `${norm}.bias`) },
        { name: 'moving_mean', shape: [cout], values: mean },
        { name: 'moving_variance', shape: [cout], values: variance },
      ],
    },
    layer('Activation', `${name}.relu`, { activation: 'relu' }),
  ];
}

const square = (
  size: number,
  filters: number,
  stride: number,
  padding: 'same' | 'valid',
): Record<string, unknown> => ({
  filters,
  kernel_size: [size, size],
  strides: [stride, stride],
  padding,
});

const kernel = (model: Model, name: string, shape: readonly number[]): Weight => ({
  name: 'kernel',
  shape,
  values: weightOf(model, `${name}.weight`),
});

const bias = (model: Model, name: string, size: number): Weight => ({
  name: 'bias',
  shape: [size],
  values: weightOf(model, `${name}.bias`),
});

const weightOf = (model: Model, name: string): Float32Array => model.weights.get(name)!;

/** @param place of a value among ours @returns [taps, out, in], as a transposed convolution wants its kernel */
function reordered(
  values: Float32Array,
  place: (tap: number, out: number, input: number) => number,
  cin: number,
  cout: number,
): Float32Array {
  return Float32Array.from(values, (_, at) => {
    const input = at % cin;
    const pair = (at - input) / cin;
    const out = pair % cout;
    return values[place((pair - out) / cout, out, input)]!;
  });
}
