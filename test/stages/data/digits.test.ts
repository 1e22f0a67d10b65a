// Synthetic digits: balanced, seeded, and in ink and place like MNIST.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawDigits } from '../../../stages/lib/data/digits/draw.ts';

const { images, labels } = drawDigits(1000, 1, 'train');

test('classes are balanced and shuffled', () => {
  for (let digit = 0; digit < 10; digit++)
    assert.equal(labels.filter((label) => label === digit).length, 100);
  assert.notDeepEqual([...labels.subarray(0, 10)], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test('ink has about the mean and deviation of MNIST', () => {
  const values = Float64Array.from(images, (value) => value / 255);
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  assert.ok(Math.abs(mean - 0.1325) < 0.015, `mean ${mean}`);
  assert.ok(Math.abs(deviation - 0.3105) < 0.02, `deviation ${deviation}`);
});

test('each digit is centred by its mass and keeps a margin', () => {
  for (let at = 0; at < 100; at++) {
    const image = images.subarray(at * 784, (at + 1) * 784);
    let [mass, x, y] = [0, 0, 0];
    for (const [pixel, ink] of image.entries()) {
      mass += ink;
      x += ink * (pixel % 28);
      y += ink * Math.floor(pixel / 28);
    }
    assert.ok(Math.abs(x / mass - 13.5) < 0.6 && Math.abs(y / mass - 13.5) < 0.6, `image ${at}`);
    assert.ok(
      image.some((ink) => ink > 250),
      `image ${at} has full ink`,
    );
  }
});

test('the digits of a seed are those on which the recorded results rest', () => {
  const { images: drawn, labels: classes } = drawDigits(10, 1, 'train');
  assert.deepEqual([...classes], [3, 9, 0, 8, 4, 2, 1, 5, 7, 6]);
  const inked = Array.from(
    { length: 10 },
    (_, at) => drawn.subarray(at * 784, (at + 1) * 784).filter((value) => value > 127).length,
  );
  // A machine may round a sine another way.
  for (const [at, count] of [156, 137, 110, 147, 90, 91, 61, 57, 105, 161].entries())
    assert.ok(Math.abs(inked[at]! - count) <= 1, `image ${at}: ${inked[at]}`);
});

/** By class: the mean ink of its digits in sixteen fields of 7 x 7 pixels, by row. */
const INK = [
  [0, 6.4, 12.2, 0.7, 1.6, 19.5, 16.3, 4.7, 5.2, 15.3, 19.4, 1.6, 0.8, 12.7, 6.3, 0],
  [0, 2, 4.8, 0.1, 0, 7.2, 13.6, 0, 0, 11.4, 7.2, 0, 0, 5.7, 2, 0],
  [0.2, 9.9, 13, 0.5, 0.6, 7.6, 19.7, 1.3, 3.2, 24.3, 18.3, 1.1, 1.8, 7.2, 4.9, 0.6],
  [0.5, 10.7, 10.8, 0.2, 0.8, 12.3, 22.7, 0.5, 3.2, 8.9, 22.5, 0.5, 2.6, 13.8, 6, 0],
  [0.2, 2.6, 4.2, 0.4, 2.5, 18.2, 19.9, 1.1, 1.6, 17.9, 22.6, 0.4, 0, 3, 6.1, 0],
  [0, 5.2, 10.6, 1.7, 0.3, 25, 16.2, 1.7, 2, 6.3, 19.1, 0.6, 1.9, 13.3, 6, 0],
  [0, 1.9, 12.2, 2, 0.1, 20.4, 14.5, 0.2, 1.3, 27.6, 21.9, 0.6, 0.1, 5.6, 2.5, 0],
  [0, 0.6, 1.2, 0.1, 2.5, 16.6, 27.1, 2.2, 0, 10.3, 12.8, 0, 1.1, 11.8, 1.7, 0],
  [0.1, 5.5, 12, 0.8, 0.3, 21.2, 23.4, 2.5, 1.9, 22.8, 19.5, 0.1, 0.8, 13.1, 5, 0.1],
  [0, 2.5, 3.4, 0, 2.4, 22.4, 28.1, 0.8, 0.7, 14.6, 20, 0.1, 0.7, 7.4, 7.1, 0.1],
];

test('the strokes of each class are where they were looked at', () => {
  for (const [digit, fields] of INK.entries()) {
    const sums = fields.map(() => 0);
    for (const [at, ink] of images.entries())
      if (labels[Math.floor(at / 784)] === digit)
        sums[Math.floor((at % 784) / 196) * 4 + Math.floor((at % 28) / 7)]! += ink / 255 / 100;
    for (const [field, ink] of fields.entries())
      assert.ok(Math.abs(sums[field]! - ink) < 0.2, `${digit}, field ${field}: ${sums[field]}`);
  }
});

test('seed and part decide', () => {
  assert.deepEqual(drawDigits(20, 1, 'train'), drawDigits(20, 1, 'train'));
  assert.notDeepEqual(drawDigits(20, 1, 'train'), drawDigits(20, 1, 'test'));
  assert.notDeepEqual(drawDigits(20, 1, 'train'), drawDigits(20, 2, 'train'));
});
