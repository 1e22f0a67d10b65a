// The check of a backend's gradients: passes those that compute rightly, refuses one with a damaged operation and says where.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import { BackendError } from '../src/backend-error.ts';
import { useBackend } from '../src/backend.ts';
import { assertGradients, assertNear } from '../src/gradient-check.ts';

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

test('a gradient may differ by a thousandth of its largest value, and has to be a number', () => {
  const check = (...found: readonly number[]): void =>
    assertNear(
      'some',
      'Some GPU',
      new Map([['layer', Float32Array.of(0, -4)]]),
      new Map([['layer', Float32Array.from(found)]]),
    );
  check(0.003, -4.003);
  const refused = (message: RegExp, ...found: readonly number[]): void =>
    assert.throws(
      () => check(...found),
      (error) => error instanceof BackendError && message.test(error.message),
    );
  refused(/that of the layer is off by 0\.25 %/, 0.01, -4);
  refused(/is off by 0\.50 %/, 0, -4.02);
  refused(/is not a number/, NaN, -4);
});

test('a backend that runs one thread refuses more, and none takes less', async () => {
  for (const [name, threads, message] of [
    ['wasm', 2, 'threads 2: the wasm backend runs one thread in Node.js; use 1'],
    ['webgpu', 2, 'threads 2: the webgpu backend runs one thread in Node.js; use 1'],
    ['cpu', 4, 'threads 4: the cpu backend runs one thread in Node.js; use 1'],
    ['tfjs-node', 0, 'threads 0: must be at least 1'],
    ['wasm', 1.5, 'threads 1.5: must be at least 1'],
  ] as const)
    await assert.rejects(useBackend(name, { threads }), {
      name: 'BackendError',
      argument: 'threads',
      message,
    });
});
