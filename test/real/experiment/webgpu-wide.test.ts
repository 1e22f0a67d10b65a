// Networks whose layers are products in tiles, on a driver that computes in software, against plain JavaScript: 16 channels, which fill
// vectors of four, and 17, which do not; batches that fill no tile, the last of which is short.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { assertNear } from '../../../packages/tensorflow/src/gradient-check.ts';
import { pseudoRandom } from '../../../packages/tensorflow/src/pseudo-random.ts';
import { gpuOn } from '../../../packages/tensorflow/src/webgpu.ts';
import {
  assertGpuGradients,
  checkedNetwork,
  gradientCheck,
  LOSS,
  PLAIN_DESCENT,
  WIDE,
} from '../../../packages/tensorflow/src/webgpu/check.ts';
import { openDevice } from '../../../packages/tensorflow/src/webgpu/device.ts';
import type { Gpu } from '../../../packages/tensorflow/src/webgpu/gpu.ts';
import { gradientsOf } from '../../../packages/tensorflow/src/webgpu/reference.ts';
import { useBackend } from '../../../stages/lib/stage/backend.ts';
import { counted } from './counted-device.ts';
import { useSoftwareGpu } from './software-gpu.ts';

let gpu: Gpu;
before(async () => {
  useSoftwareGpu();
  await useBackend('cpu', 1);
  gpu = gpuOn(counted((await openDevice()).device).device, 'SwiftShader');
});

test('16 channels: gradients as in plain JavaScript', async () => {
  await assertGpuGradients(gpu, gradientCheck(WIDE));
});

type Weights = ReadonlyMap<string, Float32Array>;

const BATCHES = [
  [4, 0, 2],
  [1, 3],
] as const;
const RATE = 16;

test('17 channels: two steps as in plain JavaScript, and twice the same bytes', async () => {
  const network = checkedNetwork(17);
  const { start } = gradientCheck(network);
  const pixels = network.size ** 2;
  const [noisy, clean] = [pseudoRandom(5 * pixels, 'noisy'), pseudoRandom(5 * pixels, 'clean')];
  const of = (images: Float32Array, batch: readonly number[]): Float32Array =>
    Float32Array.from(batch.flatMap((image) => [...images.subarray(image * pixels, (image + 1) * pixels)]));
  let expected: Weights = start.weights;
  for (const batch of BATCHES) {
    const gradients = gradientsOf(
      network,
      { ...start, weights: expected },
      of(noisy, batch),
      of(clean, batch),
      LOSS,
    );
    expected = map(expected, (value, name, at) => value - RATE * gradients.get(name)![at]!);
  }
  const train = async (): Promise<Weights> => {
    const training = gpu.train(network, start, { noisy, clean }, { loss: LOSS, adam: PLAIN_DESCENT });
    for (const batch of BATCHES) await training.step(batch, { rate: RATE, correction: 1 });
    const { weights } = await training.values();
    training.dispose();
    return weights;
  };
  const found = await train();
  const moved = (weights: Weights): Weights =>
    map(weights, (value, name, at) => value - start.weights.get(name)![at]!);
  assertNear('webgpu', gpu.name, moved(expected), moved(found));
  assert.deepEqual(await train(), found);
});

function map(weights: Weights, change: (value: number, name: string, at: number) => number): Weights {
  return new Map(
    [...weights].map(([name, values]) => [name, values.map((value, at) => change(value, name, at))]),
  );
}
