// The model in TensorFlow.js' layers format: loaded over HTTP by the stock loader, it computes what the model computes.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createReadStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { loadLayersModel } from '@tensorflow/tfjs-layers';
import { PIXELS } from '../../../stages/lib/data/images.ts';
import type { Architecture } from '../../../stages/lib/model/architecture.ts';
import { writeLayersModel } from '../../../stages/lib/model/layers-model.ts';
import { allOf, denoise } from '../../../stages/lib/model/model.ts';
import { random } from '../../../stages/lib/data/random.ts';
import { useBackend } from '../../../stages/lib/stage/backend.ts';
import { anyModel } from '../any-model.ts';

const architectures: readonly Architecture[] = [
  { model: 'cdae', filters: [2, 3, 4], latentDim: 5 },
  { model: 'unet', filters: [2, 3, 4] },
  { model: 'residual_unet', filters: [2, 3, 4] },
];

for (const architecture of architectures)
  test(`${architecture.model}: the stock loader loads it, and its outputs are the same`, async (t) => {
    await useBackend('cpu', 1);
    const folder = mkdtempSync(join(tmpdir(), 'layers-model-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const server = createServer(({ url }, response) =>
      createReadStream(join(folder, url!)).pipe(response),
    ).listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => server.close());

    const model = anyModel(architecture);
    writeLayersModel(folder, model);
    const loaded = await loadLayersModel(
      `http://127.0.0.1:${(server.address() as AddressInfo).port}/model.json`,
    );
    const source = random(3, 'images');
    // Wider than images are, so that outputs are limited on both sides.
    const noisy = Float32Array.from({ length: 3 * PIXELS }, () => 3 * source.uniform() - 1);
    const expected = await denoise(model, noisy, allOf(noisy));
    const images = tf.tensor4d(noisy, [3, 28, 28, 1]);
    const actual = (loaded.predict(images) as tf.Tensor).dataSync();
    assert.equal(actual.length, expected.length);
    const worst = expected.reduce((most, value, at) => Math.max(most, Math.abs(value - actual[at]!)), 0);
    assert.ok(worst < 2e-6, `differs by ${worst}`);
    assert.ok(Math.max(...expected) - Math.min(...expected) > 0.05, 'the outputs of the models differ');
    if (architecture.model === 'residual_unet')
      assert.deepEqual([Math.min(...actual), Math.max(...actual)], [0, 1]);
    assert.equal(loaded.outputShape.toString(), ',28,28,1');

    const before = readFileSync(join(folder, 'model.json'));
    writeLayersModel(folder, model);
    assert.deepEqual(readFileSync(join(folder, 'model.json')), before);
  });
