// Denoising with a finished model: more images than one call of the backend takes, and any choice of them.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { gather } from '../../../stages/lib/data/images.ts';
import { random } from '../../../stages/lib/data/random.ts';
import { architectureOf } from '../../../stages/lib/model/architecture.ts';
import { allOf, denoise } from '../../../stages/lib/model/model.ts';
import { useBackend } from '../../../stages/lib/stage/backend.ts';
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
