// A GPU whose products in tiles are checked before its first work on a network that has some.
import type { Gpu } from './gpu.ts';
import type { Network } from './network.ts';
import { usesTiles } from './tiled-layers.ts';

/** @param check is called once; fails the work where it fails */
export function checkedWhenWide(gpu: Gpu, check: () => Promise<void>): Gpu {
  let checked: Promise<void> | undefined;
  const ready = async (network: Network): Promise<void> =>
    usesTiles(network) ? (checked ??= check()) : undefined;
  return {
    name: gpu.name,
    train: (network, ...start) => {
      const training = gpu.train(network, ...start);
      return {
        ...training,
        step: async (...batch) => {
          await ready(network);
          return training.step(...batch);
        },
        measure: async (indices) => {
          await ready(network);
          return training.measure(indices);
        },
        denoise: async (...images) => {
          await ready(network);
          return training.denoise(...images);
        },
      };
    },
    denoise: async (network, ...model) => {
      await ready(network);
      return gpu.denoise(network, ...model);
    },
  };
}
