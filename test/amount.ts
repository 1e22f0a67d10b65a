// How much of a long test runs. `npm test` runs a sample, the same each time and spread over all cases; `npm run test:real` sets
// PIPE_TESTS=all, and runs every file that imports this one as a whole.

import { test, type TestContext } from 'node:test';

/** Everything runs, not a sample. */
export const isWhole = process.env['PIPE_TESTS'] === 'all';

/** In a sample each `nth` of them, from the first on. */
export function sampleOf<T>(all: readonly T[], nth: number): readonly T[] {
  return isWhole ? all : all.filter((_, index) => index % nth === 0);
}

/** Numbers of steps: 1, 2, 3 and so on; in a sample each `nth` of them, from `first` on. The caller ends them. */
export function* stepNumbers(nth: number, first = 1): Generator<number> {
  for (let step = isWhole ? 1 : first; ; step += isWhole ? 1 : nth) yield step;
}

/** As `test`, for further cases of what other tests of the file show: a sample does without them. Files that import
 * nothing else from here have only these run by `npm run test:real`, which knows them by their names. */
export function testInWhole(name: string, run: (t: TestContext) => void | Promise<void>): void {
  if (isWhole) void test(`further: ${name}`, run);
}
