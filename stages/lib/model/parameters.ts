// Parameters of a model as data: shapes, and the values that they start from. Which a model has is in cdae-layers.ts and
// unet-layers.ts.
import { random } from '../data/random.ts';

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

/** First values of a parameter; each has a stream of its own, so that they do not depend on each other. */
export function startValues(parameter: Parameter, seed: number): Float32Array {
  const values = new Float32Array(sizeOf(parameter));
  const { start } = parameter;
  if ('constant' in start) return values.fill(start.constant);
  const source = random(seed, 'parameter', parameter.name);
  for (let at = 0; at < values.length; at++) values[at] = (2 * source.uniform() - 1) * start.bound;
  return values;
}

export function sizeOf({ shape }: Parameter): number {
  return shape.reduce((a, b) => a * b, 1);
}

/** @param fanChannels channels that count for its start */
export function blockParameters({ name, cin, cout }: Block, fanChannels: number): readonly Parameter[] {
  return [
    { name: `${name}.conv.weight`, shape: [3, 3, cin, cout], start: fan(9 * fanChannels) },
    { name: `${name}.norm.weight`, shape: [cout], start: { constant: 1 } },
    { name: `${name}.norm.bias`, shape: [cout], start: { constant: 0 } },
  ];
}

/** A matrix and a bias. */
export function dense(name: string, cin: number, cout: number): readonly Parameter[] {
  return [
    { name: `${name}.weight`, shape: [cin, cout], start: fan(cin) },
    { name: `${name}.bias`, shape: [cout], start: fan(cin) },
  ];
}

/** PyTorch's start for convolutions and linear layers, weights and biases alike: U(±1/√fan_in). */
export function fan(count: number): { bound: number } {
  return { bound: 1 / Math.sqrt(count) };
}
