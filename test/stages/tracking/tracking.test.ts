// The record of the experiment: from files as its stages leave them to runs.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { encodeIdx } from '../../../stages/lib/data/idx.ts';
import { SOURCE_FILES } from '../../../stages/lib/data/download/sources.ts';
import { artifact } from '../../../stages/lib/tracking/artifacts.ts';
import { dataSets } from '../../../stages/lib/tracking/data-sets.ts';
import { gitCommit } from '../../../stages/lib/tracking/git-commit.ts';
import { configurationText, overallText } from '../../../stages/lib/tracking/descriptions.ts';
import { configurationName, keyPart, projectOf } from '../../../stages/lib/tracking/names.ts';
import { overallRun } from '../../../stages/lib/tracking/overall-run.ts';
import { finalKey } from '../../../stages/lib/tracking/test-runs.ts';
import { trainingRuns } from '../../../stages/lib/tracking/training-runs.ts';
import { fingerprint, history, means, params, single, spread } from '../../../stages/lib/tracking/values.ts';
import { sampleCurves, sampleResults } from '../sample-results.ts';

function folderOf(t: TestContext, files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'record-'));
  t.after(() => rmSync(root, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

test('the commit is found in each of the forms that git keeps it in', (t) => {
  const [one, two] = ['1'.repeat(40), '2'.repeat(40)];
  const loose = folderOf(t, {
    '.git/HEAD': 'ref: refs/heads/main\n',
    '.git/refs/heads/main': `${one}\n`,
    'a/b/c': '',
  });
  assert.equal(gitCommit(join(loose, 'a/b')), one);
  const packed = folderOf(t, {
    '.git/HEAD': 'ref: refs/heads/main\n',
    '.git/packed-refs': `# pack-refs\n${one} refs/heads/main-old\n${one} refs/heads/main/old\n${two} refs/heads/main\n`,
  });
  assert.equal(gitCommit(packed), two);
  assert.equal(gitCommit(folderOf(t, { '.git/HEAD': `${one}\n` })), one);
  const linked = folderOf(t, {
    'tree/.git': 'gitdir: ../main/.git/worktrees/tree\n',
    'main/.git/HEAD': 'ref: refs/heads/main\n',
    'main/.git/worktrees/tree/HEAD': 'ref: refs/heads/topic\n',
    'main/.git/worktrees/tree/commondir': '../..\n',
    'main/.git/refs/heads/topic': `${two}\n`,
  });
  assert.equal(gitCommit(join(linked, 'tree')), two);
  assert.equal(gitCommit(folderOf(t, { '.git/HEAD': 'ref: refs/heads/main\n' })), undefined);
});

test('the files of a folder keep their places below it', (t) => {
  const root = folderOf(t, {
    'report/report.html': 'a',
    'report/figures/one.svg': 'böß',
    'report/figures/deep/two.svg': 'c',
  });
  const before = process.cwd();
  t.after(() => process.chdir(before));
  process.chdir(root);
  const { artifacts, params } = overallRun({
    dataset: 'digits',
    inputs: [],
    chosen: sampleResults().levels.map(({ chosen }) => ({
      ...chosen,
      folds: [...chosen.folds, chosen.folds[0]!],
    })),
    configurations: 4,
    finals: sampleResults().levels.map(({ name }) => ({ key: finalKey(name), end: 1, metrics: {} })) as never,
    folders: ['report'],
    context: {},
  });
  assert.deepEqual(
    artifacts.map(({ path, file, size }) => [path, file, size]),
    (
      [
        ['figures/deep/two.svg', 1],
        ['figures/one.svg', 5],
        ['report.html', 1],
      ] as const
    ).map(([name, size]) => [`report/${name}`, `report/${name}`, size]),
  );
  assert.deepEqual(
    [params['folds'], params['configurations'], params['noise_levels']],
    ['3', '4', '0.3,0.5'],
  );
});

test('each noise level has the values of its own final model', () => {
  const { chosen } = sampleResults().levels[0]!;
  const names = ['0.3', '0.35'];
  const { metrics } = overallRun({
    dataset: 'digits',
    inputs: [],
    chosen: names.map((noise_name, index) => ({ ...chosen, noise_name, mean_val_loss: index })),
    configurations: 4,
    // One name begins with the other.
    finals: [...names].reverse().map((name) => ({
      key: finalKey(name),
      end: 1,
      metrics: { test_mse: [[0, 1, Number(name)]] },
    })) as never,
    folders: [],
    context: {},
  });
  const value = (name: string): number => Number(metrics[name]![0]![2]);
  const keys = Object.keys(metrics).filter((key) => /test_mse|mean_val_loss/.test(key));
  assert.deepEqual(
    keys.map((key) => [/0[._]35/.test(key), /mse/.test(key), value(key)]),
    [
      [false, false, 0],
      [false, true, 0.3],
      [true, false, 1],
      [true, true, 0.35],
    ],
  );
});

test('a branch that moved on after its references were packed', (t) => {
  const [old, now] = ['1'.repeat(40), '2'.repeat(40)];
  const root = folderOf(t, {
    '.git/HEAD': 'ref: refs/heads/main\n',
    '.git/packed-refs': `${old} refs/heads/main\n`,
    '.git/refs/heads/main': `${now}\n`,
  });
  assert.equal(gitCommit(root), now);
});

test('a file outside of the working folder is no artifact', (t) => {
  const root = folderOf(t, { 'outside.txt': 'x' });
  assert.throws(() => artifact(join(root, 'outside.txt')), {
    name: 'StageError',
    message: /outside\.txt is not below the working folder/,
  });
});

test('names are keys that every server can search for', () => {
  assert.equal(configurationName('64-0.002-0.5-1', 1), '64-0.002-0.5');
  assert.equal(configurationName('64-0.002-0.5-11', 1), '64-0.002-0.5-11');
  assert.equal(configurationName('8-16-32-0.5-1', 1), '8-16-32-0.5');
  assert.equal(keyPart('a b"c/ü=1'), 'a_b_c__=1');
  assert.equal(projectOf('Data/quickstart/'), 'denoising-autoencoder/Data/quickstart');
});

test('values become points: a history by epoch, results at the end, spreads over the folds', () => {
  assert.deepEqual(history([0.5, Number.NaN], [10, 20]), [
    [1, 10, 0.5],
    [2, 20, 'NaN'],
  ]);
  assert.deepEqual(single({ a: 1, b: undefined }, 5), { a: [[0, 5, 1]] });
  assert.deepEqual(spread({ x: [1, 3], none: [] }), { mean_x: 2, std_x: 1 });
  assert.deepEqual(params({ filters: [1, 2], rate: 1e-3, backend: 'wasm' }), {
    filters: '1,2',
    rate: '0.001',
    backend: 'wasm',
  });
  assert.deepEqual(
    ['wasm', 'tfjs-node', 'tfjs-node-gpu', 'webgpu'].map(
      (backend) => means({ backend, threads: 2 })['device'],
    ),
    ['cpu', 'cpu', 'gpu', 'gpu'],
  );
  const file = { path: 'a', file: 'a', sha256: 'a'.repeat(64), size: 1 };
  const other = { ...file, sha256: 'b'.repeat(64) };
  assert.notEqual(fingerprint({ a: '1' }, [file]), fingerprint({ a: '1' }, [other]));
  assert.notEqual(fingerprint({ a: '1' }, [file]), fingerprint({ a: '2' }, [file]));
  assert.equal(fingerprint({ a: '1', b: '2' }, [file]), fingerprint({ b: '2', a: '1' }, [file]));
  const second = { ...other, path: 'b' };
  assert.equal(fingerprint({}, [file, second]), fingerprint({}, [second, file]));
});

test('the digest of a data set is that of its images and its labels', (t) => {
  const root = folderOf(t, {});
  const write = (part: 'train' | 'test', images: readonly number[], labels: readonly number[]): void => {
    const shapes = [[images.length / 4, 2, 2], [labels.length]];
    mkdirSync(join(root, part), { recursive: true });
    for (const [at, values] of [images, labels].entries())
      writeFileSync(
        join(root, part, SOURCE_FILES[part][at]!.name),
        encodeIdx({ shape: shapes[at]!, values: Uint8Array.from(values) }),
      );
  };
  const sets = (): ReturnType<typeof dataSets> =>
    dataSets(root, { dataset: 'mnist', mirrors: ['https://mirror.example/mnist/'], seed: 1 });
  write('train', [1, 2, 3, 4, 5, 6, 7, 8], [0, 1]);
  write('test', [1, 2, 3, 4], [0]);
  const first = sets();
  assert.deepEqual(
    [first.training, first.testing].map(({ name, context, source }) => [name, context, source]),
    [
      ['mnist_train', 'training', '{"url":"https://mirror.example/mnist/train-images-idx3-ubyte.gz"}'],
      ['mnist_test', 'testing', '{"url":"https://mirror.example/mnist/t10k-images-idx3-ubyte.gz"}'],
    ],
  );
  assert.deepEqual(JSON.parse(first.training.profile!), {
    features_shape: [2, 2, 2],
    features_size: 8,
    features_nbytes: 8,
    targets_shape: [2],
    targets_size: 2,
    targets_nbytes: 2,
  });
  write('train', [1, 2, 3, 4, 5, 6, 7, 9], [0, 1]);
  const image = sets();
  write('train', [1, 2, 3, 4, 5, 6, 7, 8], [0, 2]);
  const label = sets();
  assert.equal(new Set([first, image, label].map(({ training }) => training.digest)).size, 3);
  for (const { testing } of [image, label]) assert.deepEqual(testing, first.testing);
  write('train', [1, 2, 3, 4, 5, 6, 7, 8], [0, 1]);
  assert.deepEqual(sets(), first);
});

test('digits come from the stage that draws them, with their seed, whatever mirrors are named', (t) => {
  const root = folderOf(t, {});
  for (const part of ['train', 'test'] as const)
    for (const [at, { name }] of SOURCE_FILES[part].entries()) {
      mkdirSync(join(root, part), { recursive: true });
      writeFileSync(
        join(root, part, name),
        encodeIdx({ shape: at === 0 ? [1, 1, 1] : [1], values: new Uint8Array(1) }),
      );
    }
  const { training, testing } = dataSets(root, {
    dataset: 'digits',
    mirrors: ['https://mirror.example/mnist/'],
    seed: 7,
  });
  assert.deepEqual(
    [training, testing].map(({ sourceType, source }) => [sourceType, JSON.parse(source)]),
    ['train', 'test'].map((part) => [
      'code',
      { tags: { 'mlflow.source.name': 'stages/download.ts', part, seed: '7' } },
    ]),
  );
});

test('a description has the loss with its deviation, and says where training was not finished', () => {
  const [cut, whole] = sampleCurves().levels[0]!.ranked.toSorted(
    (a, b) => b.unfinished_folds - a.unfinished_folds,
  );
  const loss = (one: typeof cut): string =>
    `${one!.mean_val_loss.toFixed(5)} ± ${one!.std_val_loss.toFixed(5)}`;
  const [text, other] = [configurationText(cut!, 3), configurationText(whole!, 3)];
  assert.ok(
    text.startsWith(
      `Validation loss ${loss(cut)} (mean ± deviation of 2 folds): rank ${cut!.rank} of 3 at σ 0.3`,
    ),
    text,
  );
  assert.match(text, /\. Training was not finished in 1 of them\.\n/);
  assert.doesNotMatch(other, /not finished/);
  assert.ok(
    overallText([whole!], 'digits').endsWith(`| 0.3 | ${whole!.name} | ${loss(whole)} | ${whole!.epochs} |`),
  );
});

test('configurations are numbered in the order of their numbers, and last from the first to the last of their folds', (t) => {
  const { levels } = sampleResults();
  const [{ runs }] = levels as [(typeof levels)[number]];
  const before = process.cwd();
  const named = (latent: number) => ({ ...runs[0]!, name: String(latent), folder: `train/${latent}` });
  const both = [named(64), named(128)].flatMap((run) => [0, 1, 2].map((fold) => ({ ...run, fold })));
  const files = both.flatMap(({ name, folder, fold }) => [
    [`${folder}/model_fold_${fold}.safetensors`, name],
    [`${folder}/fold_${fold}_training_metrics.json`, ''],
    [`${folder}/fold_${fold}_results.png`, ''],
    // None of them is in the order of the folds.
    [
      `${name}-${fold}.json`,
      JSON.stringify({
        started: [20, 19, 21][fold],
        ended: [41, 42, 40][fold],
        epoch_ends: [21, 22, 23, 24],
        seconds: 1,
      }),
    ],
  ]);
  process.chdir(folderOf(t, Object.fromEntries(files)));
  t.after(() => process.chdir(before));
  const recorded = trainingRuns({
    runs: both.toReversed(),
    tests: both.map(({ name, fold }) => ({ run: name, fold, test_mse: 2 + fold, test_ssim: fold / 4 })),
    ranked: levels.flatMap(({ ranked }) => ranked.map((one) => ({ ...one, name: one.name.split('-')[0]! }))),
    data: { name: 'd', digest: 'd', sourceType: 'code', source: '{}', context: 'training' },
    timings: ({ name, fold }) => `${name}-${fold}.json`,
    context: {},
  });
  assert.deepEqual(
    recorded
      .filter(({ parent }) => parent === undefined)
      .map(({ key, name, start, end }) => [key, name, start, end]),
    [
      ['train/64', 'grid_search_config_1', 19, 42],
      ['train/128', 'grid_search_config_2', 19, 42],
    ],
  );
  // There are two of its noise level, and two of another one.
  assert.match(recorded[0]!.description!, /: rank 1 of 2 at σ 0\.3, \*\*chosen\*\*\./);
  assert.deepEqual(
    recorded.slice(0, 3).map(({ key }) => key),
    ['train/64', 'train/64/fold_0', 'train/64/fold_1'],
  );
  const last = ({ metrics }: (typeof recorded)[number], name: string) => metrics[name]?.at(-1)?.[2];
  for (const run of recorded.filter(({ parent }) => parent === undefined))
    assert.deepEqual([last(run, 'mean_test_mse'), last(run, 'mean_test_ssim')], [3, 0.25]);
  assert.deepEqual(recorded.map((run) => [last(run, 'test_mse'), last(run, 'test_ssim')]).slice(1, 4), [
    [2, 0],
    [3, 0.25],
    [4, 0.5],
  ]);
  // Other weights are another result.
  const [one, other] = recorded.filter(({ parent }) => parent === undefined);
  assert.deepEqual(one!.params, other!.params);
  assert.notEqual(one!.tags['fingerprint'], other!.tags['fingerprint']);
});

test('the overall run has the values of each noise level, of its own final model', () => {
  const chosen = sampleResults().levels.map((level) => level.chosen);
  const finals = chosen.map(({ noise_name }, at) => ({
    key: finalKey(noise_name),
    end: at,
    metrics: { test_mse: [[0, 0, at + 1]] },
  }));
  const overall = overallRun({
    dataset: 'digits',
    inputs: [],
    chosen,
    configurations: 4,
    finals: finals as never,
    folders: [],
    context: {},
  });
  const last = (name: string) => overall.metrics[name]?.at(-1)?.[2];
  assert.deepEqual(
    chosen.map(({ noise_name }) => last(`noise${noise_name}/test_mse`)),
    [1, 2],
  );
  assert.deepEqual(
    chosen.map(({ noise_name }) => last(`noise${noise_name}/mean_val_loss`)),
    chosen.map(({ mean_val_loss }) => mean_val_loss),
  );
  assert.equal(overall.end, 1);
});
