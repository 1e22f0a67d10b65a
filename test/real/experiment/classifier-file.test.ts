// The classifier in the hands of others: read with the safetensors package and computed in NumPy by the definitions of its layers, it
// reads the same digits as here.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fitClassifier } from '../../../stages/lib/training/fit-classifier.ts';
import { writeNetwork } from '../../../stages/lib/model/classifier-file.ts';
import { readDigits } from '../../../stages/lib/model/classifier.ts';
import { drawDigits } from '../../../stages/lib/data/digits/draw.ts';
import { addNoise } from '../../../stages/lib/data/noise.ts';
import { writeNpy } from '../../../stages/lib/data/npy.ts';
import { useBackend } from '../../../stages/lib/stage/backend.ts';
import { venv } from '../python.ts';

const folder = mkdtempSync(join(tmpdir(), 'pipe-classifier-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const PROGRAM = `
import json, numpy as np
from safetensors import safe_open
from numpy.lib.stride_tricks import sliding_window_view
file = safe_open('classifier.safetensors', 'numpy')
t = {name: file.get_tensor(name).astype(np.float64) for name in file.keys()}

def block(x, name):                       # convolution 3 × 3 with padding 1, ReLU, max-pooling 2 × 2; x is [n, h, w, c]
    windows = sliding_window_view(np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0))), (3, 3), (1, 2))
    y = np.maximum(0, np.einsum('nhwcyx,yxco->nhwo', windows, t[name + '.weight']) + t[name + '.bias'])
    n, h, w, c = y.shape
    return y.reshape(n, h // 2, 2, w // 2, 2, c).max((2, 4))

x = block(block(np.load('images.npy').astype(np.float64)[..., None], 'conv1'), 'conv2')
scores = x.reshape(len(x), -1) @ t['dense.weight'] + t['dense.bias']
print(json.dumps({'metadata': file.metadata(), 'digits': scores.argmax(1).tolist()}))
`;

test('NumPy reads the same digits with the classifier from its file', async () => {
  await useBackend('wasm', 1);
  const { images, labels } = drawDigits(200, 1, 'train');
  const clean = Float32Array.from(images, (value) => value / 255);
  const options = { channels: [4, 6], seed: 42, batchSize: 10, learningRate: 0.005, epochs: 2 } as const;
  const network = await fitClassifier(clean, Uint8Array.from(labels), options, () => {});
  writeNetwork(join(folder, 'classifier.safetensors'), network);
  // Noise, so that not all of them are easy.
  const noisy = addNoise(clean, 0.5, 1);
  writeNpy(join(folder, 'images.npy'), { shape: [200, 28, 28], values: noisy });

  const python = join(venv('safetensors', ['numpy', 'safetensors']), 'python');
  const { status, stdout, stderr } = spawnSync(python, ['-c', PROGRAM], { cwd: folder, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  const theirs = JSON.parse(stdout) as { readonly metadata: object; readonly digits: readonly number[] };
  assert.deepEqual(theirs.metadata, { model: 'digit classifier', channels: '4,6' });
  assert.deepEqual([...(await readDigits(network, noisy))], theirs.digits);
  assert.ok(new Set(theirs.digits).size > 5, 'it does not read the same digit everywhere');
});
