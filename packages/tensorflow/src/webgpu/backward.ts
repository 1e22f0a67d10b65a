// The dispatches that compute the gradients of all parameters from the gradient of the network's result.
import type { Binding, Dispatch } from './dispatches.ts';
import { sizesOfMatrix, type Forward } from './forward.ts';
import type { Kernel } from './kernel.ts';
import * as plain from './kernels/plain.ts';
import { negative, sigmoidGradient, sum } from './kernels/pointwise.ts';
import type { Memory } from './memory.ts';
import { partOf, type ModelState } from './model-state.ts';
import { shapesOf, sizeOf, type Network, type Operation } from './network.ts';

/** @param gradients of all parameters, one vector as the parameters are @param ofResult gradient of the network's result */
export function backward(
  network: Network,
  images: number,
  state: ModelState,
  gradients: GPUBuffer,
  { values, statistics }: Forward,
  ofResult: Binding,
  memory: Memory,
): readonly Dispatch[] {
  const shapes = shapesOf(network);
  const dispatches: Dispatch[] = [];
  const add = (kernel: Kernel, ...bindings: Binding[]): void => void dispatches.push({ kernel, bindings });
  const gradientOf = (name: string): Binding => partOf(state.parameters, gradients, name);
  /** A value that several operations use has a gradient from each of them. */
  const found = new Map<number, Binding[]>([[shapes.length - 1, [ofResult]]]);
  for (let at = network.operations.length; at >= 1; at--) differentiate(network.operations[at - 1]!, at);
  return dispatches;

  function sizeOfValue(value: number): number {
    return images * sizeOf(shapes[value]!);
  }

  /** Room for one more gradient of a value. */
  function toward(value: number): Binding {
    const room = memory.floats(sizeOfValue(value), `gradient of value ${value}`);
    found.set(value, [...(found.get(value) ?? []), room]);
    return room;
  }

  function whole(value: number): Binding {
    const [first, ...more] = found.get(value)!;
    return more.reduce((a, b) => {
      const both = memory.floats(sizeOfValue(value), `gradient of value ${value}`);
      add(sum(sizeOfValue(value)), a, b, both);
      return both;
    }, first!);
  }

  function inParts(kernel: Kernel, x: Binding, dy: Binding, weight: string): void {
    const { count } = plain.partsOf(images);
    const size = state.parameters.places.get(weight)!.size / 4;
    const parts = memory.floats(count * size, `parts of the gradient of ${weight}`);
    add(kernel, x, dy, parts);
    add(plain.addParts(count, size), parts, gradientOf(weight));
  }

  function differentiate(operation: Operation, result: number): void {
    const inputs = 'inputs' in operation ? operation.inputs : [operation.input];
    const input = inputs[0];
    const [x, y, dy] = [values[input]!, values[result]!, whole(result)];
    const [height, width, cin] = shapes[input]!;
    const [, , cout] = shapes[result]!;
    const sizes = { images, height, width, cin, cout };
    const rows = images * height * width;
    const count = sizeOfValue(result);
    // The images have no gradient.
    const wanted = input !== 0;
    switch (operation.kind) {
      case 'convolution': {
        const { weight, bias } = operation;
        inParts(plain.conv3x3KernelGradient(sizes), x, dy, weight);
        if (bias !== undefined) add(plain.columnSums(rows, cout), dy, gradientOf(bias));
        if (wanted) add(plain.conv3x3InputGradient(sizes), dy, state.weight(weight), toward(input));
        return;
      }
      case 'transposed convolution':
        inParts(plain.upConv3x3KernelGradient(sizes), x, dy, operation.weight);
        return add(plain.upConv3x3InputGradient(sizes), dy, state.weight(operation.weight), toward(input));
      case 'doubling':
        inParts(plain.doublingKernelGradient(sizes), x, dy, operation.weight);
        add(plain.columnSums(4 * rows, cout), dy, gradientOf(operation.bias));
        return add(plain.doublingInputGradient(sizes), dy, state.weight(operation.weight), toward(input));
      case 'normalisation': {
        const own = statistics.get(operation.statistics)!;
        const [scale, shift] = [gradientOf(operation.scale), gradientOf(operation.shift)];
        add(plain.normalisationSums(rows, cin), dy, y, x, own, scale, shift);
        const bindings = [dy, y, x, own, state.weight(operation.scale), scale, shift, toward(input)];
        return add(plain.normalisationGradient(rows, cin), ...bindings);
      }
      case 'halving':
        return add(plain.poolGradient({ images, height, width, channels: cin }), x, dy, toward(input));
      case 'linear': {
        const { weight, bias } = operation;
        const [inside, outside] = sizesOfMatrix(network, weight);
        const times = count / outside;
        add(plain.linearKernelGradient(times, inside, outside), x, dy, gradientOf(weight));
        add(plain.columnSums(times, outside), dy, gradientOf(bias));
        return add(
          plain.linearInputGradient(times, inside, outside),
          dy,
          state.weight(weight),
          toward(input),
        );
      }
      case 'concatenation': {
        const second = inputs[1];
        return add(plain.divide(rows, cin, shapes[second]![2]), dy, toward(input), toward(second));
      }
      case 'sigmoid':
        return add(sigmoidGradient(count), dy, y, toward(input));
      case 'enlargement':
        return add(plain.enlargeGradient(images * cin, height, operation.size), dy, toward(input));
      case 'subtraction from the images':
        return add(negative(count), dy, toward(input));
    }
  }
}
