// Stratified folds: what StratifiedKFold promises, and the CSV's meaning.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readFold, splitsCsv, stratifiedFolds } from '../../stages/lib/cv-splits.ts';
import { random } from '../../stages/lib/random.ts';

const folder = mkdtempSync(join(tmpdir(), 'pipe-splits-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const source = random(7, 'labels');
const labels = Uint8Array.from({ length: 1003 }, () => Math.floor(10 * source.uniform() ** 1.5));
const count = (values: ArrayLike<number>, wanted: number): number =>
  Array.from(values).filter((value) => value === wanted).length;

test('classes and folds are as even as can be', () => {
  const folds = stratifiedFolds(labels, 5, 42);
  const sizes = [0, 1, 2, 3, 4].map((fold) => count(folds, fold));
  assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1, String(sizes));
  for (let label = 0; label < 10; label++) {
    const own = folds.filter((_, at) => labels[at] === label);
    const perFold = [0, 1, 2, 3, 4].map((fold) => count(own, fold));
    assert.ok(Math.max(...perFold) - Math.min(...perFold) <= 1, `class ${label}: ${perFold.join(', ')}`);
  }
});

test('the seed decides', () => {
  assert.deepEqual(stratifiedFolds(labels, 5, 42), stratifiedFolds(labels, 5, 42));
  assert.notDeepEqual(stratifiedFolds(labels, 5, 42), stratifiedFolds(labels, 5, 43));
});

test('too few images of a class are an error', () => {
  assert.throws(
    () => stratifiedFolds(Uint8Array.of(0, 0, 0, 1), 2, 42),
    /class 1 has 1 images, too few for 2 splits/,
  );
});

test('the CSV has a row per image and fold that trains on it, sorted; reading it gives the folds again', () => {
  const folds = stratifiedFolds(labels, 5, 42);
  const csv = splitsCsv(labels, folds, 5);
  const rows = csv.trimEnd().split('\n');
  assert.equal(rows[0], 'index,label,split');
  assert.equal(rows.length, 1 + 4 * labels.length);
  const keys = rows.slice(1).map((row) => {
    const [index, label, split] = row.split(',').map(Number);
    assert.equal(label, labels[index!]);
    assert.notEqual(split, folds[index!]);
    return index! * 5 + split!;
  });
  assert.ok(
    keys.every((key, at) => at === 0 || key > keys[at - 1]!),
    'sorted by index, then split',
  );

  const file = join(folder, 'splits.csv');
  writeFileSync(file, csv);
  for (let fold = 0; fold < 5; fold++) {
    const { training, validation } = readFold(file, fold, labels.length);
    assert.ok(validation.every((index) => folds[index] === fold));
    assert.equal(validation.length, count(folds, fold));
    assert.equal(training.length + validation.length, labels.length);
  }
});

test("reads a user's own file, and says what is wrong with one", () => {
  const file = join(folder, 'own.csv');
  writeFileSync(file, 'split,index,label\r\n0,1,5\r\n1,0,5\r\n1,2,5\r\n');
  const { training, validation } = readFold(file, 0, 3);
  assert.deepEqual([[...training], [...validation]], [[1], [0, 2]]);
  assert.throws(() => readFold(file, 7, 3), /no fold 7; its folds are 0, 1/);
  assert.throws(() => readFold(file, 0, 2), /own\.csv:4: no row for one of 2 images: 1,2,5/);
  writeFileSync(file, 'a,b\n');
  assert.throws(() => readFold(file, 0, 2), /columns index and split are missing/);
});
