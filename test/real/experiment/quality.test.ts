// One epoch on all of MNIST at σ = 0.5 on TensorFlow's own libraries: as good on the test images as the reference in PyTorch.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { REFERENCE } from '../../../bench/quality/reference.ts';

const repository = dirname(dirname(dirname(import.meta.dirname)));
const folder = mkdtempSync(join(tmpdir(), 'pipe-quality-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const fixtures = process.env['PIPE_FIXTURES'];
const skip = fixtures === undefined && 'PIPE_FIXTURES is not set: it holds data/mnist';

function run(program: string, args: { readonly [flag: string]: string | number }): void {
  const flags = Object.entries(args).flatMap(([flag, value]) => [`--${flag}`, ...String(value).split(' ')]);
  const { status, stderr } = spawnSync(process.execPath, [join(repository, program), ...flags], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, MNIST_MIRROR: join(fixtures!, 'data/mnist') },
  });
  assert.equal(status, 0, stderr);
}

before(() => {
  if (skip !== false) return;
  run('packages/tensorflow/src/setup/main.ts', {});
  for (const [part, name, count, seed] of [
    ['train', 'train', 60_000, 42],
    ['test', 't10k', 10_000, 43],
  ] as const) {
    run('stages/download.ts', {
      part,
      count,
      dataset: 'mnist',
      mirrors: 'http://localhost',
      seed: 1,
      out: part,
    });
    const images = `${part}/${name}-images-idx3-ubyte`;
    run('stages/noise.ts', { images, noise_level: 0.5, noise_seed: seed, out: `${part}/noisy.npy` });
  }
});

test('one epoch is as good as the reference', { skip }, () => {
  run('bench/quality/course.ts', {
    images: 'train/train-images-idx3-ubyte',
    noisy: 'train/noisy.npy',
    test_images: 'test/t10k-images-idx3-ubyte',
    test_noisy: 'test/noisy.npy',
    model: 'cdae',
    latent_dim: 128,
    filters: '32 64 128',
    seed: 42,
    batch_size: 64,
    learning_rate: 0.001,
    epochs: 1,
    measured: 1,
    backend: 'tfjs-node',
    threads: 1,
    out: 'out',
    timings: 'out/timings.json',
  });
  const [first] = JSON.parse(readFileSync(join(folder, 'out/course.json'), 'utf8')) as [
    { readonly mse: number; readonly ssim: number },
  ];
  const { mse, ssim } = REFERENCE['cdae']!['0.5']![1]!;
  assert.ok(first.mse <= 1.05 * mse, `MSE ${first.mse}, the reference has ${mse}`);
  assert.ok(first.ssim >= ssim - 0.01, `SSIM ${first.ssim}, the reference has ${ssim}`);
});
