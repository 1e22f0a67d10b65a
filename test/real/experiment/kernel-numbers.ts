// Numbers for kernels, and plain JavaScript to compare with.
import assert from 'node:assert/strict';

export const RECIPE = { epsilon: 1e-5, momentum: 0.1 };

let state = 1;

/** Numbers between −1 and 1, the same in each run. */
export function values(...counts: readonly number[]): Float32Array[] {
  return counts.map((count) =>
    Float32Array.from({ length: count }, () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state / 2 ** 31 - 1;
    }),
  );
}

export function zeros(...counts: readonly number[]): Float64Array[] {
  return counts.map((count) => new Float64Array(count));
}

/** Of single precision: the differences are small against the largest value. */
export function near(found: readonly ArrayLike<number>[], expected: readonly ArrayLike<number>[]): void {
  for (const [which, right] of expected.entries()) {
    const scale = Array.from(right).reduce((most, value) => Math.max(most, Math.abs(value)), 1e-30);
    assert.equal(found[which]!.length, right.length);
    for (let at = 0; at < right.length; at++) {
      const apart = Math.abs(found[which]![at]! - right[at]!) / scale;
      assert.ok(apart < 5e-6, `result ${which}, value ${at}: ${found[which]![at]}, expected ${right[at]}`);
    }
  }
}
