// Errors, PSNR and pixel accuracy by hand-made numbers; the images of a class.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gather, membersOfClasses, oneOfEachClass } from '../../../stages/lib/data/images.ts';
import { measurePerImage } from '../../../stages/lib/measure/measure-per-image.ts';
import {
  meanPsnr,
  meanSquaredError,
  pixelAccuracy,
  squaredErrorPerPixel,
} from '../../../stages/lib/measure/metrics.ts';
import { deviation, mean, overAll } from '../../../stages/lib/measure/spread.ts';
import { meanSsim } from '../../../stages/lib/measure/ssim.ts';

test('mean squared error', () => {
  assert.equal(meanSquaredError(Float32Array.of(0, 1, 0.5), Float32Array.of(0, 0, 1)), 1.25 / 3);
});

test('PSNR is the mean over images, and finite for equal ones', () => {
  const clean = new Float32Array(2 * 784);
  const denoised = clean.map((_, at) => (at < 784 ? 0.1 : 0.01));
  // MSE 1e-2 and 1e-4: 20 dB and 40 dB.
  assert.ok(Math.abs(meanPsnr(denoised, clean) - 30) < 1e-4);
  assert.equal(meanPsnr(clean, clean), 100);
});

test('pixel accuracy compares sides of 0.5', () => {
  const [a, b] = [Float32Array.of(0.5, 0.49, 1, 0), Float32Array.of(1, 0.5, 0.6, 0.4)];
  assert.equal(pixelAccuracy(a, b), 0.75);
  assert.equal(pixelAccuracy(Float32Array.of(0.5), Float32Array.of(1)), 1, '0.5 is ink');
  assert.equal(pixelAccuracy(Float32Array.of(0.5), Float32Array.of(0.49)), 0);
});

test('the error map is the mean over the images, place by place', () => {
  const clean = new Float32Array(2 * 784);
  const denoised = clean.slice();
  denoised[5] = 0.5;
  denoised[784 + 5] = 1;
  denoised[784 + 9] = 1;
  denoised[28 + 9] = 0.5;
  const map = squaredErrorPerPixel(denoised, clean);
  assert.deepEqual([map.length, map[5], map[9], map[28 + 9], map[0]], [784, 1.25 / 2, 0.5, 0.125, 0]);
});

test('error and similarity of each image by itself', () => {
  const clean = Float32Array.from({ length: 3 * 784 }, (_, at) => (at % 5) / 4);
  const denoised = clean.map((value, at) => [value, 0.5 * value, 1 - value][Math.floor(at / 784)]!);
  const { mse, ssim } = measurePerImage(denoised, clean);
  for (const image of [0, 1, 2]) {
    const [own, expected] = [denoised, clean].map((all) => all.subarray(image * 784, (image + 1) * 784));
    assert.equal(mse[image], Math.fround(meanSquaredError(own!, expected!)));
    assert.equal(ssim[image], Math.fround(meanSsim(own!, expected!, 28)));
  }
  assert.ok(ssim[0] === 1 && ssim[1]! < 1 && ssim[2]! < 0);
});

test('images are grouped by class, classes in order', () => {
  assert.deepEqual(membersOfClasses(Uint8Array.of(7, 0, 7, 3)), [
    { class: 0, members: [1] },
    { class: 3, members: [3] },
    { class: 7, members: [0, 2] },
  ]);
  assert.deepEqual(oneOfEachClass(Uint8Array.of(7, 0, 7, 3)), [1, 3, 0], 'the first of each');
});

test('images are gathered in the order asked for, bytes as values 0 … 1', () => {
  const images = Uint8Array.from({ length: 3 * 784 }, (_, at) => 51 * Math.floor(at / 784));
  const found = gather(images, [2, 0, 2]);
  assert.deepEqual(
    [found[0], found[783], found[784], found[2 * 784]],
    [102 / 255, 102 / 255, 0, 102 / 255].map(Math.fround),
  );
  assert.deepEqual(gather(Float32Array.from(images), [1]), new Float32Array(784).fill(51));
});

test('each measure has its own mean and deviation over the models', () => {
  const qualities = [0, 2].map((by) => ({
    mse: 1 + by,
    ssim: 10 + 2 * by,
    psnr: 100 + 3 * by,
    pixel_accuracy: 4 * by,
  }));
  assert.deepEqual(overAll(qualities, mean), { mse: 2, ssim: 12, psnr: 103, pixel_accuracy: 4 });
  assert.deepEqual(overAll(qualities, deviation), { mse: 1, ssim: 2, psnr: 3, pixel_accuracy: 4 });
});
