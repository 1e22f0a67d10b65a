// Stratified folds: what StratifiedKFold promises, and the CSV's meaning.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readFold, splitsCsv, stratifiedFolds } from '../../../stages/lib/data/cv-splits.ts';
import { countGivenSplits, givenSplits } from '../../../stages/lib/data/given-splits.ts';
import { random } from '../../../stages/lib/data/random.ts';
import { passes } from '../run-stage.ts';

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

test('the folds of a seed stay what they are, each class with a shuffle of its own', () => {
  const three = Uint8Array.from({ length: 24 }, (_, at) => at % 3);
  assert.equal(stratifiedFolds(three, 3, 42).join(''), '121102201111022210020002');
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
  assert.throws(() => readFold(file, 0, 2), /own\.csv:4: image 2 is none of the 2 images/);
  writeFileSync(file, 'index,split\n0,0\n-1,0\n');
  assert.throws(
    () => readFold(file, 0, 2),
    /own\.csv:3: not the number of an image and that of a fold: -1,0/,
  );
  writeFileSync(file, 'a,b\n');
  assert.throws(() => readFold(file, 0, 2), /columns index and split are missing/);
});

test("a user's own folds come out in order, for as many images as there are", async () => {
  const file = join(folder, 'given.csv');
  const own = Uint8Array.of(7, 8, 9);
  writeFileSync(file, 'index,label,split\n');
  assert.equal(givenSplits(file, own, 2), undefined, 'no rows: none are given');
  assert.equal(countGivenSplits(file), 0);

  writeFileSync(file, 'split,label,index\r\n1,8,1\r\n0,9,2\r\n1,7,0\r\n1,8,1\r\n0,4,3\r\n');
  assert.equal(givenSplits(file, own, 2), 'index,label,split\n0,7,1\n1,8,1\n2,9,0\n');
  assert.equal(countGivenSplits(file), 2);
  writeFileSync(file, 'index,split\n0,0\n1,1\n2,1\n');
  assert.equal(
    givenSplits(file, own, 2),
    'index,label,split\n0,7,0\n1,8,1\n2,9,1\n',
    'labels may be missing',
  );
  writeFileSync(file, 'index,split\n1,2\n1,0\n0,2\n0,1\n2,1\n2,0\n');
  assert.match(
    givenSplits(file, own, 3)!,
    /^0,7,1\n0,7,2\n1,8,0\n1,8,2\n2,9,0\n2,9,1\n/m,
    'by image, then by fold',
  );
  // Folds are counted from 0.
  writeFileSync(file, 'index,split\n0,1\n1,2\n2,2\n');
  assert.throws(() => givenSplits(file, own, 2), /has the folds 1, 2; the parameters ask for 0 to 1/);

  writeFileSync(join(folder, 'labels'), Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 3, ...own));
  const flags = { labels: 'labels', n_splits: 3, seed: 1, given: 'three.csv', out: 'out.csv' };
  writeFileSync(join(folder, 'three.csv'), 'index,split\n2,0\n0,1\n1,2\n0,2\n2,1\n1,0\n');
  assert.equal(await passes(folder, 'split', flags), 'out.csv: 3 images, 3 folds of three.csv\n');
  assert.equal(
    readFileSync(join(folder, 'out.csv'), 'utf8'),
    'index,label,split\n0,7,1\n0,7,2\n1,8,0\n1,8,2\n2,9,0\n2,9,1\n',
  );

  // What the pipeline writes is what it reads.
  const csv = splitsCsv(labels, stratifiedFolds(labels, 3, 1), 3);
  writeFileSync(file, csv);
  assert.equal(givenSplits(file, labels, 3), csv);
});

test('folds for other images, or other folds, are refused', () => {
  const file = join(folder, 'other.csv');
  writeFileSync(file, 'index,label,split\n0,7,1\n1,8,1\n2,9,0\n');
  assert.throws(
    () => givenSplits(file, Uint8Array.of(7, 8, 1), 2),
    /other\.csv:4: label 9, but image 2 is a 1; the file belongs to another data set/,
  );
  assert.throws(
    () => givenSplits(file, Uint8Array.of(7, 8, 9, 0), 2),
    /ends with image 2; there are 4\nSet the parameter data\.train_images: 3/,
  );
  assert.throws(
    () => givenSplits(file, Uint8Array.of(7, 8, 9), 5),
    /has the folds 0, 1; the parameters ask for 0 to 4\nSet cv\.n_splits/,
  );
  // Each image is validated on once: neither never nor twice.
  writeFileSync(file, 'index,split\n0,1\n1,0\n2,0\n2,1\n');
  assert.throws(
    () => givenSplits(file, Uint8Array.of(7, 8, 9), 2),
    /image 2 is a training image of every fold/,
  );
  writeFileSync(file, 'index,split\n0,1\n0,2\n1,0\n1,1\n2,0\n');
  assert.throws(() => givenSplits(file, Uint8Array.of(7, 8, 9), 3), /image 2 is a training image of 0 only/);
});
