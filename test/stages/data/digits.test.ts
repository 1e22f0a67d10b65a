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

test('seed and part decide', () => {
  assert.deepEqual(drawDigits(20, 1, 'train'), drawDigits(20, 1, 'train'));
  assert.notDeepEqual(drawDigits(20, 1, 'train'), drawDigits(20, 1, 'test'));
  assert.notDeepEqual(drawDigits(20, 1, 'train'), drawDigits(20, 2, 'train'));
});
