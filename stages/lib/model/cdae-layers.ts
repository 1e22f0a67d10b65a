// The convolutional denoising autoencoder as data: its layers and the shapes of its parameters. What it computes is in
// cdae-forward.ts.
import { blockParameters, dense, fan, type Block, type Parameter } from './parameters.ts';

/** Height and width after three halvings (28 → 14 → 7 → 3), and where the decoder starts (3 → 6 → 12 → 24). */
export const INNER = 3;

export interface Cdae {
  readonly model: 'cdae';
  /** Channels of the three encoder blocks; the decoder mirrors them. */
  readonly filters: readonly [number, number, number];
  /** Length of the code between encoder and decoder. */
  readonly latentDim: number;
}

export function encoderBlocks({ filters: [a, b, c] }: Cdae): readonly Block[] {
  return [
    { name: 'encoder.block1', cin: 1, cout: a, size: 28 },
    { name: 'encoder.block2', cin: a, cout: b, size: 14 },
    { name: 'encoder.block3', cin: b, cout: c, size: 7 },
  ];
}

export function decoderBlocks({ filters: [a, b, c] }: Cdae): readonly Block[] {
  return [
    { name: 'decoder.block1', cin: c, cout: b, size: 6 },
    { name: 'decoder.block2', cin: b, cout: a, size: 12 },
    { name: 'decoder.block3', cin: a, cout: a, size: 24 },
  ];
}

/** Every trained parameter, in a fixed order. */
export function cdaeParameters(cdae: Cdae): readonly Parameter[] {
  const { filters, latentDim } = cdae;
  const inner = INNER * INNER * filters[2];
  return [
    ...encoderBlocks(cdae).flatMap((block) => blockParameters(block, block.cin)),
    ...dense('encoder.latent', inner, latentDim),
    ...dense('decoder.latent', latentDim, inner),
    // PyTorch counts the *outputs* of a transposed convolution as its fan-in; kept, as it is where the reference starts.
    ...decoderBlocks(cdae).flatMap((block) => blockParameters(block, block.cout)),
    { name: 'decoder.output.weight', shape: [3, 3, filters[0], 1], start: fan(9 * filters[0]) },
    { name: 'decoder.output.bias', shape: [1], start: fan(9 * filters[0]) },
  ];
}
