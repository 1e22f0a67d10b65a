// The state database of very many files is not written again for a few that are hashed in a moment.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import test, { type TestContext } from 'node:test';
import type { Content, HasherOptions } from '../../src/hash/hash.ts';
import { makeSpace } from './space.ts';

const names = Array.from({ length: 500 }, (_, n) => `f${n}`);

/** Whose times are old enough to be remembered at once. */
const later = (): bigint => BigInt(Date.now() + 10_000) * 1_000_000n;

/** A state database of all files; `look` looks at some with a hasher of its own. */
async function makeMany(t: TestContext) {
  const space = makeSpace(t);
  const stateFile = space.path('state/db');
  const look = async (
    some: readonly string[],
    options: Partial<HasherOptions> = {},
  ): Promise<(Content | undefined)[]> => {
    const hasher = space.hasher('sha256', { stateFile, clock: later, ...options });
    const found = [];
    for (const name of some) found.push(await hasher.look(space.path(name)));
    hasher.close();
    return found;
  };
  for (const name of names) space.write(name, name);
  await look(names);
  return { space, stateFile, look, text: () => readFileSync(stateFile, 'latin1') };
}

test('few new digests wait; many, and those of large files, are written', async (t) => {
  const { space, look, text } = await makeMany(t);
  const before = text();
  space.write('f0', 'another');
  const [content] = await look(['f0']);
  assert.equal(text(), before);
  assert.deepEqual(await look(['f0']), [content]);
  for (const name of names.slice(0, 100)) space.write(name, 'another');
  await look(names);
  const many = text();
  assert.notEqual(many, before);
  space.write('f1', 'large'.repeat(200_000));
  await look(names);
  assert.notEqual(text(), many);
});

test('a digest that was wrong is corrected, be it the only one', async (t) => {
  const { stateFile, look, text } = await makeMany(t);
  const right = text();
  const [content] = await look(['f7']);
  const body = right.slice(0, -64).replace(content!.digest, '0'.repeat(64));
  writeFileSync(stateFile, body + createHash('sha256').update(body).digest('hex'));
  assert.equal((await look(['f7']))[0]?.digest, '0'.repeat(64));
  assert.deepEqual(await look(['f7'], { afresh: true }), [content]);
  assert.equal(text(), right);
});

test('what is used for weeks stays as it was remembered, a folder too', async (t) => {
  const { space, look } = await makeMany(t);
  for (const name of ['a', 'sub/b', 'sub/c']) space.write(`folder/${name}`, name);
  const start = Date.now();
  const seen = [];
  for (const days of [0, 8, 16, 24]) {
    t.mock.timers.enable({ apis: ['Date'], now: start + days * 24 * 3_600_000 });
    seen.push(...(await look(['folder', 'f1'], { stateFile: space.path('state/of-few') })));
    t.mock.timers.reset();
  }
  const { size, nfiles } = seen[0]!;
  assert.deepEqual([size, nfiles], [11, 3]);
  for (const [index, content] of seen.entries()) assert.deepEqual(content, seen[index % 2]);
});
