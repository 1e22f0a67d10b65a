// Where the values of a network are kept, so that as little as possible is copied and stored.
import type { Images } from './kernels/gather.ts';
import { shapesOf, type Network, type Operation, type Shape } from './network.ts';
import { resultInTiles } from './tiled-layers.ts';

type Storage =
  | { readonly kind: 'own' }
  /** Among the channels of the value that joins it with another. */
  | { readonly kind: 'joined'; readonly value: number; readonly among: NonNullable<Images['among']> }
  /** Nowhere: its readers normalise what the normalisation gets. */
  | { readonly kind: 'normalised by readers' }
  /** Nowhere: all that is used of it is its half. */
  | { readonly kind: 'halved only' };

/** Of all values, the images first. */
export function storageOf(network: Network): readonly Storage[] {
  const shapes = shapesOf(network);
  return shapes.map((_, value) => storage(network, shapes, value));
}

/** The half of a normalised value, which the normalisation computes, too. */
export function halfOf({ operations }: Network, value: number): number | undefined {
  if (operations[value - 1]?.kind !== 'normalisation') return undefined;
  const at = operations.findIndex((operation) => operation.kind === 'halving' && operation.input === value);
  return at < 0 ? undefined : at + 1;
}

function storage(network: Network, shapes: readonly Shape[], value: number): Storage {
  const { operations } = network;
  if (value === 0 || value === operations.length) return { kind: 'own' };
  const readers = readersOf(network, value);
  const [reader, ...others] = readers;
  if (reader === undefined && halfOf(network, value) !== undefined) return { kind: 'halved only' };
  if (
    operations[value - 1]!.kind === 'normalisation' &&
    readers.every((at) => normalises(network, shapes, at))
  )
    return { kind: 'normalised by readers' };
  if (reader === undefined || others.length > 0) return { kind: 'own' };
  const operation = operations[reader]!;
  if (operation.kind !== 'concatenation' || !joinsInPlace(network, operation.inputs)) return { kind: 'own' };
  const first = operation.inputs[0] === value ? 0 : shapes[operation.inputs[0]]![2];
  return { kind: 'joined', value: reader + 1, among: { channels: shapes[reader + 1]![2], first } };
}

/** The operations that use a value, all but the one that is computed with it. */
function readersOf(network: Network, value: number): readonly number[] {
  const half = halfOf(network, value);
  return [...network.operations.entries()]
    .filter(([at, operation]) => at + 1 !== half && inputsOf(operation).includes(value))
    .map(([at]) => at);
}

export const inputsOf = (operation: Operation): readonly number[] =>
  'inputs' in operation ? operation.inputs : [operation.input];

/** Whether the kernels of an operation can normalise what they read. */
function normalises(network: Network, shapes: readonly Shape[], at: number): boolean {
  const operation = network.operations[at]!;
  return operation.kind !== 'linear' && resultInTiles(network, operation, shapes[at + 1]!);
}

/** Whether both values can be written where they are joined, and nothing else reads them. */
function joinsInPlace(network: Network, [one, other]: readonly [number, number]): boolean {
  const isWritten = (value: number): boolean =>
    ['normalisation', 'doubling'].includes(network.operations[value - 1]?.kind ?? '') &&
    readersOf(network, value).length === 1;
  return one !== other && isWritten(one) && isWritten(other);
}
