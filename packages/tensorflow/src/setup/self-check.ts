// A matrix product and the gradients of all layers on a backend, compared with plain JavaScript: `node self-check.ts tfjs-node`.
import * as tf from '@tensorflow/tfjs-core';
import { useBackend } from '../backend.ts';
import { BackendError } from '../backend-error.ts';
import { assertGradients } from '../gradient-check.ts';

try {
  await check(process.argv[2] ?? 'tfjs-node');
} catch (error) {
  if (!(error instanceof BackendError)) throw error;
  process.stderr.write(`error: ${error.message}\n`);
  process.exitCode = 1;
}

async function check(name: string): Promise<void> {
  await useBackend('cpu');
  const { registered, device } = await useBackend(name);
  const [value] = tf.tidy(() => tf.matMul(tf.tensor2d([[1, 2]]), tf.tensor2d([[3], [4]])).dataSync());
  if (value !== 11) throw new BackendError(`${name} computes ${value} where 11 is right`);
  await assertGradients(registered, device);
}
