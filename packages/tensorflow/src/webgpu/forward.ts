// The dispatches that compute a network for a batch of a fixed size.
import { EPSILON, MOMENTUM } from '../normalisation-constants.ts';
import type { Binding, Dispatch } from './dispatches.ts';
import type { Kernel } from './kernel.ts';
import { conv3x3, conv3x3WithBias, linear, linearParts, type WithMoments } from './kernels/convolution.ts';
import { doubling, upConv3x3, type Beside } from './kernels/doubling.ts';
import { normalise } from './kernels/normalisation.ts';
import { addParts } from './kernels/parts.ts';
import * as plain from './kernels/plain.ts';
import { difference, sigmoid } from './kernels/pointwise.ts';
import { batchStatistics, fixedStatistics, rowStatistics } from './kernels/statistics.ts';
import type { Tiled } from './kernels/tile-moments.ts';
import type { Memory } from './memory.ts';
import type { ModelState } from './model-state.ts';
import { shapesOf, sizeOf, sizesOfMatrix, type Network, type Operation } from './network.ts';
import { halfOf, inputsOf, storageOf } from './storage.ts';
import { inTiles, resultInTiles } from './tiled-layers.ts';

const STATISTICS = { epsilon: EPSILON, momentum: MOMENTUM };

/** How a value is read by an operation that may have to normalise it. */
interface Read {
  readonly bindings: readonly Binding[];
  readonly reading: { readonly normalised: boolean };
}

export interface Forward {
  readonly dispatches: readonly Dispatch[];
  /** Where each value is, the images first; undefined where it is not kept. */
  readonly values: readonly (Binding | undefined)[];
  /** Mean, 1 / deviation and scale / deviation that are normalised by, by the name of the normalisation. */
  readonly statistics: ReadonlyMap<string, Binding>;
  readonly read: (value: number) => Read;
}

/** @param training normalises by the batch and moves the running statistics; else these are used */
export function forward(
  network: Network,
  images: number,
  state: ModelState,
  memory: Memory,
  training: boolean,
): Forward {
  const shapes = shapesOf(network);
  const storage = storageOf(network);
  const own = shapes.map((shape, at) =>
    storage[at]!.kind === 'own' ? memory.floats(images * sizeOf(shape), `value ${at}`) : undefined,
  );
  const values = storage.map((kept, at) => own[kept.kind === 'joined' ? kept.value : at]);
  const statistics = new Map<string, Binding>();
  /** Of values that are normalised: the moments of their tiles. */
  const moments = new Map<number, { readonly tiled: Tiled; readonly stored: Binding }>();
  const dispatches: Dispatch[] = [];
  const add = (kernel: Kernel, ...bindings: readonly Binding[]): void =>
    void dispatches.push({ kernel, bindings });
  for (const [at, operation] of network.operations.entries()) compute(operation, at + 1);
  return { dispatches, values, statistics, read };

  function read(value: number): Read {
    if (storage[value]!.kind !== 'normalised by readers')
      return { bindings: [values[value]!], reading: { normalised: false } };
    const { input, statistics: name, shift } = normalisationOf(network, value);
    const bindings = [values[input]!, statistics.get(name)!, state.weight(shift)];
    return { bindings, reading: { normalised: true } };
  }

  function compute(operation: Operation, result: number): void {
    const [input, other] = inputsOf(operation);
    const [x, y] = [values[input!]!, values[result]!];
    const [height, width, cin] = shapes[input!]!;
    const [, , cout] = shapes[result]!;
    const sizes = { images, height, width, cin, cout };
    const rows = images * height * width;
    const count = images * sizeOf(shapes[result]!);
    const tiles = resultInTiles(network, operation, shapes[result]!);
    const { bindings, reading } = read(input!);
    switch (operation.kind) {
      case 'convolution': {
        const weight = state.weight(operation.weight);
        if (tiles) return addWithMoments(conv3x3(sizes, reading), [...bindings, weight], result);
        if (operation.bias === undefined) return add(plain.conv3x3(sizes, false), x, weight, y);
        // Of one channel out of many: threads of single values would each read lines of memory of their own.
        const kernel = inTiles(cin) ? conv3x3WithBias(sizes) : plain.conv3x3(sizes, true);
        return add(kernel, x, weight, state.weight(operation.bias), y);
      }
      case 'transposed convolution': {
        const weight = state.weight(operation.weight);
        if (tiles) return addWithMoments(upConv3x3(sizes, reading), [...bindings, weight], result);
        return add(plain.upConv3x3(sizes), x, weight, y);
      }
      case 'doubling': {
        const beside = amongOf(result);
        const kernel = tiles ? doubling(sizes, { ...reading, ...beside }) : plain.doubling(sizes, beside);
        return add(kernel, ...bindings, state.weight(operation.weight), state.weight(operation.bias), y);
      }
      case 'normalisation':
        return normaliseValue(operation, result);
      case 'halving':
        if (halfOf(network, input!) === result) return;
        return add(plain.pool({ images, height, width, channels: cin }), x, y);
      case 'linear': {
        const [inside, outside] = sizesOfMatrix(network, operation.weight);
        const [weight, bias] = [state.weight(operation.weight), state.weight(operation.bias)];
        const times = count / outside;
        if (!tiles) return add(plain.linear(times, inside, outside), x, weight, bias, y);
        const divided = linearParts(times, inside, outside);
        if (divided.count === 1) return add(linear(times, inside, outside), x, weight, bias, y);
        const parts = memory.floats(divided.count * divided.size, 'parts of a linear layer');
        add(divided.kernel, x, weight, parts);
        return add(addParts(divided.count, divided.size, { columns: outside }), parts, bias, y);
      }
      case 'concatenation':
        if (storage[input!]!.kind === 'joined') return;
        return add(plain.concatenate(rows, cin, shapes[other!]![2]), x, values[other!]!, y);
      case 'sigmoid':
        return add(sigmoid(count), x, y);
      case 'enlargement':
        return add(plain.enlarge(images * cin, height, operation.size), x, y);
      case 'subtraction from the images':
        return add(difference(count, !training && network.limited), values[0]!, x, y);
    }
  }

  /** A product before a normalisation. */
  function addWithMoments(
    { kernel, tiled }: WithMoments,
    bindings: readonly Binding[],
    result: number,
  ): void {
    const tiles = tiled.phases * Math.ceil(tiled.rows / tiled.tileRows);
    const stored = memory.floats(2 * tiles * shapes[result]![2], 'moments of tiles');
    moments.set(result, { tiled, stored });
    add(kernel, ...bindings, values[result]!, stored);
  }

  function amongOf(value: number): Beside {
    const kept = storage[value]!;
    return kept.kind === 'joined' ? { among: kept.among } : {};
  }

  function normaliseValue({ input, scale, shift, statistics: name }: Normalisation, result: number): void {
    const [height, width, channels] = shapes[input]!;
    const x = values[input]!;
    const own = memory.floats(3 * channels, `statistics of ${name}`);
    statistics.set(name, own);
    const before = [state.weight(scale), state.mean(name), state.variance(name)];
    const tiles = moments.get(input);
    if (!training) add(fixedStatistics(channels, EPSILON), ...before, own);
    else if (tiles !== undefined)
      add(batchStatistics(tiles.tiled, channels, STATISTICS), tiles.stored, ...before, own);
    else add(rowStatistics(images * height * width, channels, STATISTICS), x, ...before, own);
    const half = halfOf(network, result);
    const made = [values[result], half === undefined ? undefined : values[half]];
    const uses = { ...(made[0] !== undefined && { whole: amongOf(result) }), halved: half !== undefined };
    const kept = made.filter((value) => value !== undefined);
    if (kept.length === 0) return;
    add(normalise({ images, height, width, channels }, uses), x, own, state.weight(shift), ...kept);
  }
}

type Normalisation = Extract<Operation, { kind: 'normalisation' }>;

const normalisationOf = ({ operations }: Network, value: number): Normalisation =>
  operations[value - 1] as Normalisation;
