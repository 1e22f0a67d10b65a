// The experiment's own command, on the tiny experiment.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { FULL, readParameters, valueAt } from '../../stages/cli/parameters.ts';
import { trainingLabels } from '../../stages/cli/training-labels.ts';
import { splitsCsv, stratifiedFolds } from '../../stages/lib/data/cv-splits.ts';
import { isWhole, testInWhole } from '../amount.ts';
import { makeTinyExperiment, resetTinyExperiment, runCommand } from '../tiny-experiment.ts';

const root = makeTinyExperiment();
beforeEach(() => resetTinyExperiment(root));
after(() => rmSync(root, { recursive: true, force: true }));

/** Its runs know no GPU and no installed backend but what `env` gives them. */
const run = (args: readonly string[], env?: NodeJS.ProcessEnv): ReturnType<typeof runCommand> =>
  runCommand(root, args, env);

const quickstart = ['--params', 'Data/autoencoder/params/quickstart_params.yaml'];

testInWhole(
  'denoise runs the pipeline, says where the report is, and a server that is down costs one line',
  () => {
    const first = run(['denoise', ...quickstart]);
    assert.equal(first.status, 0, first.output);
    const report = join(root, 'Data/quickstart/report/report.html');
    assert.ok(first.output.includes(`The report: ${report}`), first.output);
    assert.ok(existsSync(report));
    assert.match(first.output, /^backend wasm /m);
    assert.match(first.output, /^tracking: .*pending.*npx denoising-autoencoder track/m);
    assert.ok(existsSync(join(root, 'cache/quickstart.lock')), 'a lock file of its own');
    assert.equal(existsSync(join(root, 'pipeline.lock')), false);

    assert.match(run(['denoise', ...quickstart]).output, /up to date/);
    assert.equal(run(['denoise', ...quickstart, '--', '--dry']).status, 0);
    assert.equal(run(['denoise', '--params', 'missing.yaml']).status, 1);
    assert.equal(run(['denoise', '--parms', 'x']).status, 2);

    const info = run(['info']);
    assert.equal(info.status, 0, info.output);
    assert.match(
      info.output,
      /^Results \(.*quickstart_params\.yaml\)\n {2}4 of 4 trainings done\n {2}σ 0\.5: MSE 0\./m,
    );
  },
);

test('a backend that is named is a parameter of the run; one that cannot be had is an error', () => {
  const dry = (args: readonly string[], env = {}): string =>
    run(['denoise', ...args, '--', '--dry', '-v'], env).output;
  assert.match(dry(['--backend', 'cpu']), /^backend cpu 4\.\d+\.\d+ on the CPU$/m);
  const inherited = dry([], { TFJS_BACKEND: 'cpu' });
  assert.match(inherited, /^backend cpu /m);
  assert.match(inherited, /^base {2}.* · backend cpu · /m, 'base is printed as it will be used');
  const { status, output } = run(['denoise', '--backend', 'tfjs-node']);
  assert.equal(status, 1);
  assert.equal(
    output,
    'denoising-autoencoder denoise: the backend tfjs-node cannot be had: not installed: npm run setup:tensorflow\n',
  );
  if (!isWhole) return;
  // The user's own -S is left as it is.
  const own = run(['denoise', '--', '-S', 'base.backend=cpu', 'select']);
  assert.equal(own.status, 0, own.output);
  const metrics = join(root, 'Data/autoencoder/train/noise0.5/2-0.001-0.5/fold_0_training_metrics.json');
  assert.match(readFileSync(metrics, 'utf8'), /"backend": "cpu"/);
});

testInWhole('a GPU is told of by name, with the command that would use it', () => {
  const programs = join(root, 'programs');
  mkdirSync(programs);
  writeFileSync(join(programs, 'nvidia-smi'), '#!/bin/sh\necho NVIDIA H100 PCIe\n', { mode: 0o755 });
  const env = { PATH: `${programs}:${dirname(process.execPath)}:/usr/bin:/bin` };
  const hint =
    'GPU NVIDIA H100 PCIe is not used yet. To use it: npm run setup:gpu (WebGPU), or npm run setup:tensorflow -- --gpu (CUDA)';
  assert.ok(run(['denoise', '--', '--dry'], env).output.includes(`\n${hint}\n`));
  const info = run(['info'], env).output;
  assert.ok(info.includes(hint) && info.includes('GPU: NVIDIA H100 PCIe'), info);
});

test('with --fallback only a backend of the processor that can be loaded is taken', () => {
  const { status, output } = run(['denoise', '--fallback', 'webgpu', '--', '--dry']);
  assert.deepEqual(
    [status, output],
    [1, 'denoising-autoencoder denoise: --fallback webgpu: choose wasm or tfjs-node\n'],
  );
  assert.notEqual(run(['denoise', '--', '--dry', 'nothing']).status, 0, 'what pipe refuses fails here, too');
});

testInWhole("a user's own splits are trained on, however many folds they have", () => {
  // The folds alone, or all trainings on them.
  const target = ['--', isWhole ? 'select' : 'split', '-q'];
  const rows = Array.from({ length: 60 }, (_, index) =>
    [0, 1, 2].filter((fold) => fold !== index % 3).map((fold) => `${index},${fold}`),
  ).flat();
  const own = join(root, 'own.csv');
  writeFileSync(own, ['index,split', ...rows.toReversed()].join('\n'));
  const first = run(['denoise', '--cv-splits', 'own.csv', ...target]);
  assert.equal(first.status, 0, first.output);
  const used = join(root, 'Data/autoencoder/splits/noisy_mnist_cv_splits_noise0.5.csv');
  assert.deepEqual(
    readFileSync(used, 'utf8')
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((row) => row.replace(/,\d+,/, ',')),
    rows,
  );
  const planned = run(['denoise', '--cv-splits', 'own.csv', '--', '--dry']).output;
  if (!isWhole) return assert.match(planned, /train@2-0\.001-0\.5-2/, 'a third fold');
  const folder = join(root, 'Data/autoencoder/train/noise0.5');
  assert.ok(existsSync(join(folder, '2-0.001-0.5/model_fold_2/model.json')), 'a third fold');

  // Another order of the rows is the same folds; other folds are not.
  const ran = (): string => run(['denoise', '--cv-splits', 'own.csv', '--', 'select']).output;
  writeFileSync(own, ['index,split', ...rows].join('\n'));
  const sameFolds = ran();
  assert.match(sameFolds, /^ran +split@0\.5 .*unchanged/m);
  assert.doesNotMatch(sameFolds, /^ran +train/m);
  writeFileSync(own, ['index,split', ...rows.map((row) => row.replace(/^0,1$/, '0,0'))].join('\n'));
  assert.match(ran(), /^ran +train@2-0\.001-0\.5-0 /m);

  // A file where the pipeline writes its own is read all the same.
  const generated = run([
    'generate-cross-validation-splits',
    '--output-dir',
    'Data/autoencoder/splits',
    '--n-splits',
    '4',
    '--noise-level',
    '0.5',
  ]);
  assert.equal(generated.status, 0, generated.output);
  const content = readFileSync(used);
  const again = run(['denoise', '--cv-splits', used, ...target]);
  assert.equal(again.status, 0, again.output);
  assert.deepEqual(readFileSync(used), content);
  assert.ok(existsSync(join(folder, '2-0.001-0.5/model_fold_3')), 'a fourth fold');

  const missing = run(['denoise', '--cv-splits', 'missing.csv', ...target]);
  assert.equal(missing.status, 1);
  assert.match(missing.output, /missing\.csv/);
  assert.doesNotMatch(missing.output, /\n {4}at /);
  assert.match(
    run(['denoise', '--cv-splits', 'Data', ...target]).output,
    /denoise: Data is a folder; --cv-splits takes a CSV file\n$/,
  );
  writeFileSync(own, 'index,split\n0,0\n1,1\n');
  assert.match(
    run(['denoise', '--cv-splits', 'own.csv', '--', 'select']).output,
    /ends with image 1; there are 60/,
  );
});

test('folds are generated under the name that the first version gave them', async () => {
  const generate = (...args: readonly string[]) => run(['generate-cross-validation-splits', ...args]);
  const { status, output } = generate(
    '--output-dir',
    'elsewhere',
    '--n-splits',
    '3',
    '--noise-level',
    '0.30',
  );
  assert.equal(status, 0, output);
  const lines = readFileSync(join(root, 'elsewhere/noisy_mnist_cv_splits_noise0.30.csv'), 'utf8')
    .trimEnd()
    .split('\n');
  assert.equal(lines[0], 'index,label,split');
  assert.equal(lines.length, 1 + 2 * 60);
  // The folds that the pipeline itself would draw.
  const { all } = readParameters(root, FULL);
  const labels = await trainingLabels(root, all);
  const folds = stratifiedFolds(labels, 3, Number(valueAt(all, 'base.seed')));
  assert.deepEqual(lines, splitsCsv(labels, folds, 3).trimEnd().split('\n'));
  assert.equal(generate().status, 1);
  assert.equal(generate('--output-dir', 'elsewhere', '--n-splits', '1').status, 1);
  assert.match(
    generate('--output-dir', 'elsewhere', '--noise-level', 'x').output,
    /--noise-level x: must be a number/,
  );
});

testInWhole('info has something to say before anything has run, and whatever the parameters are', () => {
  const { status, output } = run(['info']);
  assert.equal(status, 0, output);
  for (const part of [
    /^Denoising autoencoder: /m,
    /^ {2}grid {2}latent_dim 2; learning_rate 0\.001, 0\.005; noise_level 0\.5$/m,
    /^ {2}2 configurations × 2 folds = 4 trainings$/m,
    /^ {2}backend wasm .* on the CPU$/m,
    /^ {2}GPU: none found$/m,
    /^ {2}WebGPU: not installed: npm run setup:gpu$/m,
    /train-images-idx3-ubyte: not here yet/,
    /^Results \(.*denoising_params\.yaml\)\n {2}none yet$/m,
  ])
    assert.match(output, part);
  assert.match(run(['info', ...quickstart]).output, /^Parameters \(.*quickstart_params\.yaml\)$/m);
  writeFileSync(join(root, 'Data/autoencoder/params/denoising_params.yaml'), 'grid: {}\n');
  const broken = run(['info']);
  assert.equal(broken.status, 0, broken.output);
  assert.match(broken.output, /error\[/);
});

test('each command tells about itself, with an example', () => {
  for (const name of ['denoise', 'generate-cross-validation-splits', 'info', 'track']) {
    const { status, output } = run([name, '--help']);
    assert.equal(status, 0);
    assert.match(output, new RegExp(`^ *\\$? ?denoising-autoencoder ${name}`, 'm'));
    assert.match(output, /^ {2}\$ denoising-autoencoder /m, name);
  }
  assert.match(run(['help']).output, /generate-cross-validation-splits/);
  assert.equal(run(['nothing']).status, 2);
});

test("a file's grid is the whole grid, its base fills what the grid leaves out, and both are printed", () => {
  writeFileSync(
    join(root, 'own.yaml'),
    'base: {learning_rate: 0.01, latent_dim: 3}\ngrid: {noise_level: [0.4]}\ncv: {n_splits: 2, folds: [0, 1]}\npaths: {root: Data/own}\n',
  );
  const dry = (...words: readonly string[]): string => {
    const { status, output } = run(['denoise', '--params', 'own.yaml', '--', '--dry', '-v', ...words]);
    assert.equal(status, 0, output);
    return output;
  };
  const trained = (output: string): readonly string[] =>
    [...output.matchAll(/\b(train@[\w.-]+)/g)].map(([, name]) => name!);
  const plain = dry();
  assert.match(plain, /^grid {2}noise_level 0\.4$/m);
  assert.match(plain, /^base {2}.*learning_rate 0\.01 .*/m);
  assert.deepEqual([...new Set(trained(plain))].toSorted(), ['train@0.4-0', 'train@0.4-1']);

  const set = dry('-S', 'grid.latent_dim=[2, 4]', '-S', 'base.backend=cpu');
  assert.match(set, /^base {2}.* · backend cpu · /m);
  assert.doesNotMatch(set, /^backend /m, 'none is chosen');
  assert.match(set, /^grid {2}latent_dim 2, 4 · noise_level 0\.4$/m);
  assert.equal(set.match(/^base\.latent_dim 3 is not used: the grid has latent_dim$/gm)?.length, 1);
  assert.equal(new Set(trained(set)).size, 4);
});

testInWhole('a grid over other parameters of the training: models and recipes', () => {
  const dry = (file: string): { status: number | null; output: string } =>
    run(['denoise', '--params', file, '--', '--dry', '-v']);
  const { status, output } = dry('Data/autoencoder/params/models_params.yaml');
  assert.equal(status, 0, output);
  assert.match(
    output,
    /^grid {2}noise_level 0\.3, 0\.5, 0\.8 · model cdae, unet, residual_unet · loss mse, mixed · learning_rate_schedule constant, cosine$/m,
  );
  const trained = new Set([...output.matchAll(/\b(train@[\w.-]+)/g)].map(([, name]) => name!));
  assert.equal(trained.size, 72);
  for (const name of ['train@0.5-cdae-mse-constant-0', 'train@0.8-residual_unet-mixed-cosine-1'])
    assert.ok(trained.has(name), [...trained].join(' '));

  const info = run(['info', '--params', 'Data/autoencoder/params/models_params.yaml']).output;
  assert.match(
    info,
    /^ {2}grid {2}noise_level 0\.3, 0\.5, 0\.8; model cdae, unet, residual_unet; loss mse, mixed; learning_rate_schedule constant, cosine$/m,
  );
  assert.match(info, /^ {2}36 configurations × 2 folds = 72 trainings$/m);

  writeFileSync(
    join(root, 'wrong.yaml'),
    'grid: {modell: [cdae], noise_level: [0.5]}\npaths: {root: Data/wrong}\n',
  );
  const wrong = dry('wrong.yaml');
  assert.equal(wrong.status, 1);
  assert.match(wrong.output, /error\[unknown-parameter\][^]*grid\.modell/);
});

testInWhole(
  'the grids of learning curves and of models on the data of the slice are planned as they are',
  () => {
    for (const [name, trainings, one] of [
      ['learning', 4 * 3 * 2, 'train@0.5-1200-1'],
      ['models_slice', 2 * 3 * 2, 'train@0.8-residual_unet-1'],
    ] as const) {
      const { status, output } = run([
        'denoise',
        '--params',
        `Data/autoencoder/params/${name}_params.yaml`,
        '--',
        '--dry',
        '-v',
        '-S',
        'cv.n_splits=5',
      ]);
      assert.equal(status, 0, output);
      const trained = new Set([...output.matchAll(/\b(train@[\w.-]+)/g)].map(([, stage]) => stage!));
      assert.equal(trained.size, trainings, output);
      assert.ok(trained.has(one), [...trained].join(' '));
    }
  },
);

test('more training images than a fold has are refused before anything runs, with their place', () => {
  writeFileSync(
    join(root, 'own.yaml'),
    'grid:\n  train_on: [10, 31]\n  noise_level: [0.5]\npaths: {root: Data/own}\n',
  );
  const { status, output } = run(['denoise', '--params', 'own.yaml']);
  assert.equal(status, 1);
  assert.match(
    output,
    /denoise: own\.yaml:2:18: train_on 31: a fold has 30 training images\nChoose at most 30, or all/,
  );
  assert.equal(existsSync(join(root, 'Data/own')), false, 'nothing ran');
});

testInWhole('a splits file is checked against the data before anything runs', () => {
  const generated = run(['generate-cross-validation-splits', '--output-dir', 'own', '--n-splits', '3']);
  assert.equal(generated.status, 0, generated.output);
  // Labels only; no run, no lock file.
  assert.equal(existsSync(join(root, 'pipeline.lock')), false);
  assert.equal(existsSync(join(root, 'Data/autoencoder/dataset')), false);
  const file = 'own/noisy_mnist_cv_splits_noise0.5.csv';
  const rows = readFileSync(join(root, file), 'utf8').trim().split('\n');
  assert.equal(rows.length, 1 + 60 * 2);
  const [, first, second] = rows;
  const [index, label, split] = first!.split(',') as [string, string, string];
  const other = ['0', '1', '2'].find((fold) => ![split, second!.split(',')[2]].includes(fold))!;
  const changed: readonly (readonly [rows: readonly string[], message: RegExp])[] = [
    [
      rows.toSpliced(1, 1),
      /image 0 is a training image of \d only; of 3 folds it must be one in all but one/,
    ],
    [[...rows, `${index},${label},${other}`], /image 0 is a training image of every fold/],
    [rows.with(1, `${index},${(Number(label) + 1) % 10},${split}`), /label \d, but image 0 is a \d/],
    [
      rows.slice(0, 1),
      /noise0\.5\.csv has no rows; a row is an image and a fold in which it is a training image/,
    ],
    [
      rows.filter((row) => Number(row.split(',')[0]) < 50 || row === rows[0]),
      /ends with image 49; there are 60/,
    ],
  ];
  for (const [content, message] of changed) {
    writeFileSync(join(root, file), `${content.join('\n')}\n`);
    const { status, output } = run(['denoise', '--cv-splits', file]);
    assert.equal(status, 1);
    assert.match(output, message);
    assert.equal(existsSync(join(root, 'Data/autoencoder/dataset')), false, 'nothing ran');
  }
});

testInWhole(
  'a folder of outputs that git does not ignore gets a .gitignore; a run of a part names no report',
  () => {
    for (const args of [
      ['init', '-q'],
      ['config', 'user.email', 'a@b'],
      ['config', 'user.name', 'a'],
    ])
      assert.equal(spawnSync('git', args, { cwd: root }).status, 0);
    writeFileSync(join(root, 'own.yaml'), 'paths: {root: results/own}\n');
    const { status, output } = run(['denoise', '--params', 'own.yaml', '--', 'split']);
    assert.equal(status, 0, output);
    assert.doesNotMatch(output, /The report/);
    const seen = spawnSync('git', ['status', '--porcelain', '-uall', 'results'], {
      cwd: root,
      encoding: 'utf8',
    });
    assert.equal(seen.stdout, '');
    assert.ok(existsSync(join(root, 'results/own/splits')));
  },
);
