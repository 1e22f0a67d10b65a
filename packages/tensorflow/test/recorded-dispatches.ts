// What a training and a denoising ask of a GPU, as digests: for each kernel its code, its workgroups and what it is bound to, and all that
// is written to and read from the GPU's memory. recorded-dispatches.json has those whose results were compared with PyTorch's on a real driver.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pseudoRandom } from '../src/pseudo-random.ts';
import { gpuOn } from '../src/webgpu.ts';
import { checkedNetwork, gradientCheck, LOSS } from '../src/webgpu/check.ts';
import type { Network } from '../src/webgpu/network.ts';
import { digestOf, recordingDevice } from './recording-device.ts';

/** Digests by the label of the kernel. */
export type Dispatches = Readonly<Record<string, string>>;

const RESIDUAL: Network = {
  size: 14,
  limited: true,
  parameters: [
    { name: 'weight', shape: [3, 3, 1, 1] },
    { name: 'bias', shape: [1] },
  ],
  operations: [
    { kind: 'convolution', input: 0, weight: 'weight', bias: 'bias' },
    { kind: 'subtraction from the images', input: 1 },
  ],
};

/** Plain kernels, products in tiles, such whose channels come in no fours; and the operation that these have not. */
export const networks: Readonly<Record<string, Network>> = {
  '4 channels': checkedNetwork(4),
  '16 channels': checkedNetwork(16),
  '17 channels': checkedNetwork(17),
  residual: RESIDUAL,
};

const IMAGES = 6;
/** More than the losses that come back together. */
const STEPS = 34;
const ADAM = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

export async function dispatchesOf(network: Network): Promise<Dispatches> {
  const pixels = network.size ** 2;
  // Four images fit into a binding, and so the set is in two parts.
  const { device, events } = recordingDevice(4 * pixels * 5);
  const gpu = gpuOn(device, 'none');
  const { start } = gradientCheck(network);
  const noisy = pseudoRandom(IMAGES * pixels, 'noisy');
  const clean = Uint8Array.from({ length: IMAGES * pixels }, (_, at) => at % 251);
  const loss = network.limited ? { error: 1, dissimilarity: 0 } : LOSS;
  const training = gpu.train(
    network,
    start,
    { noisy, clean },
    { loss, adam: ADAM, batches: [3, 2], measured: 5 },
  );
  const losses: number[] = [];
  for (let step = 1; step <= STEPS; step++)
    losses.push(
      ...(await training.step(step % 3 > 0 ? [0, 5, 2] : [4, 1], { rate: 1 / step, correction: step })),
    );
  losses.push(...(await training.losses()));
  const many = Uint32Array.from({ length: 300 }, (_, at) => at % IMAGES);
  const found = [
    losses,
    await training.measure([5, 3, 1, 0, 2]),
    await training.measure(many),
    await training.denoise(noisy, [2, 0, 1]),
    await training.values(),
    await gpu.denoise(network, start, noisy, many),
  ];
  training.dispose();
  const byLabel = Object.groupBy(events, ({ label }) => label);
  return {
    ...Object.fromEntries(
      Object.entries(byLabel).map(([label, own]) => [
        label,
        digestOf(own!.map(({ what }) => `${what}\n`).join('')),
      ]),
    ),
    'in this order': digestOf(events.map(({ label }) => label).join()),
    'what is read': digestOf(JSON.stringify(found, plain)),
  };
}

/** For JSON. */
function plain(_: string, value: unknown): unknown {
  if (value instanceof Map) return [...value];
  return value instanceof Float32Array ? digestOf(new Uint8Array(value.buffer)) : value;
}

export const recordedFile = join(import.meta.dirname, 'recorded-dispatches.json');

export const readRecorded = (): Readonly<Record<string, Dispatches>> =>
  JSON.parse(readFileSync(recordedFile, 'utf8')) as Readonly<Record<string, Dispatches>>;
