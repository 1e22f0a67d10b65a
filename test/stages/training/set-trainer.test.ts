// What a GPU is asked for in a training, and what is made of its answers, which come late: one that computes nothing. What GPUs compute of
// it is in test/real/experiment.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { activeGpu, useGpu, type Gpu } from '../../../packages/tensorflow/src/webgpu/gpu.ts';
import { gradientsOf } from '../../../packages/tensorflow/src/webgpu/reference.ts';
import { random } from '../../../stages/lib/data/random.ts';
import { blocks, parameters, type Architecture } from '../../../stages/lib/model/architecture.ts';
import { forwardTraining } from '../../../stages/lib/model/forward.ts';
import { denoise } from '../../../stages/lib/model/model.ts';
import { networkOf } from '../../../stages/lib/model/network.ts';
import { startValues } from '../../../stages/lib/model/parameters.ts';
import { useBackend } from '../../../stages/lib/stage/backend.ts';
import { fitAll, fitValidated } from '../../../stages/lib/training/fit.ts';
import { lossOf, lossShares } from '../../../stages/lib/training/loss.ts';
import { LOSSES } from '../../../stages/lib/measure/training-metrics.ts';
import { scheduleOf } from '../../../stages/lib/training/learning-rate.ts';
import { startSetTrainer } from '../../../stages/lib/training/set-trainer.ts';
import { anyModel } from '../any-model.ts';
import { models, noisy, pairs, sides } from './tiny-courses.ts';

before(() => useBackend('wasm', 1));
after(() => useGpu(undefined));

type Start = Parameters<Gpu['train']>;

/** Of each training what it was started with, and of each step its images and its numbers. */
interface Asked {
  readonly trainings: Start[];
  readonly steps: (readonly [indices: ArrayLike<number>, rate: number, correction: number])[];
  readonly measured: ArrayLike<number>[];
  readonly denoised: Parameters<Gpu['denoise']>[];
}

/** Its losses are 1, 2, 3, … in each epoch, all of them late; its measures grow worse after the second epoch. */
function lateGpu(): Asked {
  const asked: Asked = { trainings: [], steps: [], measured: [], denoised: [] };
  let pending = 0;
  useGpu({
    name: 'none',
    train: (...start) => {
      asked.trainings.push(start);
      return {
        step: (indices, { rate, correction }) => {
          asked.steps.push([indices, rate, correction]);
          pending++;
          return Promise.resolve([]);
        },
        losses: () => {
          const losses = Array.from({ length: pending }, (_, at) => at + 1);
          pending = 0;
          return Promise.resolve(losses);
        },
        measure: (indices) => {
          const epoch = asked.measured.push(indices);
          return Promise.resolve({
            squaredErrors: Float32Array.of(0.25, 0.5 + Math.abs(epoch - 2)),
            similarities: Float32Array.of(0.5, 0.25),
          });
        },
        denoise: () => Promise.resolve(new Float32Array()),
        values: () =>
          Promise.resolve({
            weights: new Map([['steps', Float32Array.of(asked.steps.length)]]),
            running: new Map(),
          }),
        dispose: () => {},
      };
    },
    denoise: (...model) => {
      asked.denoised.push(model);
      return Promise.resolve(new Float32Array());
    },
  });
  return asked;
}

test('a GPU starts from the first values, and gets the numbers of Adam and of the schedule for each step', async () => {
  const { trainings, steps, measured } = lateGpu();
  const given = models.residual_unet;
  const fit = await fitValidated(pairs, sides, { ...given, schedule: scheduleOf('cosine', 5) }, () => {});
  const [[network, start, images, options]] = trainings as [Start];
  assert.deepEqual(network, networkOf(given.architecture));
  assert.equal(network.limited, true);
  assert.equal(images, pairs);
  assert.deepEqual(options, {
    loss: { error: 1, dissimilarity: 0.1 },
    adam: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
    batches: [4, 2],
    measured: 7,
  });
  assert.deepEqual(
    [...start.weights],
    parameters(given.architecture).map((shape) => [shape.name, startValues(shape, given.seed)]),
  );
  assert.deepEqual(
    [...start.running],
    blocks(given.architecture).map(({ name, cout }) => [
      name,
      { mean: new Float32Array(cout), variance: new Float32Array(cout).fill(1) },
    ]),
  );
  // Four batches an epoch, of 14 images, the last of two; the third step is after 8 of 16 … of the first of five epochs.
  assert.deepEqual(
    steps.slice(0, 4).map(([indices]) => indices.length),
    [4, 4, 4, 2],
  );
  const share = (1 + Math.cos(Math.PI * (0.5 / 5))) / 2;
  const [, rate, correction] = steps[2]!;
  assert.ok(Math.abs(rate - (given.learningRate * share) / (1 - 0.9 ** 3)) < 1e-12);
  assert.ok(Math.abs(correction - 1 / (1 - 0.999 ** 3)) < 1e-6);

  // Each loss counts with the images of its batch: (1 + 2 + 3) · 4 + 4 · 2.
  assert.deepEqual(fit.epochs[0], { trainLoss: 32 / 14, valMse: 0.875, valSsim: 0.375 });
  assert.deepEqual(measured[0], sides.validation);
  // The second epoch has the lowest error, and two worse ones after it.
  assert.deepEqual([fit.epochs.length, fit.bestEpoch], [4, 2]);
  assert.deepEqual(fit.model.weights.get('steps'), Float32Array.of(8));
});

test('the final training counts the losses that come last, and a finished model denoises on the GPU', async () => {
  const { denoised } = lateGpu();
  const losses: number[] = [];
  const model = await fitAll(
    pairs,
    { ...models.cdae, schedule: () => 1, epochs: 2 },
    (_, loss) => void losses.push(loss),
  );
  // Of 21 images: five batches of four, one of one.
  assert.deepEqual(losses, [(15 * 4 + 6) / 21, (15 * 4 + 6) / 21]);
  await denoise(model, noisy, [3, 1]);
  assert.deepEqual(denoised, [[networkOf(models.cdae.architecture), model, noisy, [3, 1]]]);
});

test('a training goes on from a model, and another backend than that of the GPU leaves the GPU', async () => {
  lateGpu();
  await useBackend('wasm', 1);
  assert.equal(activeGpu(), undefined);
  const from = anyModel(models.cdae.architecture);
  const trainer = startSetTrainer(models.cdae.architecture, 8, pairs, { from });
  assert.deepEqual(await trainer.snapshot(), from);
  trainer.dispose();
});

const architectures: readonly Architecture[] = [
  { model: 'cdae', filters: [2, 3, 4], latentDim: 5 },
  { model: 'unet', filters: [2, 3, 4] },
  { model: 'residual_unet', filters: [2, 3, 4] },
];

for (const [at, architecture] of architectures.entries())
  test(`the ${architecture.model} as a list of operations has the gradients of the ${architecture.model}`, () => {
    const loss = LOSSES[at]!;
    const source = random(5, 'images');
    const [noisy, clean] = [0, 1].map(() =>
      Float32Array.from({ length: 2 * 784 }, () => source.uniform()),
    ) as [Float32Array, Float32Array];
    const shapes = parameters(architecture);
    const weights = new Map(shapes.map((shape) => [shape.name, startValues(shape, 1)]));
    const found = gradientsOf(
      networkOf(architecture),
      { weights, running: new Map() },
      noisy,
      clean,
      lossShares(loss),
    );
    const expected = tf.tidy(() => {
      const [x, target] = [noisy, clean].map((images) => tf.tensor4d(images, [2, 28, 28, 1])) as [
        tf.Tensor4D,
        tf.Tensor4D,
      ];
      const running = new Map(
        blocks(architecture).map(
          ({ name, cout }) => [name, { mean: tf.zeros([cout]), variance: tf.ones([cout]) }] as const,
        ),
      );
      const minimised = (...trained: tf.Tensor[]): tf.Scalar => {
        const named = new Map(shapes.map(({ name }, index) => [name, trained[index]!]));
        const { output, running: next } = forwardTraining(architecture, named, running as never, x);
        for (const { mean, variance } of next.values()) tf.dispose([mean, variance]);
        return lossOf(loss, output, target).minimised;
      };
      return tf
        .grads(minimised)(shapes.map(({ name, shape }) => tf.tensor(weights.get(name)!, [...shape])))
        .map((gradient) => Float32Array.from(gradient.dataSync()));
    });
    for (const [index, { name }] of shapes.entries()) {
      const largest = expected[index]!.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-9);
      for (const [place, value] of expected[index]!.entries())
        assert.ok(Math.abs(found.get(name)![place]! - value) < 1e-4 * largest, `${name} ${place}`);
    }
  });
