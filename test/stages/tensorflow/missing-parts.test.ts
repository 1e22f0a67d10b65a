// What a stage says where a part of the backend that it asks for is missing: what, and how to get it.
import assert from 'node:assert/strict';
import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { askForBackend, makeBackendFolder } from './backend-folder.ts';

const folder = makeBackendFolder();
after(() => rmSync(folder, { recursive: true }));

test('kernels are used as they were compiled from the sources that are there', () => {
  const assembly = join(folder, 'stages/lib/tensorflow/wasm/assembly');
  const { code, output } = askForBackend(folder, 'wasm');
  assert.equal(code, 0, output);
  assert.match(output, /^backend wasm · TensorFlow\.js \d+\.\d+\.\d+, SIMD · device CPU · 1 thread$/m);

  appendFileSync(join(assembly, 'adam.ts'), '// changed\n');
  assert.deepEqual(askForBackend(folder, 'wasm'), {
    code: 1,
    output:
      'error: the kernels of the wasm backend were changed after they were compiled\n  compile them: npm run build\n',
  });
  writeFileSync(join(assembly, 'kernels.wasm'), 'no module');
  const damaged =
    'error: the compiled kernels of the wasm backend are damaged\n  compile them: npm run build\n';
  assert.deepEqual(askForBackend(folder, 'wasm'), { code: 1, output: damaged });
  rmSync(join(assembly, 'kernels.wasm'));
  assert.deepEqual(askForBackend(folder, 'wasm'), {
    code: 1,
    output: 'error: the kernels of the wasm backend are not compiled\n  compile them: npm run build\n',
  });
});

test('WebGPU is packages that nobody gets who does not ask for them', () => {
  assert.deepEqual(askForBackend(folder, 'webgpu'), {
    code: 1,
    output:
      'error: the webgpu backend is not installed\n' +
      '  install it: npm install --no-save @tensorflow/tfjs-backend-webgpu webgpu\n',
  });
});
