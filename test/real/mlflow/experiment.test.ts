// The experiment itself, reduced, on real MNIST: run by the engine, recorded, sent by the command, read back.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  createReadStream,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { parseRecord, runHash, type TrackingRecord } from '@pipe-engine/mlflow';
import { assertEqualToRecord, current, readBack } from './read-back.ts';
import { startTestServer, type TestServer } from './server.ts';

const repository = resolve(import.meta.dirname, '../../..');
const fixtures = process.env['PIPE_FIXTURES'];
const skip = fixtures === undefined && 'PIPE_FIXTURES is not set: no MNIST';

/** Two configurations of two folds, seconds each. */
const OVERLAY = `base: {batch_size: 16, filters: [4, 8, 8], epochs: 3, early_stopping_patience: 2}
grid: {latent_dim: [8], learning_rate: [0.002, 0.004], noise_level: [0.5]}
cv: {n_splits: 2, folds: [0, 1]}
data: {train_images: 400, test_images: 100}
baseline: {tuning_images: 100}
tracking: {experiment: denoising_cv_reduced, model: denoiser-reduced}
paths: {root: Data/reduced}
`;

let root: string;
let server: TestServer;
let mirror: Server;

before(async () => {
  if (skip) return;
  root = mkdtempSync(join(tmpdir(), 'mlflow-experiment-'));
  for (const path of [
    'bin',
    'dist',
    'package.json',
    'packages',
    'pipeline.yaml',
    'stages',
    'Data/autoencoder/params',
  ])
    cpSync(join(repository, path), join(root, path), { recursive: true });
  symlinkSync(join(repository, 'node_modules'), join(root, 'node_modules'));
  writeFileSync(join(root, 'reduced.yaml'), OVERLAY);
  mirror = createServer((request, response) => {
    const file = join(fixtures!, 'data/mnist', basename(request.url ?? ''));
    if (existsSync(file)) createReadStream(file).pipe(response);
    else response.writeHead(404).end();
  }).listen(0, '127.0.0.1');
  await once(mirror, 'listening');
  server = await startTestServer(root);
});
after(async () => {
  if (skip) return;
  mirror.close();
  await server.stop();
  rmSync(root, { recursive: true });
});

async function command(program: string, ...args: string[]): Promise<{ code: number; output: string }> {
  const { port } = mirror.address() as { port: number };
  const env = {
    ...process.env,
    PATH: `${dirname(process.execPath)}:${process.env['PATH']}`,
    MNIST_MIRROR: `http://127.0.0.1:${port}/`,
    MLFLOW_TRACKING_URI: server.url,
  };
  const child = spawn(process.execPath, [join(root, program), ...args], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number];
  return { code, output };
}

async function run(...set: string[]): Promise<TrackingRecord> {
  const { code, output } = await command(
    'bin/pipe.js',
    'repro',
    'track',
    '--params',
    'reduced.yaml',
    ...set.flatMap((one) => ['-S', one]),
  );
  assert.equal(code, 0, output);
  return parseRecord(readFileSync(join(root, 'Data/reduced/tracking.jsonl'), 'utf8'));
}

async function track(...args: string[]): Promise<string> {
  const { code, output } = await command('stages/bin/denoising-autoencoder.js', 'track', ...args);
  assert.equal(code, 0, output);
  return output;
}

test(
  'the experiment is in MLflow, nested and complete, and a second sending has nothing to do',
  { skip },
  async () => {
    const record = await run();
    assert.deepEqual(
      record.runs.map(({ name }) => name),
      [
        'grid_search_config_1',
        'fold_0',
        'fold_1',
        'grid_search_config_2',
        'fold_0',
        'fold_1',
        'final_noise0.5',
        'baseline_noise0.5',
        'classifier',
        'overall',
      ],
    );
    await track('--register');
    const found = await readBack(server.url, 'denoising_cv_reduced', 'denoiser-reduced-mnist');
    assertEqualToRecord(found, record);
    const fold = found.runs.find(({ name }) => name === 'fold_0')!;
    for (const metric of ['train_loss', 'val_loss', 'val_mse', 'val_ssim'])
      assert.ok(fold.metrics[metric]!.length > 1, metric);
    for (const metric of ['test_mse', 'test_ssim', 'best_val_loss'])
      assert.equal(fold.metrics[metric]!.length, 1, metric);
    for (const tag of ['stage', 'fingerprint', 'backend', 'device']) assert.ok(fold.tags[tag], tag);
    assert.deepEqual(Object.keys(fold.artifacts).sort(), [
      'fold_0_results.png',
      'fold_0_training_metrics.json',
      'model_fold_0.safetensors',
    ]);
    for (const [name, metric] of [
      ['final_noise0.5', 'test_reading_accuracy'],
      ['baseline_noise0.5', 'noisy_test_reading_accuracy'],
      ['baseline_noise0.5', 'clean_test_reading_accuracy'],
      ['classifier', 'train_accuracy'],
    ] as const)
      assert.ok(found.runs.find((run) => run.name === name)!.metrics[metric], `${name}: ${metric}`);
    const parent = found.runs.find(({ name }) => name === 'grid_search_config_1')!;
    for (const metric of ['mean_val_loss', 'std_val_loss', 'mean_test_ssim', 'std_test_ssim'])
      assert.ok(parent.metrics[metric], metric);
    const [version] = found.models;
    const best = found.runs.find(({ name }) => name === 'final_noise0.5')!;
    assert.deepEqual([version!.run, version!.aliases], [best.id, ['best']]);
    for (const file of ['MLmodel', 'model_final.safetensors', 'tfjs/weights.bin'])
      assert.equal(version!.artifacts[file], best.artifacts[`model/${file}`], file);
    const overall = found.runs.find(({ name }) => name === 'overall')!;
    for (const file of [
      'report/report.html',
      'tables/test_results.csv',
      'figures/test_mse.svg',
      'select/selection_overall.json',
    ])
      assert.ok(overall.artifacts[file], file);
    assert.match(parent.tags['mlflow.note.content']!, /\| learning_rate \| 0\.002 \|/);
    for (const metric of ['system/cpu_utilization_percentage', 'system/system_memory_usage_megabytes'])
      assert.equal(fold.metrics[metric]!.length, fold.metrics['val_loss']!.length, metric);
    assert.deepEqual(
      overall.inputs.map(({ name, context, source_type }) => [name, context, source_type]),
      [
        ['mnist_test', 'testing', 'http'],
        ['mnist_train', 'training', 'http'],
      ],
    );
    assert.deepEqual(
      fold.inputs.map(({ name, digest }) => [name, digest]),
      overall.inputs.slice(1).map(({ name, digest }) => [name, digest]),
    );
    assert.match(await track('--register'), /everything is there already/);
  },
);

/** Of the selection as a whole. */
const dependsOnChoice = (key: string): boolean => key.startsWith('retrain/') || key === 'overall';

test('one changed value adds its configuration and its folds alone', { skip }, async () => {
  const before = parseRecord(readFileSync(join(root, 'Data/reduced/tracking.jsonl'), 'utf8'));
  const after = await run('grid.learning_rate=[0.002, 0.006]');
  const known = new Map(before.runs.map((run) => [run.key, runHash(run)]));
  const created = after.runs.filter((run) => known.get(run.key) !== runHash(run));
  const expected = after.runs.filter(({ params }) => params['learning_rate'] === '0.006');
  assert.deepEqual(
    created.map(({ key }) => key).filter((key) => !dependsOnChoice(key)),
    expected.map(({ key }) => key).filter((key) => !dependsOnChoice(key)),
  );
  // The final model is another one only where another configuration was chosen.
  const final = (record: TrackingRecord): string =>
    record.runs.find(({ key }) => key.startsWith('retrain/'))!.params['learning_rate']!;
  assert.equal(
    created.some(({ key }) => key.startsWith('retrain/')),
    final(before) !== final(after),
  );
  assert.match(
    await track(),
    new RegExp(`${created.length} runs sent, ${after.runs.length - created.length} already there, `),
  );
  const found = await readBack(server.url, 'denoising_cv_reduced');
  assertEqualToRecord(found, after);
  assert.equal(current(found).length, after.runs.length);

  // Back again: everything is restored, nothing is made.
  const back = await run();
  assert.deepEqual(back.runs.map(runHash), before.runs.map(runHash));
  assert.match(await track(), /10 already there, \d+ tagged stale/);
});
