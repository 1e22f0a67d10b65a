import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stepNumbers } from '../amount.ts';
import { killAtEveryStep } from './crash.ts';

const pipeline = `
stages:
  make:
    cmd: mkdir -p out/dir && echo a > out/dir/a && echo c > out/c
    outs: [out/dir, out/c]
`;

test('a run that is killed before any of its steps is taken up by the next', async (t) => {
  const steps = await killAtEveryStep(
    t,
    pipeline,
    async () => {},
    { 'out/dir/a': 'a\n', 'out/c': 'c\n' },
    stepNumbers(7),
  );
  assert.ok(steps > 25, `only ${steps} steps`);
});
