// One update of Adam on the WASM backend, in one pass over all parameters.
import type { Layers } from '../active-layers.ts';
import type { Moments } from '../adam-update.ts';
import type { Heap } from './heap.ts';

export function adam(heap: Heap): Pick<Layers, 'adamUpdate'> {
  return {
    adamUpdate: (state, gradient, { beta1, beta2, rate, correction, epsilon }) => {
      const { shape, size } = state.weights;
      const next = {
        weights: heap.output(shape),
        first: heap.output(shape),
        second: heap.output(shape),
      } as unknown as Moments;
      heap.kernels.adamStep(
        heap.address(state.weights),
        heap.address(state.first),
        heap.address(state.second),
        heap.address(gradient),
        heap.address(next.weights),
        heap.address(next.first),
        heap.address(next.second),
        size,
        beta1,
        beta2,
        rate,
        correction,
        epsilon,
      );
      return next;
    },
  };
}
