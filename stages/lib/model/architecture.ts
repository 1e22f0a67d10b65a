// The convolutional denoising autoencoder as data: its layers, the shapes of its parameters, where they start.
// What the layers compute is in forward.ts.
import { random } from '../random.ts';

/** Height and width after three halvings (28 → 14 → 7 → 3), and where the decoder starts (3 → 6 → 12 → 24). */
export const INNER = 3;

export interface Architecture {
  /** Channels of the three encoder blocks; the decoder mirrors them. */
  readonly filters: readonly [number, number, number];
  /** Length of the code between encoder and decoder. */
  readonly latentDim: number;
}

/** TensorFlow.js' layouts: [height, width, in, out] and [in, out]. */
export interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  /** Uniform in ±bound, or that constant. */
  readonly start: { readonly bound: number } | { readonly constant: number };
}

/** A convolution, its normalisation and ReLU. */
export interface Block {
  readonly name: string;
  /** Channels in and out. */
  readonly cin: number;
  readonly cout: number;
  /** Height and width of what it normalises. */
  readonly size: number;
}

export function encoderBlocks({ filters: [a, b, c] }: Architecture): readonly Block[] {
  return [
    { name: 'encoder.block1', cin: 1, cout: a, size: 28 },
    { name: 'encoder.block2', cin: a, cout: b, size: 14 },
    { name: 'encoder.block3', cin: b, cout: c, size: 7 },
  ];
}

export function decoderBlocks({ filters: [a, b, c] }: Architecture): readonly Block[] {
  return [
    { name: 'decoder.block1', cin: c, cout: b, size: 6 },
    { name: 'decoder.block2', cin: b, cout: a, size: 12 },
    { name: 'decoder.block3', cin: a, cout: a, size: 24 },
  ];
}

/** All six blocks, in the order of the computation. */
export function blocks(architecture: Architecture): readonly Block[] {
  return [...encoderBlocks(architecture), ...decoderBlocks(architecture)];
}

/** Every trained parameter, in a fixed order. */
export function parameters(architecture: Architecture): readonly Parameter[] {
  const { filters, latentDim } = architecture;
  const inner = INNER * INNER * filters[2];
  return [
    ...encoderBlocks(architecture).flatMap((block) => blockParameters(block, block.cin)),
    ...dense('encoder.latent', inner, latentDim),
    ...dense('decoder.latent', latentDim, inner),
    // PyTorch counts the *outputs* of a transposed convolution as its fan-in; kept, as it is where the reference starts.
    ...decoderBlocks(architecture).flatMap((block) => blockParameters(block, block.cout)),
    { name: 'decoder.output.weight', shape: [3, 3, filters[0], 1], start: fan(9 * filters[0]) },
    { name: 'decoder.output.bias', shape: [1], start: fan(9 * filters[0]) },
  ];
}

/**
 * Number of parameters as the reference counts them: with the biases of the six convolutions that batch normalisation
 * follows. They cannot change what the model computes (normalisation subtracts them), so here they are not trained.
 */
export function parameterCount(architecture: Architecture): number {
  const trained = parameters(architecture).map(({ shape }) => shape.reduce((a, b) => a * b, 1));
  const biases = blocks(architecture).map(({ cout }) => cout);
  return [...trained, ...biases].reduce((a, b) => a + b, 0);
}

/** First values of a parameter; each has a stream of its own, so that they do not depend on each other. */
export function startValues(parameter: Parameter, seed: number): Float32Array {
  const values = new Float32Array(parameter.shape.reduce((a, b) => a * b, 1));
  const { start } = parameter;
  if ('constant' in start) return values.fill(start.constant);
  const source = random(seed, 'parameter', parameter.name);
  for (let at = 0; at < values.length; at++) values[at] = (2 * source.uniform() - 1) * start.bound;
  return values;
}

function blockParameters({ name, cin, cout }: Block, fanChannels: number): readonly Parameter[] {
  return [
    { name: `${name}.conv.weight`, shape: [3, 3, cin, cout], start: fan(9 * fanChannels) },
    { name: `${name}.norm.weight`, shape: [cout], start: { constant: 1 } },
    { name: `${name}.norm.bias`, shape: [cout], start: { constant: 0 } },
  ];
}

function dense(name: string, cin: number, cout: number): readonly Parameter[] {
  return [
    { name: `${name}.weight`, shape: [cin, cout], start: fan(cin) },
    { name: `${name}.bias`, shape: [cout], start: fan(cin) },
  ];
}

/** PyTorch's start for convolutions and linear layers, weights and biases alike: U(±1/√fan_in). */
function fan(count: number): { bound: number } {
  return { bound: 1 / Math.sqrt(count) };
}
