// What a caller learns where a part of a backend is missing: what, and how to get it.
import assert from 'node:assert/strict';
import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { askForBackend, makeBackendFolder } from './backend-folder.ts';

const folder = makeBackendFolder();
after(() => rmSync(folder, { recursive: true }));

test('kernels run as long as they belong to the sources beside them', () => {
  const assembly = join(folder, 'packages/tensorflow/src/wasm/assembly');
  const cure = '  compile them: npm run build\n';
  assert.match(askForBackend(folder, 'wasm'), /^TensorFlow\.js \d+\.\d+\.\d+, SIMD\n$/);

  appendFileSync(join(assembly, 'adam.ts'), '// changed\n');
  assert.equal(
    askForBackend(folder, 'wasm'),
    `BackendError: the kernels of the wasm backend were changed after they were compiled\n${cure}`,
  );
  writeFileSync(join(assembly, 'kernels.wasm'), 'no module');
  assert.equal(
    askForBackend(folder, 'wasm'),
    `BackendError: the compiled kernels of the wasm backend are damaged\n${cure}`,
  );
  rmSync(join(assembly, 'kernels.wasm'));
  assert.equal(
    askForBackend(folder, 'wasm'),
    `BackendError: the kernels of the wasm backend are not compiled\n${cure}`,
  );
});

test('the packages of WebGPU are optional', () => {
  assert.equal(
    askForBackend(folder, 'webgpu'),
    'BackendError: the webgpu backend is not installed\n  install it: npm run setup:gpu\n',
  );
});

test('a wrong argument is named', () => {
  assert.match(
    askForBackend(folder, 'fpga'),
    /^BackendError: backend fpga: unknown; choose one of tfjs-node-gpu, /,
  );
});
