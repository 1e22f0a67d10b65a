// Which layers are computed as products in tiles, and which by the plain kernels.
import { shapesOf, sizesOfMatrix, type Network, type Operation, type Shape } from './network.ts';

/** Fewer channels leave most of a tile empty: a thread for each value is as fast, and compiles much faster. */
const FEWEST = 16;

/** Whether a product whose columns are these channels is one in tiles. */
export function inTiles(...channels: readonly number[]): boolean {
  return Math.min(...channels) >= FEWEST;
}

/** Whether the result of an operation is a product in tiles, and so the gradient of its weight. @param shapes of all values */
export function resultInTiles(network: Network, operation: Operation, [, , channels]: Shape): boolean {
  switch (operation.kind) {
    case 'convolution':
      // With a bias they are the last ones, of a single channel.
      return operation.bias === undefined && inTiles(channels);
    case 'transposed convolution':
    case 'doubling':
      return inTiles(channels);
    case 'linear':
      return inTiles(...sizesOfMatrix(network, operation.weight));
    default:
      return false;
  }
}

/** Whether any product of a network in training is one in tiles. */
export function usesTiles(network: Network): boolean {
  const shapes = shapesOf(network);
  return network.operations.some(
    (operation, at) =>
      resultInTiles(network, operation, shapes[at + 1]!) ||
      // The gradient of what it reads has the channels of that.
      (operation.kind === 'convolution' && inTiles(shapes[operation.input]![2])),
  );
}
