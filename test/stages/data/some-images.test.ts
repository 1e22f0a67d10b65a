// Some of a training's images: those of a smaller number are among those of a larger one, and two folds share what they can.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { someImages } from '../../../stages/lib/data/some-images.ts';

const TOTAL = 100;
/** Two folds of five, and each trains on 80 images. */
const foldOf = (fold: number): Uint32Array =>
  Uint32Array.from({ length: TOTAL }, (_, at) => at).filter((index) => index % 5 !== fold);
const drawn = (amount: number | 'all', fold = 0, seed = 42): readonly number[] => [
  ...someImages(foldOf(fold), amount, seed, TOTAL),
];

test('a number of images is that many training images, ascending, each once', () => {
  for (const amount of [1, 7, 40, 80]) {
    const some = drawn(amount);
    assert.equal(new Set(some).size, amount);
    assert.deepEqual(
      some,
      some.toSorted((a, b) => a - b),
    );
    assert.ok(some.every((index) => index % 5 !== 0));
  }
  // Results of earlier trainings are compared with: the same ones for ever.
  assert.deepEqual(drawn(4), [37, 43, 46, 57]);
  assert.deepEqual(drawn('all'), [...foldOf(0)]);
  assert.deepEqual(drawn(80), [...foldOf(0)], 'as many as there are');
});

test('nested: each number of images has those of every smaller one', () => {
  for (let amount = 2; amount <= 80; amount++) {
    const larger = new Set(drawn(amount));
    assert.ok(
      drawn(amount - 1).every((index) => larger.has(index)),
      String(amount),
    );
  }
});

test('two folds differ only where one validates on an image; two seeds draw others', () => {
  const [one, other] = [drawn(40, 0), drawn(40, 1)];
  const both = one.filter((index) => index % 5 !== 1 && !other.includes(index));
  // Those that replace images of the other fold's validation side come from behind in the same order.
  assert.ok(both.length <= 10, String(both.length));
  // Of the images that both may train on, one has the first ones in that order, and the other has these and more.
  const shared = (from: number): readonly number[] =>
    [
      ...someImages(
        Uint32Array.from({ length: 80 }, (_, at) => from + at),
        8,
        42,
        TOTAL,
      ),
    ].filter((index) => index >= 20 && index < 80);
  const [fewer, more] = [shared(0), shared(20)].toSorted((a, b) => a.length - b.length);
  assert.deepEqual(
    fewer!.filter((index) => !more!.includes(index)),
    [],
  );
  assert.notDeepEqual(drawn(40), drawn(40, 0, 43));
  assert.ok(
    drawn(40).some((index) => index >= 50) && drawn(40).some((index) => index < 50),
    'not the first ones',
  );
});

test('more images than there are, are refused', () => {
  assert.throws(() => drawn(81), { message: '--train_on 81: there are 80 training images' });
});
