// The models against PyTorch itself: a model file loads into the same layers there and denoises alike, and from there both train
// alike, step by step.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { drawDigits } from '../../../stages/lib/data/digits/draw.ts';
import type { Architecture } from '../../../stages/lib/model/architecture.ts';
import { writeModel } from '../../../stages/lib/model/model-file.ts';
import { allOf } from '../../../stages/lib/model/model.ts';
import { addNoise } from '../../../stages/lib/data/noise.ts';
import { writeNpy } from '../../../stages/lib/data/npy.ts';
import { useBackend } from '../../../stages/lib/stage/backend.ts';
import { startTrainer } from '../../../stages/lib/training/trainer.ts';
import { venv } from '../python.ts';

const IMAGES = 32;
const STEPS = 8;
const RATE = 0.003;
const folder = mkdtempSync(join(tmpdir(), 'pipe-pytorch-'));
after(() => rmSync(folder, { recursive: true, force: true }));

interface Theirs {
  readonly before: readonly number[];
  readonly losses: readonly number[];
  readonly after: readonly number[];
}

const models: readonly Architecture[] = [
  { model: 'cdae', filters: [8, 12, 16], latentDim: 10 },
  { model: 'unet', filters: [4, 8, 12] },
  { model: 'residual_unet', filters: [4, 8, 12] },
];

for (const architecture of models)
  test(`the ${architecture.model} denoises and trains as in PyTorch`, async () => {
    await useBackend('wasm', 1);
    const { images } = drawDigits(IMAGES, 1, 'train');
    const clean = Float32Array.from(images, (value) => value / 255);
    const noisy = addNoise(clean, 0.5, 42);
    const everything = allOf(clean);
    // A few steps first, so that the running statistics are those of data.
    const first = startTrainer(architecture, 42);
    for (let step = 0; step < 30; step++) await first.step({ noisy, clean }, 0.005);
    const model = await first.snapshot();
    const before = await first.denoise(noisy, everything);
    first.dispose();
    writeModel(join(folder, 'model.safetensors'), model);
    writeNpy(join(folder, 'noisy.npy'), { shape: [IMAGES, 28, 28], values: noisy });
    writeNpy(join(folder, 'clean.npy'), { shape: [IMAGES, 28, 28], values: clean });

    const second = startTrainer(architecture, 42, { from: model });
    const losses: number[] = [];
    for (let step = 0; step < STEPS; step++) losses.push(await second.step({ noisy, clean }, RATE));
    const afterwards = await second.denoise(noisy, everything);
    second.dispose();

    const theirs = python(architecture.model);
    near(before, theirs.before, 1e-5, 'what it denoises');
    for (const [step, loss] of losses.entries())
      assert.ok(
        Math.abs(loss - theirs.losses[step]!) < 1e-4 * loss,
        `step ${step}: ${loss} and ${theirs.losses[step]}`,
      );
    near(afterwards, theirs.after, 5e-3, 'what it denoises after the training');
    const [start = 0] = losses;
    assert.ok((losses.at(-1) ?? Infinity) < start, 'it learns');
  });

function python(kind: string): Theirs {
  const program = join(import.meta.dirname, 'torch_models.py');
  const { status, stdout, stderr } = spawnSync(
    join(venv('torch', ['torch', 'numpy', 'safetensors']), 'python'),
    [program, kind, String(STEPS), String(RATE)],
    { cwd: folder, encoding: 'utf8', maxBuffer: 64e6 },
  );
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout) as Theirs;
}

function near(actual: Float32Array, expected: readonly number[], most: number, what: string): void {
  assert.equal(actual.length, expected.length);
  const worst = actual.reduce((largest, value, at) => Math.max(largest, Math.abs(value - expected[at]!)), 0);
  assert.ok(worst < most, `${what} differs by ${worst}`);
}
