// The check of a backend's gradients: passes those that compute rightly, refuses one with a damaged operation and says where.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import { BackendError } from '../src/backend-error.ts';
import { useBackend } from '../src/backend.ts';
import { assertGradients } from '../src/gradient-check.ts';

before(async () => {
  for (const backend of ['cpu', 'wasm']) await useBackend(backend);
});

/** Plain JavaScript, but for one kernel. */
function damaged(name: string, kernel: string, damage: (values: Float32Array) => void): void {
  tf.registerBackend(name, () => new MathBackendCPU());
  tf.copyRegisteredKernels('cpu', name);
  const { kernelFunc } = tf.getKernel(kernel, name);
  tf.unregisterKernel(kernel, name);
  tf.registerKernel({
    kernelName: kernel,
    backendName: name,
    kernelFunc: (params) => {
      const result = kernelFunc(params) as tf.TensorInfo;
      damage((params.backend as MathBackendCPU).readSync(result.dataId) as Float32Array);
      return result;
    },
  });
}

test('a backend that computes rightly passes, and stays the active one', async () => {
  const before = tf.memory().numTensors;
  await assertGradients('wasm', 'CPU');
  assert.equal(tf.getBackend(), 'wasm');
  assert.equal(tf.memory().numTensors, before, 'leaks tensors');
});

for (const [kernel, damage, message] of [
  [
    'Conv2DBackpropFilter',
    (values: Float32Array) => (values[0] = values[0]! * 1.5 + 0.1),
    /^the damaged-Conv2DBackpropFilter backend computes wrong gradients on Some GPU: that of the first convolution is off by /,
  ],
  ['BatchMatMul', (values: Float32Array) => (values[0] = values[0]! + 1), /computes wrong gradients/],
  [
    'Transpose',
    (values: Float32Array) => (values[0] = NaN),
    /is not a number\n {2}a newer driver may help; /,
  ],
] as const)
  test(`a backend with a damaged ${kernel} is refused`, async () => {
    const name = `damaged-${kernel}`;
    damaged(name, kernel, damage);
    await assert.rejects(
      () => assertGradients(name, 'Some GPU'),
      (error) => error instanceof BackendError && message.test(error.message),
    );
  });
