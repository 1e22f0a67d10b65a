// The model in TensorFlow.js' layers format, model.json and weights.bin: made of stock layers alone, so that
// `tf.loadLayersModel` loads it anywhere, with the same outputs. What reads model files here is model-file.ts.
import { join } from 'node:path';
import { writeFileIn } from '../files.ts';
import { SIZE } from '../images.ts';
import { asBytes } from '../npy.ts';
import { EPSILON } from '../tensorflow/batch-norm.ts';
import { bilinearMatrix } from '../tensorflow/resize.ts';
import { decoderBlocks, encoderBlocks, INNER, type Block } from './architecture.ts';
import type { Model } from './model.ts';

/** A layer as Keras spells it, and its weights by the names that the layer gives them. */
interface Layer {
  readonly type: string;
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly weights?: readonly Weight[];
}

interface Weight {
  readonly name: 'kernel' | 'bias' | 'gamma' | 'beta' | 'moving_mean' | 'moving_variance';
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** Height and width that the decoder ends with, before the enlargement. */
const DECODED = 8 * INNER;

/** Writes model.json and weights.bin into a folder. */
export function writeLayersModel(folder: string, model: Model): void {
  const { topology, weights } = encodeLayersModel(model);
  writeFileIn(join(folder, 'model.json'), `${JSON.stringify(topology, null, 1)}\n`);
  writeFileIn(join(folder, 'weights.bin'), weights);
}

/** @returns the content of model.json, and of the file beside it. Input and output are [n, 28, 28, 1]. */
export function encodeLayersModel(model: Model): { topology: object; weights: Uint8Array } {
  const layers = layersOf(model);
  const weights = layers.flatMap(({ name: layer, weights = [] }) =>
    weights.map(({ name, ...weight }) => ({ name: `${layer}/${name}`, ...weight })),
  );
  const topology = {
    format: 'layers-model',
    generatedBy: 'denoising-autoencoder',
    convertedBy: null,
    userDefinedMetadata: {
      filters: model.architecture.filters,
      latent_dim: model.architecture.latentDim,
    },
    modelTopology: {
      keras_version: '2.15.0',
      backend: 'tensorflow',
      model_config: {
        class_name: 'Sequential',
        config: {
          name: 'denoising_autoencoder',
          layers: layers.map(({ type, name, config }) => ({ class_name: type, config: { name, ...config } })),
        },
      },
    },
    weightsManifest: [
      {
        paths: ['weights.bin'],
        weights: weights.map(({ name, shape }) => ({ name, shape, dtype: 'float32' })),
      },
    ],
  };
  return { topology, weights: Buffer.concat(weights.map(({ values }) => asBytes(values))) };
}

function layersOf(model: Model): readonly Layer[] {
  const { architecture, weights } = model;
  const inner = INNER * INNER * architecture.filters[2];
  const kernel = (name: string, shape: readonly number[]): Weight => ({
    name: 'kernel',
    shape,
    values: weights.get(`${name}.weight`)!,
  });
  const bias = (name: string, size: number): Weight => ({
    name: 'bias',
    shape: [size],
    values: weights.get(`${name}.bias`)!,
  });
  const dense = (name: string, cin: number, units: number): Layer => ({
    type: 'Dense',
    name,
    config: { units },
    weights: [kernel(name, [cin, units]), bias(name, units)],
  });
  const encoder = encoderBlocks(architecture).flatMap((block): Layer[] => {
    const { name, cin, cout } = block;
    return [
      {
        type: 'Conv2D',
        name: `${name}.conv`,
        config: { ...square(cout, 1, 'same'), use_bias: false },
        weights: [kernel(`${name}.conv`, [3, 3, cin, cout])],
      },
      ...normalised(block, model),
      { type: 'MaxPooling2D', name: `${name}.pool`, config: { pool_size: [2, 2], padding: 'valid' } },
    ];
  });
  const decoder = decoderBlocks(architecture).flatMap((block): Layer[] => {
    const { name, cin, cout } = block;
    const own = kernel(`${name}.conv`, [3, 3, cin, cout]);
    return [
      {
        type: 'Conv2DTranspose',
        name: `${name}.conv`,
        // The whole of it, less its first row and column, is what PyTorch's padding gives; 'same' would drop the last ones.
        config: { ...square(cout, 2, 'valid'), use_bias: false },
        weights: [{ ...own, shape: [3, 3, cout, cin], values: swapped(own.values, cin, cout) }],
      },
      {
        type: 'Cropping2D',
        name: `${name}.crop`,
        config: {
          cropping: [
            [1, 0],
            [1, 0],
          ],
        },
      },
      ...normalised(block, model),
    ];
  });
  const output = 'decoder.output';
  const [first, ...rest] = [
    ...encoder,
    { type: 'Flatten', name: 'encoder.flatten', config: {} },
    dense('encoder.latent', inner, architecture.latentDim),
    dense('decoder.latent', architecture.latentDim, inner),
    reshape('decoder.reshape', [INNER, INNER, architecture.filters[2]]),
    ...decoder,
    {
      type: 'Conv2D',
      name: output,
      config: { ...square(1, 1, 'same'), activation: 'sigmoid' },
      weights: [kernel(output, [3, 3, architecture.filters[0], 1]), bias(output, 1)],
    },
    ...enlargement(),
  ] as [Layer, ...Layer[]];
  return [
    { ...first, config: { ...first.config, batch_input_shape: [null, SIZE, SIZE, 1], dtype: 'float32' } },
    ...rest,
  ];
}

const square = (filters: number, stride: number, padding: 'same' | 'valid'): Record<string, unknown> => ({
  filters,
  kernel_size: [3, 3],
  strides: [stride, stride],
  padding,
});

function normalised({ name, cout }: Block, { weights, running }: Model): readonly Layer[] {
  const { mean, variance } = running.get(name)!;
  const norm = `${name}.norm`;
  return [
    {
      type: 'BatchNormalization',
      name: norm,
      config: { axis: -1, epsilon: EPSILON, momentum: 0.9 },
      weights: [
        { name: 'gamma', shape: [cout], values: weights.get(`${norm}.weight`)! },
        { name: 'beta', shape: [cout], values: weights.get(`${norm}.bias`)! },
        { name: 'moving_mean', shape: [cout], values: mean },
        { name: 'moving_variance', shape: [cout], values: variance },
      ],
    },
    { type: 'Activation', name: `${name}.relu`, config: { activation: 'relu' } },
  ];
}

/** Bilinear at half-pixel centres, which no stock layer computes: each direction is a product with a fixed matrix. */
function enlargement(): readonly Layer[] {
  // Row o of the matrix holds the shares of the inputs in output o; a dense layer wants inputs by outputs.
  const shares = bilinearMatrix(DECODED, SIZE);
  const values = Float32Array.from(
    { length: DECODED * SIZE },
    (_, at) => shares[at % SIZE]![Math.floor(at / SIZE)]!,
  );
  const along = (direction: string): Layer => ({
    type: 'Dense',
    name: `enlarge.${direction}`,
    config: { units: SIZE, use_bias: false, trainable: false },
    weights: [{ name: 'kernel', shape: [DECODED, SIZE], values }],
  });
  const turn = (name: string): Layer => ({ type: 'Permute', name, config: { dims: [2, 1] } });
  return [
    reshape('enlarge.rows', [DECODED, DECODED]),
    along('columns'),
    turn('enlarge.turn'),
    along('lines'),
    turn('enlarge.back'),
    reshape('enlarge.image', [SIZE, SIZE, 1]),
  ];
}

const reshape = (name: string, shape: readonly number[]): Layer => ({
  type: 'Reshape',
  name,
  config: { target_shape: shape },
});

/** [9, in, out] → [9, out, in], as a transposed convolution wants its kernel. */
function swapped(values: Float32Array, cin: number, cout: number): Float32Array {
  return Float32Array.from(values, (_, at) => {
    const input = at % cin;
    const pair = (at - input) / cin;
    const out = pair % cout;
    const tap = (pair - out) / cout;
    return values[(tap * cin + input) * cout + out]!;
  });
}
