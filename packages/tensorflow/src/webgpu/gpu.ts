// The GPU that is in use, if one is: what trains and denoises there, without the code that does.
import type { ImagePairs } from './image-set.ts';
import type { ModelValues } from './model-state.ts';
import type { Network } from './network.ts';
import type { GpuTraining, TrainingOptions } from './training.ts';

export interface Gpu {
  /** As the GPU and its driver call themselves. */
  readonly name: string;
  /** @param start what the parameters and running statistics start from */
  train(network: Network, start: ModelValues, images: ImagePairs, options: TrainingOptions): GpuTraining;
  denoise(
    network: Network,
    model: ModelValues,
    noisy: Float32Array,
    indices: ArrayLike<number>,
  ): Promise<Float32Array>;
}

let active: Gpu | undefined;

/** That of the backend in use; undefined where it computes in another way. */
export const activeGpu = (): Gpu | undefined => active;

export function useGpu(gpu: Gpu | undefined): void {
  active = gpu;
}
