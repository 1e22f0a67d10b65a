// What a GPU is asked to compute is what was compared with PyTorch on a real driver, to the last letter: here is none to compute it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkedWhenWide } from '../src/webgpu/checked-gpu.ts';
import type { Gpu } from '../src/webgpu/gpu.ts';
import { loss } from '../src/webgpu/kernels/losses.ts';
import type { Network } from '../src/webgpu/network.ts';
import { dispatchesOf, networks, readRecorded } from './recorded-dispatches.ts';

const recorded = readRecorded();

for (const [name, network] of Object.entries(networks))
  test(`the dispatches of a network with ${name} are those that were compared`, async () => {
    const [expected, actual] = [recorded[name]!, await dispatchesOf(network)];
    const changed = Object.keys({ ...expected, ...actual }).filter(
      (label) => expected[label] !== actual[label],
    );
    assert.deepEqual(
      changed,
      [],
      `changed: ${changed.join(', ')}\nCompare them on a driver and record them again: node test/real/experiment/record-dispatches.ts`,
    );
  });

test('where software computes, products in tiles are checked once, before the first work that has some', async () => {
  const done: string[] = [];
  const work =
    <T>(name: string, value: T) =>
    () => {
      done.push(name);
      return Promise.resolve(value);
    };
  const gpu = {
    name: 'none',
    train: () => ({
      step: work('step', []),
      losses: work('losses', []),
      measure: work('measure', undefined),
      denoise: work('denoise', undefined),
    }),
    denoise: work('denoise', undefined),
  } as unknown as Gpu;
  /** What is computed on; nothing is computed. */
  const nothing = [undefined, undefined, undefined] as unknown as [never, never, never];
  const images = [new Float32Array(), []] as const;
  const all = async (checked: Gpu, network: Network): Promise<void> => {
    const training = checked.train(network, ...nothing);
    await training.step([], { rate: 1, correction: 1 });
    await training.measure([]);
    await training.denoise(...images);
    await checked.denoise(network, ...nothing);
  };
  const checked = checkedWhenWide(gpu, work('check', undefined));
  await all(checked, networks['4 channels']!);
  assert.deepEqual(done, ['step', 'measure', 'denoise', 'denoise']);
  done.length = 0;
  await all(checked, networks['16 channels']!);
  assert.deepEqual(done, ['check', 'step', 'measure', 'denoise', 'denoise']);
  // Each kind of work waits for the check, and fails with it.
  const wrong = (): Promise<void> => Promise.reject(new Error('wrong gradients'));
  const wide = networks['17 channels']!;
  const training = checkedWhenWide(gpu, wrong).train(wide, ...nothing);
  for (const call of [
    () => training.step([], { rate: 1, correction: 1 }),
    () => training.measure([]),
    () => training.denoise(...images),
    () => checkedWhenWide(gpu, wrong).denoise(wide, ...nothing),
  ])
    await assert.rejects(call, /wrong gradients/);
});

test('a loss has the shares of its parts', () => {
  const code = (error: number): string => loss(4, 14, { error, dissimilarity: 0.1 }).code;
  const [pixels, quarter] = [4 * 14 ** 2, 0.25];
  assert.ok(code(1).includes(`${2 / pixels} * (x - y)`));
  assert.equal(code(quarter), code(1).replace(String(2 / pixels), String((2 * quarter) / pixels)));
});
