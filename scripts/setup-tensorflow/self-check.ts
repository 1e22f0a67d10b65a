// A product of matrices and two steps of a small training on a backend, against plain JavaScript: `node self-check.ts tfjs-node`.
import * as tf from '@tensorflow/tfjs-core';
import { runStage, StageError } from '../../stages/lib/fail.ts';
import { random } from '../../stages/lib/random.ts';
import { useBackend } from '../../stages/lib/tensorflow/backend.ts';
import { startTrainer } from '../../stages/lib/training/trainer.ts';

await runStage(async () => {
  const backend = process.argv[2] ?? 'tfjs-node';
  await useBackend('cpu', 1);
  const expected = await results();
  await useBackend(backend, 1);
  for (const [at, value] of (await results()).entries())
    if (!(Math.abs(value - expected[at]!) < 1e-4 * Math.abs(expected[at]!)))
      throw new StageError(`${backend} computes ${value} where ${expected[at]} is right`);
});

async function results(): Promise<readonly number[]> {
  const product = tf.tidy(() => tf.matMul(tf.tensor2d([[1, 2]]), tf.tensor2d([[3], [4]])).dataSync()[0]!);
  const source = random(1, 'self-check');
  const [noisy, clean] = [0, 1].map(() => Float32Array.from({ length: 4 * 784 }, () => source.uniform()));
  const trainer = startTrainer({ model: 'cdae', filters: [4, 4, 4], latentDim: 4 }, 1);
  // The loss after a step depends on all gradients of it.
  const losses: number[] = [];
  for (let step = 0; step < 3; step++)
    losses.push(await trainer.step({ noisy: noisy!, clean: clean! }, 0.01));
  trainer.dispose();
  return [product, ...losses];
}
