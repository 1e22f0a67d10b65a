// The stages' command lines, from outside.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { choice, readFlags, required } from '../../../stages/lib/stage/flags.ts';
import { testInWhole } from '../../amount.ts';

const root = dirname(dirname(dirname(import.meta.dirname)));
const stages = readdirSync(join(root, 'stages')).filter((file) => file.endsWith('.ts'));

function run(stage: string, ...args: readonly string[]): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'stages', stage), ...args], {
    encoding: 'utf8',
  });
  return { code: status, out: stdout, err: stderr };
}

for (const [index, stage] of stages.entries())
  (index % 3 === 0 ? test : testInWhole)(`${stage} explains itself`, () => {
    const { code, out } = run(stage, '--help');
    assert.equal(code, 0);
    assert.match(out, new RegExp(`Usage: node stages/${stage.replace('.', '\\.')}`));
  });

test('every mistake is named at once, without a stack trace', () => {
  const { code, err } = run('split.ts', '--n_splits', 'five', '--seed', '1', '--colour', 'red', '--out', 'x');
  assert.equal(code, 1);
  assert.match(err, /unknown flag --colour/);
  assert.match(err, /--n_splits five: must be a whole number/);
  assert.match(err, /--labels is missing/);
  assert.doesNotMatch(err, /\.ts:\d+/);
});

test('numbers are those that are written, to the last digit and all of them', (t) => {
  const before = process.argv;
  t.after(() => (process.argv = before));
  const read = (one: string, seed: string, ...all: readonly string[]) => {
    process.argv = ['node', 'stage.ts', '--one', one, '--seed', seed, '--level', '1.0', '--all', ...all];
    const flags = {
      one: required('number', ''),
      seed: required('integer', ''),
      level: required('spelled', ''),
      all: required('integers', ''),
    };
    return readFlags('stage', '', flags);
  };
  assert.deepEqual(read('1e-3', '-9007199254740991', '3', '4'), {
    one: 0.001,
    seed: -9_007_199_254_740_991,
    level: { text: '1.0', value: 1 },
    all: [3, 4],
  });
  assert.throws(() => read('', '1', '3'), /--one : must be a number/);
  assert.throws(() => read('1', '9007199254740993', '3'), /--seed 9007199254740993: must be a whole number/);
  assert.throws(() => read('1', '1'), /--all : must be whole numbers/);
  assert.throws(() => read('1', '1', '3', 'x', '4'), /--all 3 x 4: must be whole numbers/);
});

test('a choice that there is not is answered by all that there are', (t) => {
  const before = process.argv;
  t.after(() => (process.argv = before));
  process.argv = ['node', 'stage.ts', '--rule', 'lower'];
  const flags = { rule: choice(['lowest', 'smallest'], '') };
  assert.throws(() => readFlags('stage', '', flags), /--rule lower: must be one of lowest, smallest/);
});

test('a missing input is named', () => {
  const args = ['--labels', '/nowhere/labels', '--n_splits', '5', '--seed', '1', '--out', 'x'];
  assert.deepEqual(run('split.ts', ...args), {
    code: 1,
    out: '',
    err: 'error: no such file: /nowhere/labels\n',
  });
});

const train = (backend: string, filters: readonly string[], path = '/nowhere/images'): readonly string[] => [
  ...['images', 'noisy', 'splits', 'out', 'timings'].flatMap((name) => [`--${name}`, path]),
  ...[
    'fold',
    'noise_seed',
    'seed',
    'latent_dim',
    'batch_size',
    'epochs',
    'early_stopping_patience',
    'threads',
  ].flatMap((name) => [`--${name}`, '1']),
  '--noise_level',
  '0.5',
  '--learning_rate_schedule',
  'constant',
  '--loss',
  'mse',
  '--train_on',
  'all',
  '--learning_rate',
  '0.001',
  '--model',
  'cdae',
  '--backend',
  backend,
  '--filters',
  ...filters,
];

test('a backend is named, never guessed', () => {
  const { code, err } = run('train.ts', ...train('auto', ['1', '2', '3']));
  assert.equal(code, 1);
  assert.match(
    err,
    /--backend: a backend is part of what a result depends on, so it is named; choose one of tfjs-node-gpu, webgpu, tfjs-node, wasm, cpu/,
  );
});

test('the environment must not contradict the parameter, and threads are not promised in vain', () => {
  const args = [join(root, 'stages/train.ts'), ...train('wasm', ['1', '2', '3'])];
  const env = { ...process.env, TFJS_BACKEND: 'cpu' };
  const { stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', env });
  assert.match(stderr, /^error: TFJS_BACKEND=cpu contradicts --backend wasm/);
  args[args.lastIndexOf('--threads') + 1] = '2';
  assert.match(
    spawnSync(process.execPath, args, { encoding: 'utf8' }).stderr,
    /^error: --threads 2: the wasm backend/,
  );
});

test('a flag may take several values', () => {
  assert.match(run('train.ts', ...train('wasm', ['1', '2'])).err, /--filters 1 2: must be three numbers/);
  assert.match(run('train.ts', ...train('wasm', ['1', '2', '3'])).err, /no such file: \/nowhere/);
});

test('a folder in place of a file is an error of the user', () => {
  const { code, err } = run('train.ts', ...train('wasm', ['1', '2', '3'], root));
  assert.deepEqual({ code, err }, { code: 1, err: 'error: a folder is given where a file is read\n' });
});
