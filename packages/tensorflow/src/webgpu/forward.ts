// The dispatches that compute a network for a batch of a fixed size.
import type { Binding, Dispatch } from './dispatches.ts';
import type { Kernel } from './kernel.ts';
import * as plain from './kernels/plain.ts';
import { difference, sigmoid } from './kernels/pointwise.ts';
import type { Memory } from './memory.ts';
import type { ModelState } from './model-state.ts';
import { shapesOf, sizeOf, type Network, type Operation } from './network.ts';
import { EPSILON, MOMENTUM } from '../normalisation-constants.ts';

export interface Forward {
  readonly dispatches: readonly Dispatch[];
  /** Of all values, the images first. */
  readonly values: readonly Binding[];
  /** In training: mean and 1 / deviation of the batch, by the name of the normalisation. */
  readonly statistics: ReadonlyMap<string, Binding>;
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
  const values = shapes.map((shape, at) => memory.floats(images * sizeOf(shape), `value ${at}`));
  const statistics = new Map<string, Binding>();
  const dispatches: Dispatch[] = [];
  const add = (kernel: Kernel, ...bindings: Binding[]): void => void dispatches.push({ kernel, bindings });
  for (const [at, operation] of network.operations.entries()) compute(operation, at + 1);
  return { dispatches, values, statistics };

  function compute(operation: Operation, result: number): void {
    const inputs = 'inputs' in operation ? operation.inputs : [operation.input];
    const [x, y] = [values[inputs[0]]!, values[result]!];
    const [height, width, cin] = shapes[inputs[0]]!;
    const [, , cout] = shapes[result]!;
    const sizes = { images, height, width, cin, cout };
    const rows = images * height * width;
    const count = images * sizeOf(shapes[result]!);
    switch (operation.kind) {
      case 'convolution': {
        const bias = operation.bias === undefined ? [] : [state.weight(operation.bias)];
        return add(plain.conv3x3(sizes, bias.length > 0), x, state.weight(operation.weight), ...bias, y);
      }
      case 'transposed convolution':
        return add(plain.upConv3x3(sizes), x, state.weight(operation.weight), y);
      case 'doubling':
        return add(plain.doubling(sizes), x, state.weight(operation.weight), state.weight(operation.bias), y);
      case 'normalisation': {
        const name = operation.statistics;
        const affine = [state.weight(operation.scale), state.weight(operation.shift)];
        const running = [state.mean(name), state.variance(name)];
        if (!training) return add(plain.normaliseFixed(rows, cin, EPSILON), x, ...running, ...affine, y);
        const own = memory.floats(2 * cin, `statistics of ${name}`);
        statistics.set(name, own);
        add(plain.batchStatistics(rows, cin, EPSILON, MOMENTUM), x, own, ...running);
        return add(plain.normalise(rows, cin), x, own, ...affine, y);
      }
      case 'halving':
        return add(plain.pool({ images, height, width, channels: cin }), x, y);
      case 'linear': {
        const [inside, outside] = sizesOfMatrix(network, operation.weight);
        const kernel = plain.linear(count / outside, inside, outside);
        return add(kernel, x, state.weight(operation.weight), state.weight(operation.bias), y);
      }
      case 'concatenation': {
        const second = shapes[inputs[1]]![2];
        return add(plain.concatenate(rows, cin, second), x, values[inputs[1]]!, y);
      }
      case 'sigmoid':
        return add(sigmoid(count), x, y);
      case 'enlargement':
        return add(plain.enlarge(images * cin, height, operation.size), x, y);
      case 'subtraction from the images':
        return add(difference(count, !training && network.limited), values[0]!, x, y);
    }
  }
}

export function sizesOfMatrix({ parameters }: Network, name: string): readonly [number, number] {
  return parameters.find((parameter) => parameter.name === name)!.shape as [number, number];
}
