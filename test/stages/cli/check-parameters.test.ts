// Parameters that a late stage would refuse are refused before anything runs, with their place. How many images a configuration may train
// on: no more than each of its folds has.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { FULL, pipelineFlags, readParameters, withAssignments } from '../../../stages/cli/parameters.ts';
import { usedGrid } from '../../../stages/cli/grid.ts';
import { splitsOptions } from '../../../stages/cli/own-splits.ts';
import { trainingLabels } from '../../../stages/cli/training-labels.ts';
import { drawDigits } from '../../../stages/lib/data/digits/draw.ts';
import { SOURCE_FILES } from '../../../stages/lib/data/download/sources.ts';
import { encodeIdx } from '../../../stages/lib/data/idx.ts';
import { checkParameters } from '../../../stages/cli/check-parameters.ts';

const root = mkdtempSync(join(tmpdir(), 'pipe-train-on-'));
after(() => rmSync(root, { recursive: true }));
mkdirSync(join(root, dirname(FULL)), { recursive: true });
const full = (trainOn: string): void =>
  writeFileSync(
    join(root, FULL),
    `base:\n  train_on: ${trainOn}\ngrid: {noise_level: [0.5]}\ncv: {n_splits: 2, splits_file: none.csv}\ndata: {train_images: 61}\n`,
  );
full('all');

/** @param own the parameter file */
function check(own: string, ...words: readonly string[]): void {
  writeFileSync(join(root, 'own.yaml'), own);
  const used = withAssignments(readParameters(root, 'own.yaml').all, words);
  checkParameters({ root, file: 'own.yaml', used, words });
}
const refusal = (message: RegExp) => ({ name: 'CommandError', message });

test('as many as the smallest fold has, or all, in base and in the grid', () => {
  check('{}');
  check('base: {train_on: 30}');
  check('grid: {train_on: [1, 30, all]}');
  check('base: {train_on: 99}\ngrid: {train_on: [1]}');
  check('base: {train_on: 99}', 'base.train_on=all');
});

test('one more is refused with file, line and column, or with the argument that it comes from', () => {
  assert.throws(
    () => check('base:\n  train_on: 31'),
    refusal(/^own\.yaml:2:13: train_on 31: a fold has 30 training images/),
  );
  assert.throws(
    () => check('grid:\n  train_on:\n    - 10\n    - 31\n'),
    refusal(/^own\.yaml:4:7: train_on 31: /),
  );
  assert.throws(() => check('{}', 'grid.train_on=[5, 31]'), refusal(/^-S grid\.train_on: train_on 31: /));
  assert.throws(() => check('grid: {train_on: [5]}', '+grid.train_on=[31]'), refusal(/^-S grid\.train_on: /));
  assert.throws(
    () => check('base:\n  train_on: 31', 'base.seed=2', '--set=base.latent_dim=3'),
    refusal(/^own\.yaml:2:13: /),
  );
  assert.throws(() => check('{}', '--set=base.train_on=31'), refusal(/^-S base\.train_on: /));
  full('32');
  assert.throws(
    () => check('data: {test_images: 1}'),
    refusal(/^Data.*denoising_params\.yaml:2:13: train_on 32: /),
  );
  full('all');
});

test('words that no stage knows, and a number of final models below one', () => {
  check(
    'select: {rule: one_standard_error}\nbase: {loss: ssim, final_seeds: 1}\ngrid: {model: [cdae, unet, residual_unet]}',
  );
  for (const [own, message] of [
    [
      'select: {rule: nonsense}',
      /^own\.yaml:1:16: select\.rule nonsense: must be one of lowest, one_standard_error$/,
    ],
    ['base: {loss: mae}', /^own\.yaml:1:14: base\.loss mae: must be one of mse, ssim, mixed$/],
    [
      'grid: {model: [cdae, unett]}',
      /^own\.yaml:1:22: grid\.model unett: must be one of cdae, unet, residual_unet$/,
    ],
    ['base: {learning_rate_schedule: [constant]}', /^own\.yaml:1:32: base\.learning_rate_schedule /],
    ['base: {final_seeds: 0}', /^own\.yaml:1:21: base\.final_seeds 0: must be a whole number from 1$/],
  ] as const)
    assert.throws(() => check(own), refusal(message), own);
  assert.throws(() => check('{}', 'select.rule=best'), refusal(/^-S select\.rule: select\.rule best: /));
  check('base: {loss: mae}\ngrid: {loss: [mse]}');
});

test('what is no number of images is refused', () => {
  for (const value of ['0', '-1', '1.5', 'some', 'null', '{a: 1}'])
    assert.throws(
      () => check(`base: {train_on: ${value}}`),
      refusal(/^own\.yaml:1:18: train_on .*: must be a whole number from 1, or all$/),
      value,
    );
});

test("the folds of a user's file count: the smallest of them", () => {
  const rows = Array.from({ length: 61 }, (_, index) =>
    [0, 1, 2]
      .filter((fold) => fold !== (index < 41 ? 0 : index < 51 ? 1 : 2))
      .map((fold) => `${index},${fold}`),
  ).flat();
  // More images than the parameters ask for, an image that a fold has twice, and a fold that does not exist.
  for (let index = 61; index < 90; index++) rows.push(`${index},0`, `${index},1`, `${index},2`);
  rows.push('60,0', '0,3');
  writeFileSync(join(root, 'folds.csv'), ['index,split', ...rows].join('\n'));
  const cv = 'cv: {n_splits: 3, splits_file: folds.csv}\n';
  check(`${cv}base: {train_on: 20}`);
  assert.throws(
    () => check(`${cv}base: {train_on: 21}`),
    refusal(/^own\.yaml:2:18: train_on 21: a fold has 20 training images/),
  );
});

test("a file's grid is the whole grid, but for the noise levels, which stay where it has none", () => {
  const full = { base: { lr: 1, depth: 2 }, grid: { noise_level: [0.5], lr: [1, 2] } };
  const own = { grid: { depth: [3] } };
  const all = { base: full.base, grid: { ...full.grid, ...own.grid } };
  const { options, lines } = usedGrid({ own, all, full }, []);
  assert.deepEqual(options, ['-S', '~grid.lr', '-S', '+grid.depth=[3]']);
  assert.match(lines[0]!, /noise_level 0\.5/);
  // What is set by hand stays.
  const { options: set } = usedGrid({ own, all, full }, ['-S', 'grid.lr=[4]']);
  assert.deepEqual(set, ['-S', '+grid.depth=[3]']);
  const { lines: without } = usedGrid({ own, all, full }, ['-S', '~base.lr']);
  assert.equal(without[1], 'base  ');
  assert.deepEqual(
    pipelineFlags('Data/autoencoder/params/own_params.yaml'),
    ['--params', 'Data/autoencoder/params/own_params.yaml', '--lock', 'cache/own.lock'],
    'each file has results of its own',
  );
  assert.deepEqual(pipelineFlags(FULL), []);
});

test("a user's splits are compared with the data before anything runs", () => {
  const file = join(root, 'splits.csv');
  writeFileSync(file, 'index,label,split\n0,7,1\n1,8,0\n');
  const options = (...labels: readonly number[]): readonly string[] =>
    splitsOptions(root, file, Uint8Array.from(labels), {}, ['Data/splits.csv'], () => false);
  assert.deepEqual(options(7, 8), [
    '-S',
    'cv.splits_file=splits.csv',
    '-S',
    'cv.n_splits=2',
    '-S',
    'cv.folds=[0, 1]',
  ]);
  assert.throws(() => options(7, 9), /image 1 is a 9; the file belongs to another data set/);
  // Whoever says which folds are trained is not overruled; nor is who has so many already.
  const labels = Uint8Array.of(7, 8);
  for (const set of ['cv.folds', 'cv.n_splits'])
    assert.equal(
      splitsOptions(root, file, labels, {}, ['Data/s.csv'], (name) => name === set).length,
      2,
      set,
    );
  assert.equal(
    splitsOptions(root, file, labels, { cv: { n_splits: 2 } }, ['Data/s.csv'], () => false).length,
    2,
  );
  // Of a file outside of the project there is a copy, of the same name.
  const outside = mkdtempSync(join(tmpdir(), 'pipe-outside-'));
  try {
    writeFileSync(join(outside, 'my own.csv'), 'index,split\n0,1\n1,0\n');
    const [, given] = splitsOptions(
      root,
      join(outside, 'my own.csv'),
      labels,
      {},
      ['Data/s.csv'],
      () => false,
    );
    assert.equal(given, 'cv.splits_file=Data/given/my own.csv');
    assert.equal(readFileSync(join(root, 'Data/given/my own.csv'), 'utf8'), 'index,split\n0,1\n1,0\n');
  } finally {
    rmSync(outside, { recursive: true });
  }

  // At the place of an output the pipeline reads a copy, of the file as it is now.
  mkdirSync(join(root, 'Data'), { recursive: true });
  const place = join(root, 'Data/splits.csv');
  for (const text of ['index,split\n0,1\n1,0\n', 'index,split\n0,0\n1,1\n']) {
    writeFileSync(place, text);
    const [, given] = splitsOptions(root, place, Uint8Array.of(7, 8), {}, ['Data/splits.csv'], () => false);
    assert.equal(given, 'cv.splits_file=Data/given/splits.csv');
    assert.equal(readFileSync(join(root, 'Data/given/splits.csv'), 'utf8'), text);
  }
});

test('the labels are those of as many images as the parameters ask for', async () => {
  const values = (train_images: number) => ({
    data: { train_images, source: { dataset: 'digits', mirrors: [], seed: 3 } },
    paths: { root: 'Data/labels' },
  });
  const drawn = await trainingLabels(root, values(20));
  assert.deepEqual(drawn, drawDigits(20, 3, 'train').labels);
  const file = join(root, 'Data/labels/dataset/train', SOURCE_FILES.train[1].name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, encodeIdx({ shape: [3], values: Uint8Array.of(1, 2, 3) }));
  assert.deepEqual([...(await trainingLabels(root, values(3)))], [1, 2, 3]);
  assert.deepEqual(await trainingLabels(root, values(2)), drawDigits(2, 3, 'train').labels);
  assert.deepEqual(await trainingLabels(root, values(20)), drawn, 'from before the parameters changed');
});
