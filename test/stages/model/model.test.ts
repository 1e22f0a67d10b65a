// Denoising with a finished model: more images than one call of the backend takes, and any choice of them.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { gather } from '../../../stages/lib/data/images.ts';
import { random } from '../../../stages/lib/data/random.ts';
import { architectureOf } from '../../../stages/lib/model/architecture.ts';
import { allOf, denoise } from '../../../stages/lib/model/model.ts';
import { useBackend } from '../../../stages/lib/stage/backend.ts';
import { decodeSafetensors } from '../../../stages/lib/model/safetensors.ts';
import { encodeModel } from '../../../stages/lib/model/model-file.ts';
import { anyModel } from '../any-model.ts';

before(() => useBackend('wasm', 1));

test('each image comes out as it does alone, in the order asked for', async () => {
  const source = random(1, 'images');
  const images = Float32Array.from({ length: 205 * 784 }, () => source.uniform());
  const model = anyModel({ model: 'cdae', filters: [2, 2, 2], latentDim: 3 });
  const tensors = tf.memory().numTensors;
  const all = await denoise(model, images, allOf(images));
  assert.equal(all.length, images.length);
  for (const at of [0, 99, 100, 199, 200, 204])
    assert.deepEqual(gather(all, [at]), await denoise(model, images, [at]), `image ${at}`);
  assert.deepEqual(await denoise(model, images, [204, 3]), gather(all, [204, 3]));
  assert.equal(tf.memory().numTensors, tensors);
});

test('in a model file the values are where PyTorch has them', () => {
  const inFile = (model: ReturnType<typeof anyModel>): ReadonlyMap<string, Float32Array> =>
    new Map(decodeSafetensors(encodeModel(model), 'm').tensors.map(({ name, values }) => [name, values]));
  const indices = (sizes: readonly number[]): number[][] =>
    sizes.reduce<number[][]>(
      (all, size) => all.flatMap((one) => Array.from({ length: size }, (_, at) => [...one, at])),
      [[]],
    );
  /** @param place the index among our values of PyTorch's value at an index */
  const holds = (
    model: ReturnType<typeof anyModel>,
    name: string,
    sizes: readonly number[],
    place: (...at: number[]) => number,
  ): void =>
    assert.deepEqual(
      inFile(model).get(name),
      Float32Array.from(indices(sizes), (at) => model.weights.get(name)![place(...at)]!),
      name,
    );
  const cdae = anyModel({ model: 'cdae', filters: [2, 3, 4], latentDim: 5 });
  holds(
    cdae,
    'encoder.block2.conv.weight',
    [3, 2, 3, 3],
    (out, input, y, x) => ((3 * y + x) * 2 + input) * 3 + out,
  );
  holds(
    cdae,
    'decoder.block2.conv.weight',
    [3, 2, 3, 3],
    (input, out, y, x) => ((3 * y + x) * 3 + input) * 2 + out,
  );
  holds(cdae, 'decoder.output.weight', [1, 2, 3, 3], (_, input, y, x) => (3 * y + x) * 2 + input);
  // PyTorch flattens channel by channel, we pixel by pixel.
  const pixelFirst = (channel: number, pixel: number): number => pixel * 4 + channel;
  holds(
    cdae,
    'encoder.latent.weight',
    [5, 4, 9],
    (unit, channel, pixel) => pixelFirst(channel, pixel) * 5 + unit,
  );
  holds(
    cdae,
    'decoder.latent.weight',
    [4, 9, 5],
    (channel, pixel, unit) => unit * 36 + pixelFirst(channel, pixel),
  );
  holds(cdae, 'decoder.latent.bias', [4, 9], pixelFirst);
  const unet = anyModel({ model: 'unet', filters: [2, 3, 4] });
  holds(unet, 'decoder.up2.weight', [4, 3, 2, 2], (input, out, y, x) => (input * 4 + 2 * y + x) * 3 + out);
  holds(
    unet,
    'decoder.level1.block1.conv.weight',
    [2, 4, 3, 3],
    (out, input, y, x) => ((3 * y + x) * 4 + input) * 2 + out,
  );
});

test('a model has three numbers of channels, each at least 1', () => {
  const filters = [4, 5, 6];
  assert.deepEqual(architectureOf('cdae', filters, 3), { model: 'cdae', filters, latentDim: 3 });
  for (const model of ['unet', 'residual_unet'])
    assert.deepEqual(architectureOf(model, filters, 3), { model, filters });
  for (const others of [[], [4, 5], [4, 5, 6, 7], [4, 5, 0], [0, 5, 6]])
    for (const model of ['cdae', 'unet', 'residual_unet'])
      assert.equal(architectureOf(model, others, 3), undefined, `${model} ${others.join(' ')}`);
  assert.equal(architectureOf('other', filters, 3), undefined);
});
