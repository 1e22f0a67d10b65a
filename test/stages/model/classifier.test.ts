// The classifier that counts readable digits: it learns, gives the same numbers again, and survives its file.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { PIXELS } from '../../../stages/lib/data/images.ts';
import { encodeSafetensors } from '../../../stages/lib/model/safetensors.ts';
import { fitClassifier, type ClassifierEpoch } from '../../../stages/lib/training/fit-classifier.ts';
import { readNetwork, writeNetwork } from '../../../stages/lib/model/classifier-file.ts';
import {
  firstValues,
  networkParameters,
  parameterSize,
  readDigits,
  readingAccuracy,
  type Network,
} from '../../../stages/lib/model/classifier.ts';
import { drawDigits } from '../../../stages/lib/data/digits/draw.ts';
import { useBackend } from '../../../stages/lib/stage/backend.ts';

const options = { channels: [4, 6], seed: 42, batchSize: 12, learningRate: 0.005, epochs: 2 } as const;
const seen = digits(400, 'train');
const unseen = digits(100, 'test');

function digits(count: number, part: 'train' | 'test'): { images: Float32Array; labels: Uint8Array } {
  const { images, labels } = drawDigits(count, 1, part);
  return { images: Float32Array.from(images, (value) => value / 255), labels: Uint8Array.from(labels) };
}

async function trained(): Promise<{ network: Network; epochs: readonly ClassifierEpoch[] }> {
  const epochs: ClassifierEpoch[] = [];
  const network = await fitClassifier(seen.images, seen.labels, options, (_, result) => epochs.push(result));
  return { network, epochs };
}

const LOSSES = [1.9466, 0.5931];

/** Once, for all tests that need no second one. */
let first: Awaited<ReturnType<typeof trained>>;
before(async () => {
  await useBackend('wasm', 1);
  first = await trained();
});

test('it learns to read digits that it has not seen, and its history says so', async () => {
  const { network, epochs } = first;
  assert.equal(epochs.length, 2);
  assert.ok(epochs[1]!.loss < epochs[0]!.loss && epochs[1]!.accuracy > epochs[0]!.accuracy);
  // As it was when somebody looked at it: each epoch has all images, in an order of its own.
  for (const [at, loss] of LOSSES.entries())
    assert.ok(Math.abs(epochs[at]!.loss - loss) < 1e-3, `epoch ${at + 1}: ${epochs[at]!.loss}`);
  const accuracy = readingAccuracy(await readDigits(network, unseen.images), unseen.labels);
  assert.ok(accuracy > 0.8, String(accuracy));
});

test('loss and accuracy of an epoch are over all images, those of the last, smaller batch, too', async () => {
  const images = unseen.images.subarray(0, 7 * PIXELS);
  const labels = unseen.labels.subarray(0, 7);
  const of = async (batchSize: number): Promise<ClassifierEpoch> => {
    const epochs: ClassifierEpoch[] = [];
    // Steps that change nothing.
    const still = { ...options, learningRate: 1e-30, batchSize, epochs: 1 };
    await fitClassifier(images, labels, still, (_, result) => epochs.push(result));
    return epochs[0]!;
  };
  const [whole, parts] = [await of(7), await of(4)];
  assert.ok(Math.abs(whole.loss - parts.loss) < 1e-6, `${whole.loss}, ${parts.loss}`);
  const first = networkParameters(options.channels).map((one): [string, Float32Array] => [
    one.name,
    firstValues(one, options.seed),
  ]);
  const read = await readDigits({ channels: options.channels, weights: new Map(first) }, images);
  for (const { accuracy } of [whole, parts]) assert.equal(accuracy, readingAccuracy(read, labels));
});

test('a last step that leaves no numbers ends the training', async () => {
  const once = { ...options, learningRate: 1e300, batchSize: 100, epochs: 1 };
  await assert.rejects(
    fitClassifier(unseen.images, unseen.labels, once, () => {}),
    { name: 'StageError', message: /holds values that are no numbers; lower classifier\.learning_rate/ },
  );
});

test('the same seed gives the same classifier, before and after its file', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'classifier-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const { network } = first;
  assert.deepEqual((await trained()).network.weights, network.weights);
  writeNetwork(join(folder, 'a.safetensors'), network);
  const read = readNetwork(join(folder, 'a.safetensors'));
  assert.deepEqual(read, { channels: [4, 6], weights: network.weights });
  assert.deepEqual(await readDigits(read, unseen.images), await readDigits(network, unseen.images));
});

test('more images than one call of the backend takes are read like few', async () => {
  const { network } = first;
  const many = new Float32Array(seen.images.length * 2);
  many.set(seen.images);
  many.set(seen.images, seen.images.length);
  const read = await readDigits(network, many);
  assert.deepEqual(read.subarray(0, 400), read.subarray(400));
});

test('of equal scores the lowest class is read', async () => {
  const channels = [1, 1] as const;
  const weights = new Map(
    networkParameters(channels).map((one): [string, Float32Array] => [
      one.name,
      new Float32Array(parameterSize(one)),
    ]),
  );
  weights.get('dense.bias')!.set([0, 0, 0, 5, 0, 5, 0, 0, 0, 0]);
  assert.deepEqual(await readDigits({ channels, weights }, new Float32Array(784)), Uint8Array.of(3));
});

test('another file is refused in one sentence', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'classifier-'));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'other'), 'no model');
  assert.throws(() => readNetwork(join(folder, 'other')), /is no safetensors file/);
  const write = (model: string, size: number): void => {
    const tensors = networkParameters([4, 6]).map(({ name, shape }) => ({
      name,
      shape,
      values: first.network.weights.get(name)!.subarray(0, name === 'dense.bias' ? size : undefined),
    }));
    writeFileSync(
      join(folder, 'other'),
      encodeSafetensors({ metadata: { model, channels: '4,6' }, tensors }),
    );
  };
  write('cdae', 10);
  assert.throws(() => readNetwork(join(folder, 'other')), /holds no classifier of digits/);
  write('digit classifier', 9);
  assert.throws(() => readNetwork(join(folder, 'other')), /has no tensor dense\.bias of shape \[10\]/);
});

test('reading accuracy is the share of equal classes', () => {
  assert.equal(readingAccuracy(Uint8Array.of(1, 2, 3, 4), Uint8Array.of(1, 2, 0, 4)), 0.75);
});
