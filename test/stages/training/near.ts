// Comparison with the recorded numbers of PyTorch. Both compute with 32 bits and add up in another order.
import assert from 'node:assert/strict';

/** Of what is expected. A training that differs at all differs by more. */
const MOST = 1e-4;

/** A value per epoch. @param most where the course is not chosen for its calm */
export function nearCourse(
  actual: readonly number[],
  expected: readonly number[],
  what: string,
  most = MOST,
): void {
  assert.equal(actual.length, expected.length, `epochs with ${what}`);
  for (const [at, value] of actual.entries())
    assert.ok(
      Math.abs(value - expected[at]!) <= most * Math.abs(expected[at]!),
      `${what} of epoch ${at + 1}: ${value}, expected ${expected[at]}`,
    );
}

/** Values of images. */
export function nearImages(actual: readonly number[], expected: readonly number[]): void {
  assert.equal(actual.length, expected.length);
  const squares = actual.map((value, at) => (value - expected[at]!) ** 2);
  const apart = Math.sqrt(squares.reduce((a, b) => a + b, 0) / squares.length);
  assert.ok(apart < 1e-3, `images differ by ${apart} on average`);
}
