// Kernels that store the gradients of parameters in parts, all of them in one buffer: one dispatch updates all parameters.
import type { Binding, Dispatch } from './dispatches.ts';
import type { GradientParts } from './kernels/adam.ts';
import type { Divided } from './kernels/convolution.ts';
import type { Memory } from './memory.ts';
import { layOut, type Layout } from './vectors.ts';

/** A parameter whose gradient is among what a kernel stores, in so many shares that are added (default 1). */
export interface Goal {
  readonly name: string;
  readonly shares?: number;
}

/** A dispatch; its place among the parts is known when all are. */
interface Planned extends Dispatch {
  /** The parts that it writes or reads, by their first parameter: bound after the others… */
  readonly stored?: string;
  /** …and before these. */
  readonly after?: readonly Binding[];
}

/** The dispatches that compute the gradients of all parameters. */
export interface Gradients {
  readonly dispatches: readonly Dispatch[];
  readonly parts: GPUBuffer;
  /** Where in it those of each parameter are. */
  readonly gradients: readonly GradientParts[];
}

export function gatherParts(parameters: Layout) {
  const planned: Planned[] = [];
  const all: { readonly kernel: Divided; readonly goals: readonly [Goal, ...Goal[]] }[] = [];
  return {
    add: (dispatch: Planned): void => void planned.push(dispatch),
    /** @param after is bound after the parts @param goals after one another in each part */
    store: (
      kernel: Divided,
      bindings: readonly Binding[],
      after: readonly Binding[],
      ...goals: readonly [Goal, ...Goal[]]
    ): void => {
      all.push({ kernel, goals });
      planned.push({ kernel: kernel.kernel, bindings, stored: goals[0].name, after });
    },
    inOneBuffer: (memory: Memory): Gradients => {
      const { places, size } = layOut(
        all.map(({ kernel: { count, size }, goals }) => [goals[0].name, count * size]),
      );
      const buffer = memory.bytes(size, 'parts of gradients');
      return {
        parts: buffer,
        gradients: all.flatMap(({ kernel, goals }) =>
          partsOf(kernel, places.get(goals[0].name)!.offset / 4, goals),
        ),
        dispatches: planned.map(({ kernel, bindings, stored, after = [] }) => ({
          kernel,
          bindings:
            stored === undefined ? bindings : [...bindings, { buffer, ...places.get(stored)! }, ...after],
        })),
      };
    },
  };

  function partsOf({ count, size: apart }: Divided, first: number, goals: readonly Goal[]): GradientParts[] {
    let start = first;
    return goals.map(({ name, shares = 1 }) => {
      const { offset, size } = parameters.places.get(name)!;
      const parts = { start, count, apart, shares, size: size / 4, target: offset / 4 };
      start += shares * parts.size;
      return parts;
    });
  }
}
