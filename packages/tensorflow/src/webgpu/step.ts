// A training step for a batch of a fixed size: everything that it computes, compiled once.
import { backward } from './backward.ts';
import { compile, type Compiled, type Pipelines } from './dispatches.ts';
import { forward } from './forward.ts';
import { adam, type AdamConstants } from './kernels/adam.ts';
import { loss, type LossShares } from './kernels/losses.ts';
import { INDICES, writeNumbers } from './kernels/step-numbers.ts';
import { meanLoss } from './kernels/sums.ts';
import type { ImageSet } from './image-set.ts';
import type { Memory } from './memory.ts';
import type { ModelState } from './model-state.ts';
import type { Network } from './network.ts';
import type { StepLosses } from './step-losses.ts';

export interface Optimised {
  readonly state: ModelState;
  /** Adam's means of the gradient and of its square. */
  readonly firsts: GPUBuffer;
  readonly seconds: GPUBuffer;
}

export interface Step {
  readonly dispatches: number;
  /** Submits it once. */
  submit(indices: ArrayLike<number>, numbers: { readonly rate: number; readonly correction: number }): void;
}

export async function compileStep(
  device: GPUDevice,
  pipelines: Pipelines,
  memory: Memory,
  network: Network,
  images: number,
  set: ImageSet,
  { state, firsts, seconds }: Optimised,
  losses: StepLosses,
  shares: LossShares,
  constants: AdamConstants,
): Promise<Step> {
  const pixels = network.size ** 2;
  const words = new Uint32Array(INDICES + images);
  const numbers = { buffer: memory.bytes(words.byteLength, 'numbers of the step') };
  const ahead = forward(network, images, state, memory, true);
  const [noisy, output] = [ahead.values[0]!, ahead.values.at(-1)!];
  const expected = memory.floats(images * pixels, 'clean images');
  const ofOutput = memory.floats(images * pixels, 'gradient of the output');
  const errors = memory.floats(images, 'errors of the images');
  const back = backward(network, images, state, ahead, ofOutput, memory);
  const compiled: Compiled = await compile(device, pipelines, [
    ...set.gather(images, numbers, noisy, expected),
    ...ahead.dispatches,
    { kernel: loss(images, network.size, shares), bindings: [output, expected, ofOutput, errors] },
    {
      kernel: meanLoss(images),
      bindings: [numbers, errors, { buffer: state.mark }, { buffer: losses.buffer }],
    },
    ...back.dispatches,
    {
      kernel: adam(back.gradients, constants),
      bindings: [
        numbers,
        ...[back.parts, state.weights, firsts, seconds, state.mark].map((buffer) => ({ buffer })),
      ],
    },
  ]);
  return {
    dispatches: compiled.dispatches,
    submit: (indices, { rate, correction }) => {
      writeNumbers(words, { rate, correction, slot: losses.slot }, indices);
      device.queue.writeBuffer(numbers.buffer, 0, words);
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      compiled.record(pass);
      pass.end();
      losses.recorded(encoder);
      device.queue.submit([encoder.finish()]);
    },
  };
}
