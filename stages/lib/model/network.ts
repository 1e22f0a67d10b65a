// The models as lists of operations, which is how a GPU computes them. What each computes is in cdae-forward.ts and unet-forward.ts, too.
import type { Network, Operation, Shape } from '@pipe-engine/tensorflow/layers';
import { SIZE } from '../data/images.ts';
import { parameters, type Architecture } from './architecture.ts';
import { decoderBlocks, encoderBlocks, INNER, type Cdae } from './cdae-layers.ts';
import type { Block } from './parameters.ts';
import { downLevels, upLevels, type Level, type Unet, type UpLevel } from './unet-layers.ts';

export function networkOf(architecture: Architecture): Network {
  return {
    size: SIZE,
    parameters: parameters(architecture),
    operations: architecture.model === 'cdae' ? cdaeOperations(architecture) : unetOperations(architecture),
    limited: architecture.model === 'residual_unet',
  };
}

/** Collects operations; each function returns the number of the value that its operation computes. */
function collect() {
  const all: Operation[] = [];
  const add = (operation: Operation): number => all.push(operation);
  return {
    all,
    add,
    /** A convolution, its normalisation and ReLU. */
    block: (kind: 'convolution' | 'transposed convolution', { name }: Block, input: number): number => {
      const convolved = add({ kind, input, weight: `${name}.conv.weight` });
      const [scale, shift] = [`${name}.norm.weight`, `${name}.norm.bias`];
      return add({ kind: 'normalisation', input: convolved, scale, shift, statistics: name });
    },
    linear: (name: string, input: number, shape: Shape): number =>
      add({ kind: 'linear', input, weight: `${name}.weight`, bias: `${name}.bias`, shape }),
  };
}

const IMAGES = 0;

function cdaeOperations(cdae: Cdae): readonly Operation[] {
  const operations = collect();
  let at = IMAGES;
  for (const block of encoderBlocks(cdae))
    at = operations.add({ kind: 'halving', input: operations.block('convolution', block, at) });
  at = operations.linear('encoder.latent', at, [1, 1, cdae.latentDim]);
  at = operations.linear('decoder.latent', at, [INNER, INNER, cdae.filters[2]]);
  for (const block of decoderBlocks(cdae)) at = operations.block('transposed convolution', block, at);
  const [weight, bias] = ['decoder.output.weight', 'decoder.output.bias'];
  at = operations.add({ kind: 'convolution', input: at, weight, bias });
  at = operations.add({ kind: 'sigmoid', input: at });
  operations.add({ kind: 'enlargement', input: at, size: SIZE });
  return operations.all;
}

function unetOperations(unet: Unet): readonly Operation[] {
  const operations = collect();
  const through = (at: number, { blocks }: Level): number =>
    blocks.reduce((at, block) => operations.block('convolution', block, at), at);
  const halved = (input: number): number => operations.add({ kind: 'halving', input });
  const joined = (below: number, { up: { name } }: UpLevel, beside: number): number => {
    const [weight, bias] = [`${name}.weight`, `${name}.bias`];
    const doubled = operations.add({ kind: 'doubling', input: below, weight, bias });
    return operations.add({ kind: 'concatenation', inputs: [doubled, beside] });
  };
  const [whole, half, quarter] = downLevels(unet);
  const [upToHalf, upToWhole] = upLevels(unet);
  const found = through(IMAGES, whole);
  const foundAtHalf = through(halved(found), half);
  const bottom = through(halved(foundAtHalf), quarter);
  const atHalf = through(joined(bottom, upToHalf, foundAtHalf), upToHalf);
  const made = through(joined(atHalf, upToWhole, found), upToWhole);
  const input = operations.linear('decoder.output', made, [SIZE, SIZE, 1]);
  operations.add(
    unet.model === 'residual_unet'
      ? { kind: 'subtraction from the images', input }
      : { kind: 'sigmoid', input },
  );
  return operations.all;
}
