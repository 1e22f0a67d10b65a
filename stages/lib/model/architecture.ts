// The models of this experiment as data: what a model of either kind consists of. What they compute is in forward.ts.
import { cdaeParameters, decoderBlocks, encoderBlocks, type Cdae } from './cdae-layers.ts';
import { sizeOf, type Block, type Parameter } from './parameters.ts';
import { unetBlocks, unetParameters, type Unet } from './unet-layers.ts';

/** Values of the parameter `model`. */
export const MODELS = ['cdae', 'unet', 'residual_unet'] as const;

export type Architecture = Cdae | Unet;

/** @param latentDim is of no meaning to a U-Net, which has no code */
export function architectureOf(
  model: string,
  filters: readonly number[],
  latentDim: number,
): Architecture | undefined {
  if (filters.length !== 3 || filters.some((channels) => channels < 1)) return undefined;
  const [a, b, c] = filters as [number, number, number];
  switch (model) {
    case 'cdae':
      return { model, filters: [a, b, c], latentDim };
    case 'unet':
    case 'residual_unet':
      return { model, filters: [a, b, c] };
    default:
      return undefined;
  }
}

/** What people call it. */
export const MODEL_NAMES: { readonly [model in Architecture['model']]: string } = {
  cdae: 'Autoencoder',
  unet: 'U-Net',
  residual_unet: 'Residual U-Net',
};

/** All normalised blocks, in the order of the computation. */
export function blocks(architecture: Architecture): readonly Block[] {
  switch (architecture.model) {
    case 'cdae':
      return [...encoderBlocks(architecture), ...decoderBlocks(architecture)];
    case 'unet':
    case 'residual_unet':
      return unetBlocks(architecture);
  }
}

/** Every trained parameter, in a fixed order. */
export function parameters(architecture: Architecture): readonly Parameter[] {
  switch (architecture.model) {
    case 'cdae':
      return cdaeParameters(architecture);
    case 'unet':
    case 'residual_unet':
      return unetParameters(architecture);
  }
}

/**
 * Blocks whose convolution has a bias in the reference. It cannot change what the model computes (normalisation subtracts it),
 * so here it is not trained.
 */
export function biasedBlocks(architecture: Architecture): readonly Block[] {
  return architecture.model === 'cdae' ? blocks(architecture) : [];
}

/** Number of parameters as the reference counts them: with the biases of `biasedBlocks`. */
export function parameterCount(architecture: Architecture): number {
  const trained = parameters(architecture).map(sizeOf);
  const biases = biasedBlocks(architecture).map(({ cout }) => cout);
  return [...trained, ...biases].reduce((a, b) => a + b, 0);
}
