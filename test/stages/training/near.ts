// Comparison with the recorded numbers of PyTorch. Both compute with 32 bits and add up in another order; a ReLU or a maximum that falls on
// the other side lets the courses drift apart after some epochs.
import assert from 'node:assert/strict';

/** Of the first epochs. A training that differs at all differs by more. */
const EARLY = 3;
const MOST_EARLY = 1e-3;
const MOST_LATER = 0.05;

/** A value per epoch. @param early fewer where a last bit of an image is known to turn the course */
export function nearCourse(
  actual: readonly number[],
  expected: readonly number[],
  what: string,
  early = EARLY,
): void {
  assert.equal(actual.length, expected.length, `epochs with ${what}`);
  for (const [at, value] of actual.entries()) {
    const most = (at < early ? MOST_EARLY : MOST_LATER) * Math.abs(expected[at]!);
    assert.ok(
      Math.abs(value - expected[at]!) <= most,
      `${what} of epoch ${at + 1}: ${value}, PyTorch ${expected[at]}`,
    );
  }
}

/** Values of images. */
export function nearImages(actual: readonly number[], expected: readonly number[]): void {
  assert.equal(actual.length, expected.length);
  const squares = actual.map((value, at) => (value - expected[at]!) ** 2);
  const apart = Math.sqrt(squares.reduce((a, b) => a + b, 0) / squares.length);
  assert.ok(apart < 0.03, `images differ by ${apart} on average`);
}
