// The model in TensorFlow.js' layers format, model.json and weights.bin: made of stock layers alone, so that
// `tf.loadLayersModel` loads it anywhere, with the same outputs. What reads model files here is model-file.ts.
import { join } from 'node:path';
import { writeFileIn } from '../stage/files.ts';
import { SIZE } from '../data/images.ts';
import { asBytes } from '../data/npy.ts';
import { decoderBlocks, encoderBlocks, INNER, type Cdae } from './cdae-layers.ts';
import type { Model } from './model.ts';
import {
  convolutionBlock,
  dense,
  doubling,
  enlargement,
  layer,
  maxPool,
  negativeOutput,
  reshape,
  toImage,
  transposedBlock,
  type Layer,
} from './stock-layers.ts';
import { downLevels, upLevels, type Level, type Unet, type UpLevel } from './unet-layers.ts';

/** A layer and the names of those that it gets its inputs from. */
interface Node {
  readonly layer: Layer;
  readonly from: readonly string[];
}

/** Of the input layer: the noisy images. */
const INPUT = 'noisy';

/** Height and width that the autoencoder's decoder ends with, before the enlargement. */
const DECODED = 8 * INNER;

/** Writes model.json and weights.bin into a folder. Input and output of the model are [n, 28, 28, 1]. */
export function writeLayersModel(folder: string, model: Model): void {
  const nodes = nodesOf(model);
  const weights = nodes.flatMap(({ layer: { name: owner, weights = [] } }) =>
    weights.map(({ name, shape, values }) => ({ name: `${owner}/${name}`, shape, values })),
  );
  const content = {
    format: 'layers-model',
    generatedBy: 'denoising-autoencoder',
    convertedBy: null,
    userDefinedMetadata: model.architecture,
    modelTopology: {
      keras_version: '2.15.0',
      backend: 'tensorflow',
      model_config: { class_name: 'Functional', config: topology(nodes) },
    },
    weightsManifest: [
      {
        paths: ['weights.bin'],
        weights: weights.map(({ name, shape }) => ({ name, shape, dtype: 'float32' })),
      },
    ],
  };
  writeFileIn(join(folder, 'model.json'), `${JSON.stringify(content, null, 1)}\n`);
  writeFileIn(join(folder, 'weights.bin'), Buffer.concat(weights.map(({ values }) => asBytes(values))));
}

function topology(nodes: readonly Node[]) {
  const input = {
    class_name: 'InputLayer',
    name: INPUT,
    config: { name: INPUT, batch_input_shape: [null, SIZE, SIZE, 1], dtype: 'float32', sparse: false },
    inbound_nodes: [],
  };
  const layers = nodes.map(({ layer: { type, name, config }, from }) => ({
    class_name: type,
    name,
    config: { name, ...config },
    inbound_nodes: [from.map((source) => [source, 0, 0, {}])],
  }));
  return {
    name: 'denoising_autoencoder',
    layers: [input, ...layers],
    input_layers: [[INPUT, 0, 0]],
    output_layers: [[nodes.at(-1)!.layer.name, 0, 0]],
  };
}

function nodesOf(model: Model): readonly Node[] {
  const { architecture } = model;
  switch (architecture.model) {
    case 'cdae':
      return chain(cdaeLayers(architecture, model), INPUT);
    case 'unet':
    case 'residual_unet':
      return unetNodes(architecture, model);
  }
}

/** One after the other. */
function chain(layers: readonly Layer[], from: string): readonly Node[] {
  return layers.map((own, at) => ({ layer: own, from: [layers[at - 1]?.name ?? from] }));
}

function cdaeLayers(cdae: Cdae, model: Model): readonly Layer[] {
  const { filters, latentDim } = cdae;
  const inner = INNER * INNER * filters[2];
  return [
    ...encoderBlocks(cdae).flatMap((block) => [
      ...convolutionBlock(block, model),
      maxPool(`${block.name}.pool`),
    ]),
    layer('Flatten', 'encoder.flatten'),
    dense('encoder.latent', inner, latentDim, model),
    dense('decoder.latent', latentDim, inner, model),
    reshape('decoder.reshape', [INNER, INNER, filters[2]]),
    ...decoderBlocks(cdae).flatMap((block) => transposedBlock(block, model)),
    toImage('decoder.output', 3, filters[0], model),
    ...enlargement(DECODED),
  ];
}

function unetNodes(unet: Unet, model: Model): readonly Node[] {
  const through = ({ blocks }: Level, from: string, before: readonly Layer[] = []): readonly Node[] =>
    chain([...before, ...blocks.flatMap((block) => convolutionBlock(block, model))], from);
  const last = (nodes: readonly Node[]): string => nodes.at(-1)!.layer.name;
  const up = (level: UpLevel, below: string, beside: string): readonly Node[] => {
    const doubled = doubling(level.up, model);
    const joined = layer('Concatenate', `${level.name}.join`, { axis: -1 });
    return [
      { layer: doubled, from: [below] },
      { layer: joined, from: [doubled.name, beside] },
      ...through(level, joined.name),
    ];
  };
  const [whole, half, quarter] = downLevels(unet);
  const [upToHalf, upToWhole] = upLevels(unet);
  const found = through(whole, INPUT);
  const foundAtHalf = through(half, last(found), [maxPool(`${half.name}.pool`)]);
  const bottom = through(quarter, last(foundAtHalf), [maxPool(`${quarter.name}.pool`)]);
  const atHalf = up(upToHalf, last(bottom), last(foundAtHalf));
  const made = up(upToWhole, last(atHalf), last(found));
  const output =
    unet.model === 'residual_unet'
      ? withoutNoise(negativeOutput('decoder.output', unet.filters[0], model), last(made))
      : chain([toImage('decoder.output', 1, unet.filters[0], model)], last(made));
  return [...found, ...foundAtHalf, ...bottom, ...atHalf, ...made, ...output];
}

/** Input less noise, limited to 0 … 1. TensorFlow.js has no layer that subtracts. */
function withoutNoise(negative: Layer, from: string): readonly Node[] {
  const cleaned = layer('Add', 'clean.add');
  return [
    { layer: negative, from: [from] },
    { layer: cleaned, from: [INPUT, negative.name] },
    { layer: layer('ReLU', 'clean.limit', { max_value: 1 }), from: [cleaned.name] },
  ];
}
