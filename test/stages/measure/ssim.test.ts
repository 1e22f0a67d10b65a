// SSIM against scikit-image 0.26.0. The recorded values were made with
//   y, x = np.mgrid[0:28, 0:28].astype(float)
//   clean = np.clip(np.sin(.35*x) * np.cos(.22*y) + .3, 0, 1).astype(np.float32)
//   noisy = np.clip(clean + .5*np.sin(12.9898*x + 78.233*y*x + 3*y), 0, 1).astype(np.float32)
//   structural_similarity(clean.astype(float), noisy.astype(float), data_range=1.0)
// and, for the blurred image, scipy's gaussian_filter(noisy.astype(float), 0.8) in place of noisy.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gaussianFilter } from '../../../stages/lib/rivals/gaussian-filter.ts';
import { meanSsim, ssimPerImage } from '../../../stages/lib/measure/ssim.ts';
import { clean, noisy } from '../fixed-images.ts';

const near = (actual: number, expected: number): void =>
  assert.ok(Math.abs(actual - expected) < 1e-6, `${actual} is not ${expected}`);

test('equals scikit-image on fixed images', () => {
  near(meanSsim(clean, noisy, 28), 0.4642198762791232);
  near(meanSsim(clean, gaussianFilter(noisy, 28, 0.8), 28), 0.724814690797787);
});

test('is 1 for equal images, and symmetric', () => {
  near(meanSsim(clean, clean, 28), 1);
  near(meanSsim(noisy, clean, 28), meanSsim(clean, noisy, 28));
});

test('gives each image its own value', () => {
  const [a, b] = [Float32Array.of(...clean, ...clean), Float32Array.of(...clean, ...noisy)];
  const values = ssimPerImage(a, b, 28);
  assert.equal(values.length, 2);
  near(values[0]!, 1);
  near(values[1]!, 0.4642198762791232);
});
