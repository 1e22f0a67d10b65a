// The dispatches that compute the gradients of all parameters from the gradient of the network's result. Those of the parameters stay in
// parts, which the update adds.
import type { Binding } from './dispatches.ts';
import type { Forward } from './forward.ts';
import type { Kernel } from './kernel.ts';
import * as tiled from './kernels/convolution.ts';
import type { Divided } from './kernels/convolution.ts';
import * as doubled from './kernels/doubling.ts';
import type { Beside } from './kernels/doubling.ts';
import { normalisationGradient, normalisationSums } from './kernels/normalisation-gradient.ts';
import { addParts } from './kernels/parts.ts';
import * as plain from './kernels/plain.ts';
import type { PerValue, PlainDivided } from './kernels/plain.ts';
import { negative, sigmoidGradient, sum } from './kernels/pointwise.ts';
import type { Memory } from './memory.ts';
import type { ModelState } from './model-state.ts';
import { shapesOf, sizeOf, sizesOfMatrix, type Network, type Operation } from './network.ts';
import { gatherParts, type Goal, type Gradients } from './parts-of-gradients.ts';
import { halfOf, inputsOf, storageOf } from './storage.ts';
import { inTiles, resultInTiles } from './tiled-layers.ts';

/** Of a value, from one of its readers; `among` where it has some of the channels of another gradient. */
interface Gradient extends Beside {
  readonly binding: Binding;
}

/** @param ofResult gradient of the network's result */
export function backward(
  network: Network,
  images: number,
  state: ModelState,
  { values, statistics, read }: Forward,
  ofResult: Binding,
  memory: Memory,
): Gradients {
  const shapes = shapesOf(network);
  const storage = storageOf(network);
  const parts = gatherParts(state.parameters);
  const add = (kernel: Kernel, ...bindings: readonly Binding[]): void => parts.add({ kernel, bindings });
  const found = new Map<number, Gradient[]>([[shapes.length - 1, [{ binding: ofResult }]]]);
  for (let at = network.operations.length; at >= 1; at--) differentiate(network.operations[at - 1]!, at);
  return parts.inOneBuffer(memory);

  function sizeOfValue(value: number): number {
    return images * sizeOf(shapes[value]!);
  }

  function give(value: number, gradient: Gradient): void {
    found.set(value, [...(found.get(value) ?? []), gradient]);
  }

  /** Room for one more gradient of a value. */
  function toward(value: number): Binding {
    const binding = memory.floats(sizeOfValue(value), `gradient of value ${value}`);
    give(value, { binding });
    return binding;
  }

  /** None of a value of which only the half is used. */
  function whole(value: number): Gradient | undefined {
    const [first, ...more] = found.get(value) ?? [];
    return more.reduce((a, b) => {
      const binding = memory.floats(sizeOfValue(value), `gradient of value ${value}`);
      add(sum(sizeOfValue(value)), a!.binding, b.binding, binding);
      return { binding };
    }, first);
  }

  function differentiate(operation: Operation, result: number): void {
    if (operation.kind === 'normalisation') return ofNormalisation(operation, result);
    const [input, other] = inputsOf(operation) as [number, number?];
    // The normalisation before it takes it into account.
    if (operation.kind === 'halving' && halfOf(network, input) === result) return;
    const { binding: dy, ...beside } = whole(result)!;
    const [x, y] = [values[input]!, values[result]!];
    const [height, width, cin] = shapes[input]!;
    const [, , cout] = shapes[result]!;
    const sizes = { images, height, width, cin, cout };
    const rows = images * height * width;
    const count = sizeOfValue(result);
    const tiles = resultInTiles(network, operation, shapes[result]!);
    const { bindings, reading } = read(input);
    switch (operation.kind) {
      case 'convolution': {
        const { weight, bias } = operation;
        const ofWeight = tiles
          ? tiled.conv3x3KernelGradient(sizes, reading)
          : plain.conv3x3KernelGradient(sizes, bias !== undefined);
        const goals = [{ name: weight }, ...goal(bias)] as const;
        // The images have no gradient.
        if (input === 0) return parts.store(ofWeight, [...bindings, dy], [], ...goals);
        const ofInput = inTiles(cin) ? tiled.conv3x3InputGradient : plain.conv3x3InputGradient;
        return ofLayer(input, ofWeight, ofInput(sizes), bindings, dy, ...goals);
      }
      case 'transposed convolution': {
        const ofWeight = tiles
          ? doubled.upConv3x3KernelGradient(sizes, reading)
          : plain.upConv3x3KernelGradient(sizes);
        const ofInput = inTiles(cin) ? doubled.upConv3x3InputGradient : plain.upConv3x3InputGradient;
        return ofLayer(input, ofWeight, ofInput(sizes), bindings, dy, { name: operation.weight });
      }
      case 'doubling': {
        const goals = [{ name: operation.weight }, { name: operation.bias, shares: 4 }] as const;
        const ofWeight = tiles
          ? doubled.doublingKernelGradient(sizes, { ...reading, ...beside })
          : plain.doublingKernelGradient(sizes, beside);
        const ofInput = inTiles(cin) ? doubled.doublingInputGradient : plain.doublingInputGradient;
        return ofLayer(input, ofWeight, ofInput(sizes, beside), bindings, dy, ...goals);
      }
      case 'halving':
        return add(plain.poolGradient({ images, height, width, channels: cin }), x, dy, toward(input));
      case 'linear': {
        const [inside, outside] = sizesOfMatrix(network, operation.weight);
        const matrix = [count / outside, inside, outside] as const;
        const goals = [{ name: operation.weight }, { name: operation.bias }] as const;
        if (!tiles) {
          const ofWeight = plain.linearKernelGradient(...matrix);
          return ofLayer(input, ofWeight, plain.linearInputGradient(...matrix), [x], dy, ...goals);
        }
        parts.store(tiled.linearKernelGradient(...matrix), [x, dy], [], ...goals);
        const weight = state.weight(operation.weight);
        return ofDivided(tiled.linearInputGradient(...matrix), [dy, weight], toward(input));
      }
      case 'concatenation':
        for (const value of [input, other!]) {
          const kept = storage[value]!;
          if (kept.kind === 'joined') give(value, { binding: dy, among: kept.among });
        }
        if (storage[input]!.kind === 'joined') return;
        return add(plain.divide(rows, cin, shapes[other!]![2]), dy, toward(input), toward(other!));
      case 'sigmoid':
        return add(sigmoidGradient(count), dy, y, toward(input));
      case 'enlargement':
        return add(plain.enlargeGradient(images * cin, height, operation.size), dy, toward(input));
      case 'subtraction from the images':
        return add(negative(count), dy, toward(input));
    }
  }

  /** Of a weight and of what a layer reads, in one dispatch where both are plain kernels. @param reads what the former binds first */
  function ofLayer(
    input: number,
    ofWeight: Divided | PlainDivided,
    ofInput: Kernel | PerValue,
    reads: readonly Binding[],
    dy: Binding,
    ...goals: readonly [Goal, ...Goal[]]
  ): void {
    const [{ name }] = goals;
    if (isPlain(ofWeight.kernel) && isPlain(ofInput)) {
      const both = { ...ofWeight, kernel: plain.beside(ofWeight.kernel, ofInput) };
      return parts.store(both, [...reads, dy, state.weight(name)], [toward(input)], ...goals);
    }
    parts.store(ofWeight, [...reads, dy], [], ...goals);
    add(ofInput, dy, state.weight(name), toward(input));
  }

  function ofDivided({ kernel, count, size }: Divided, bindings: readonly Binding[], result: Binding): void {
    if (count === 1) return add(kernel, ...bindings, result);
    const stored = memory.floats(count * size, 'parts of a gradient');
    add(kernel, ...bindings, stored);
    add(addParts(count, size), stored, result);
  }

  function ofNormalisation(
    { input, scale, shift, statistics: name }: Extract<Operation, { kind: 'normalisation' }>,
    result: number,
  ): void {
    const [height, width, channels] = shapes[input]!;
    const half = halfOf(network, result);
    const [own, ofHalf] = [whole(result), half === undefined ? undefined : whole(half)];
    const seen = { images, height, width, channels };
    const uses = { ...(own !== undefined && { whole: own }), halved: ofHalf !== undefined };
    const given = [own?.binding, ofHalf?.binding].filter((binding) => binding !== undefined);
    const bindings = [values[input]!, statistics.get(name)!, state.weight(shift), ...given];
    parts.store(normalisationSums(seen, uses), bindings, [], { name: shift }, { name: scale });
    parts.add({ kernel: normalisationGradient(seen, uses), bindings, stored: shift, after: [toward(input)] });
  }
}

const isPlain = (kernel: Kernel | PerValue): kernel is PerValue => 'body' in kernel;

const goal = (name: string | undefined): readonly Goal[] => (name === undefined ? [] : [{ name }]);
