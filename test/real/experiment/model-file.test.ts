// Model files in the hands of others: read with the safetensors package and computed in NumPy, by the definitions of PyTorch's
// layers and in PyTorch's layouts, the model denoises as it does here.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { addNoise } from '../../../stages/lib/data/noise.ts';
import { drawDigits } from '../../../stages/lib/data/digits/draw.ts';
import { writeModel } from '../../../stages/lib/model/model-file.ts';
import { writeNpy } from '../../../stages/lib/data/npy.ts';
import { useBackend } from '../../../stages/lib/stage/backend.ts';
import { startTrainer } from '../../../stages/lib/training/trainer.ts';
import { venv } from '../python.ts';

const folder = mkdtempSync(join(tmpdir(), 'pipe-model-file-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const PROGRAM = `
import json, numpy as np
from safetensors import safe_open
from numpy.lib.stride_tricks import sliding_window_view
file = safe_open('model.safetensors', 'numpy')
t = {name: file.get_tensor(name).astype(np.float64) for name in file.keys()}

def conv(x, name):                        # torch.nn.Conv2d(…, 3, padding=1); x is [n, c, h, w]
    windows = sliding_window_view(np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1))), (3, 3), (2, 3))
    return np.einsum('nchwyx,ocyx->nohw', windows, t[name + '.weight']) + t[name + '.bias'][:, None, None]

def up(x, name):                          # torch.nn.ConvTranspose2d(…, 3, stride=2, padding=1, output_padding=1)
    n, _, h, w = x.shape
    full = np.zeros((n, t[name + '.weight'].shape[1], 2 * h + 2, 2 * w + 2))
    for y in range(3):
        for z in range(3):
            full[:, :, y:y + 2 * h:2, z:z + 2 * w:2] += np.einsum('nchw,co->nohw', x, t[name + '.weight'][:, :, y, z])
    return full[:, :, 1:2 * h + 1, 1:2 * w + 1] + t[name + '.bias'][:, None, None]

def norm_relu(x, name):
    k = t[name + '.weight'] / np.sqrt(t[name + '.running_var'] + 1e-5)
    b = t[name + '.bias'] - t[name + '.running_mean'] * k
    return np.maximum(0, x * k[:, None, None] + b[:, None, None])

def pool(x):                              # torch.nn.MaxPool2d(2)
    n, c, h, w = x.shape
    return x[:, :, :h // 2 * 2, :w // 2 * 2].reshape(n, c, h // 2, 2, w // 2, 2).max((3, 5))

def enlarge(x):                           # interpolate(x, (28, 28), mode='bilinear', align_corners=False)
    at = np.maximum(0, (np.arange(28) + .5) * 24 / 28 - .5)
    low = np.floor(at).astype(int)
    high = np.minimum(low + 1, 23)
    m = np.zeros((28, 24))
    m[np.arange(28), low] += 1 - (at - low)
    m[np.arange(28), high] += at - low
    return m @ x @ m.T

x = np.load('noisy.npy').astype(np.float64)[:, None]
for i in (1, 2, 3):
    x = pool(norm_relu(conv(x, f'encoder.block{i}.conv'), f'encoder.block{i}.norm'))
code = x.reshape(len(x), -1) @ t['encoder.latent.weight'].T + t['encoder.latent.bias']
x = (code @ t['decoder.latent.weight'].T + t['decoder.latent.bias']).reshape(x.shape)
for i in (1, 2, 3):
    x = norm_relu(up(x, f'decoder.block{i}.conv'), f'decoder.block{i}.norm')
x = enlarge(1 / (1 + np.exp(-conv(x, 'decoder.output'))))
print(json.dumps({'metadata': file.metadata(), 'images': x.ravel().tolist()}))
`;

test('the safetensors file holds the model in PyTorch layouts', async () => {
  await useBackend('wasm', 1);
  const { images } = drawDigits(32, 1, 'train');
  const clean = Float32Array.from(images, (value) => value / 255);
  const noisy = addNoise(clean, 0.5, 42);
  // A few steps, so that the running statistics are those of data.
  const trainer = startTrainer({ model: 'cdae', filters: [4, 6, 8], latentDim: 10 }, 42);
  for (let step = 0; step < 30; step++) await trainer.step({ noisy, clean }, 0.005);
  writeModel(join(folder, 'model.safetensors'), await trainer.snapshot());
  const shown = noisy.subarray(0, 5 * 784);
  writeNpy(join(folder, 'noisy.npy'), { shape: [5, 28, 28], values: shown });
  const denoised = await trainer.denoise(shown, [0, 1, 2, 3, 4]);
  trainer.dispose();

  const python = join(venv('safetensors', ['numpy', 'safetensors']), 'python');
  const { status, stdout, stderr } = spawnSync(python, ['-c', PROGRAM], { cwd: folder, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  const theirs = JSON.parse(stdout) as { metadata: object; images: readonly number[] };
  assert.deepEqual(theirs.metadata, { format: 'pt', model: 'cdae', filters: '4,6,8', latent_dim: '10' });
  const worst = denoised.reduce((most, value, at) => Math.max(most, Math.abs(value - theirs.images[at]!)), 0);
  assert.ok(worst < 1e-5, `largest difference ${worst}`);
  assert.ok(Math.max(...denoised) - Math.min(...denoised) > 0.2, 'the images are not all alike');
});
