// `pipe checkout` of some of what is recorded brings that, and nothing else.
import assert from 'node:assert/strict';
import { existsSync, rmSync } from 'node:fs';
import { test } from 'node:test';
import { makeHere } from './here.ts';

test('an output, a path inside of one, a stage: each alone, without what it was made of', async (t) => {
  const { out, err, path, read } = makeHere(t, {
    'pipeline.yaml': `stages:
  first: {cmd: echo 1 > u, outs: [u]}
  second: {cmd: 'cp u a; mkdir -p d/e; echo x > d/x; echo y > d/e/y', deps: [u], outs: [a, d]}
  third: {cmd: cp a z, deps: [a], outs: [z]}
`,
  });
  await out(0, 'repro', '-q');
  const all = ['u', 'a', 'd/x', 'd/e/y', 'z'];
  const brought = async (...targets: readonly string[]): Promise<readonly string[]> => {
    for (const name of ['u', 'a', 'd', 'z']) rmSync(path(name), { recursive: true, force: true });
    await out(0, 'checkout', '-q', ...targets);
    return all.filter((name) => existsSync(path(name)));
  };
  assert.deepEqual(await brought('a'), ['a']);
  assert.deepEqual(await brought('a', 'd/e'), ['a', 'd/e/y']);
  assert.deepEqual(await brought('d/x'), ['d/x']);
  assert.equal(read('d/x'), 'x\n');
  assert.deepEqual(await brought('second'), ['a', 'd/x', 'd/e/y']);
  assert.deepEqual(await brought('u', 'z'), ['u', 'z']);
  assert.deepEqual(await brought(), all);
  // What the cache lost: of two, both are named.
  for (const name of ['a', 'd']) rmSync(path(name), { recursive: true });
  rmSync(path('cache/objects'), { recursive: true });
  const lost = await err(1, 'checkout', 'a', 'd/e');
  assert.match(lost, /'a' of 'second'[^]*'d' of 'second'/);
  assert.match(await err(0, 'checkout', 'a', '--allow-missing'), /'a' of 'second'/);
});
