// The packages in their published form: publint and attw find nothing wrong with them, and another project can use the backends.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';

const repository = resolve(import.meta.dirname, '../../..');
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'pipe-publish-')));
after(() => rmSync(folder, { recursive: true }));
const built = (name: string): string => join(repository, 'packages', name, 'dist');

before(() => {
  for (const name of ['mlflow', 'tensorflow'])
    run(process.execPath, [join(repository, 'packages', name, 'build.ts')]);
});

function run(program: string, args: readonly string[], cwd = folder): string {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, encoding: 'utf8' });
  assert.equal(status, 0, `${program} ${args.join(' ')}\n${stdout}${stderr}`);
  return stdout;
}

for (const [name, path] of [
  ['pipe', repository],
  ['mlflow', built('mlflow')],
  ['tensorflow', built('tensorflow')],
] as const) {
  test(`publint finds nothing in ${name}`, () => {
    assert.match(run('npx', ['--yes', 'publint@0.3.25', '--strict', path]), /All good!/);
  });

  test(`attw finds nothing in ${name}`, () => {
    run('npx', ['--yes', '@arethetypeswrong/cli@0.18.5', '--profile', 'esm-only', '--pack', path]);
  });
}

const PROGRAM = `
import * as tf from '@tensorflow/tfjs-core';
import { BackendError, useBackend, type ActiveBackend } from '@pipe-engine/tensorflow';
import { activeLayers, scoped, squaredError } from '@pipe-engine/tensorflow/layers';

const backend: ActiveBackend = await useBackend('wasm');
const optimiser = scoped(() => activeLayers().optimiser([tf.fill([3, 3, 1, 4], 0.1), tf.fill([3, 3, 4, 1], 0.1)]));
const numbers = { beta1: 0.9, beta2: 0.999, rate: 0.01, correction: 1, epsilon: 1e-8 };
const losses: number[] = [];
for (let step = 0; step < 5; step++)
  losses.push(
    scoped(() => {
      const x = tf.ones([2, 8, 8, 1]) as tf.Tensor4D;
      const { conv3x3 } = activeLayers();
      const loss = (a: tf.Tensor, b: tf.Tensor) =>
        squaredError(conv3x3(conv3x3(x, a as tf.Tensor4D), b as tf.Tensor4D), x);
      const { value, grads } = tf.valueAndGrads(loss as never)([...optimiser.parameters()]);
      optimiser.update(grads, numbers);
      return value.dataSync()[0]!;
    }),
  );
const refused = await useBackend('tfjs-node').catch((error: unknown) => error);
console.log(JSON.stringify([backend.name, losses.at(-1)! < losses[0]!, refused instanceof BackendError && refused.message]));
`;

test('a project with TypeScript trains with the installed package', () => {
  const [tarball] = (
    JSON.parse(run('npm', ['pack', '--json', built('tensorflow')])) as { filename: string }[]
  ).map(({ filename }) => filename);
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  run('npm', ['install', '--no-audit', '--no-fund', `./${tarball}`]);
  writeFileSync(join(folder, 'train.ts'), PROGRAM);
  const strict = ['--strict', '--noEmit', '--skipLibCheck', '--module', 'nodenext', '--target', 'es2024'];
  run(join(repository, 'node_modules/.bin/tsc'), [...strict, 'train.ts']);
  assert.deepEqual(JSON.parse(run(process.execPath, ['train.ts'])), [
    'wasm',
    true,
    'the tfjs-node backend is not installed\n  install it: npx setup-tensorflow',
  ]);
  assert.match(run('npx', ['setup-tensorflow', '--help']), /^Usage: npx setup-tensorflow \[options\]$/m);
});
