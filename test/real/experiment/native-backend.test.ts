// TensorFlow's own libraries as a backend, installed by the project's own setup: values, gradients and the course of a training are
// those of plain JavaScript, two trainings give the same bits, and nothing leaks.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { blocks, parameters, type Architecture } from '../../../stages/lib/model/architecture.ts';
import { startValues } from '../../../stages/lib/model/parameters.ts';
import { forwardTraining } from '../../../stages/lib/model/forward.ts';
import type { Statistics } from '../../../stages/lib/model/loaded-model.ts';
import { denoise } from '../../../stages/lib/model/model.ts';
import { random } from '../../../stages/lib/data/random.ts';
import { useBackend } from '../../../stages/lib/stage/backend.ts';
import { startTrainer } from '../../../stages/lib/training/trainer.ts';

const cdae: Architecture = { model: 'cdae', filters: [4, 6, 8], latentDim: 5 };
const unet: Architecture = { model: 'unet', filters: [2, 3, 4] };
const IMAGES = 6;
const noisy = uniform(IMAGES * 784, 'noisy');
const clean = uniform(IMAGES * 784, 'clean');

const repository = dirname(dirname(dirname(import.meta.dirname)));

function setUp(): string {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(repository, 'packages/tensorflow/src/setup/main.ts')],
    { encoding: 'utf8' },
  );
  assert.equal(status, 0, stdout + stderr);
  return stdout;
}

before(async () => {
  setUp();
  for (const backend of ['cpu', 'tfjs-node']) await useBackend(backend, 1);
});

function uniform(count: number, purpose: string): Float32Array {
  const source = random(5, purpose);
  return Float32Array.from({ length: count }, () => source.uniform());
}

/** Largest difference, relative to the largest expected value. */
function difference(actual: Float32Array, expected: Float32Array): number {
  const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-30);
  return actual.reduce((most, value, at) => Math.max(most, Math.abs(value - expected[at]!)), 0) / scale;
}

async function onBoth<T>(compute: () => T | Promise<T>): Promise<{ expected: T; actual: T }> {
  await tf.setBackend('cpu');
  const expected = await compute();
  await tf.setBackend('tensorflow');
  return { expected, actual: await compute() };
}

test('TensorFlow prints nothing while it loads, unless TF_CPP_MIN_LOG_LEVEL asks for it', () => {
  const check = join(repository, 'packages/tensorflow/src/setup/self-check.ts');
  const { TF_CPP_MIN_LOG_LEVEL: _, ...env } = process.env;
  const run = (level: Record<string, string>): string => {
    const options = { encoding: 'utf8', env: { ...env, ...level } } as const;
    const { status, stderr } = spawnSync(process.execPath, [check, 'tfjs-node'], options);
    assert.equal(status, 0, stderr);
    return stderr;
  };
  assert.equal(run({}), '');
  assert.match(run({ TF_CPP_MIN_LOG_LEVEL: '0' }), /oneDNN custom operations are on/);
});

test('a second setup finds that there is nothing to do', () => {
  assert.match(setUp(), /tfjs-node is set up already; nothing was done/);
});

for (const architecture of [cdae, unet])
  test(`every gradient of the ${architecture.model} is that of the plain JavaScript backend`, async () => {
    const shapes = parameters(architecture);
    const { expected, actual } = await onBoth(() => {
      const weights = shapes.map((shape) => tf.tensor(startValues(shape, 42), [...shape.shape]));
      const running: Statistics = new Map(
        blocks(architecture).map(({ name, cout }) => [
          name,
          { mean: tf.zeros([cout]), variance: tf.ones([cout]) },
        ]),
      );
      const loss = (...current: tf.Tensor[]): tf.Scalar => {
        const named = new Map(shapes.map(({ name }, at) => [name, current[at]!]));
        const x = tf.tensor4d(noisy, [IMAGES, 28, 28, 1]);
        const { output } = forwardTraining(architecture, named, running, x);
        return tf.mean(tf.square(tf.sub(output, tf.tensor4d(clean, [IMAGES, 28, 28, 1]))));
      };
      return tf
        .grads(loss as (...tensors: tf.Tensor[]) => tf.Tensor)(weights)
        .map((gradient) => gradient.dataSync().slice() as Float32Array);
    });
    for (const [at, { name }] of shapes.entries()) {
      const worst = difference(actual[at]!, expected[at]!);
      assert.ok(worst < 1e-4, `${name}: ${worst}`);
    }
  });

interface Course {
  readonly losses: readonly number[];
  readonly running: readonly Float32Array[];
  readonly weights: readonly Float32Array[];
  readonly denoised: Float32Array;
  readonly leaked: number;
}

async function train(architecture: Architecture, steps: number): Promise<Course> {
  const before = tf.memory().numTensors;
  const trainer = startTrainer(architecture, 42);
  const half = (IMAGES / 2) * 784;
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    const from = (step % 2) * half;
    const batch = { noisy: noisy.subarray(from, from + half), clean: clean.subarray(from, from + half) };
    losses.push(await trainer.step(batch, 0.01));
  }
  const model = await trainer.snapshot();
  const denoised = await trainer.denoise(noisy, [5, 0]);
  trainer.dispose();
  assert.deepEqual(await denoise(model, noisy, [5, 0]), denoised, 'the copy is the model');
  const running = [...model.running.values()].flatMap(({ mean, variance }) => [mean, variance]);
  const leaked = tf.memory().numTensors - before;
  return { losses, running, weights: [...model.weights.values()], denoised, leaked };
}

for (const architecture of [cdae, unet])
  test(`a training of the ${architecture.model} takes the same course and leaks nothing`, async () => {
    const { expected, actual } = await onBoth(() => train(architecture, 10));
    assert.ok(expected.losses.at(-1)! < 0.97 * expected.losses[0]!, 'it learns');
    for (const [step, loss] of expected.losses.entries())
      assert.ok(
        Math.abs(actual.losses[step]! - loss) < 2e-4 * loss,
        `step ${step}: ${actual.losses[step]} and ${loss}`,
      );
    for (const [at, values] of expected.running.entries())
      assert.ok(difference(actual.running[at]!, values) < 1e-2, `running statistics ${at}`);
    assert.ok(difference(actual.denoised, expected.denoised) < 2e-3);
    assert.deepEqual([expected.leaked, actual.leaked], [0, 0]);
  });

test('a training gives the same bits again', async () => {
  await tf.setBackend('tensorflow');
  assert.deepEqual((await train(cdae, 5)).weights, (await train(cdae, 5)).weights);
});
