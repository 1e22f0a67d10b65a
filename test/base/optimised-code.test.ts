// Long work changes the flags of V8, and leaves them as the command set them: code is kept for the flags that it was compiled with.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { mock, test, type TestContext } from 'node:test';
import v8 from 'node:v8';
import { fitYoungGeneration, optimised } from '../../src/base/base.ts';
import { FoundFiles } from '../../src/hash/hash.ts';

const bin = join(import.meta.dirname, '../../bin/engine-flags.js');
const OF_COMMANDS = readFileSync(bin, 'utf8')
  .match(/--[a-z-]+=\d+/g)!
  .toSorted();

/** The last compiler stays as rare as in all commands. */
const OF_SHORT_RUNS = OF_COMMANDS.filter((flag) => !flag.startsWith('--invocation-count-for-turbofan='));

/** @returns the flags that were set, by name. */
function watchFlags(t: TestContext): ReadonlyMap<string, string> {
  const flags = new Map<string, string>();
  mock.method(v8, 'setFlagsFromString', (flag: string) => void flags.set(flag.split('=')[0]!, flag));
  syncBuiltinESMExports();
  t.after(() => {
    mock.restoreAll();
    syncBuiltinESMExports();
  });
  return flags;
}

const isNode24 = process.versions.node.startsWith('24.');
const expected = (flags: readonly string[]): readonly string[] => (isNode24 ? flags : []);

test('the flags for short runs are others meanwhile, and the same again afterwards', async (t) => {
  const flags = watchFlags(t);
  const result = await optimised(async () => {
    const of = (flag: string): string | undefined => flag.split('=')[0];
    assert.deepEqual(new Set(flags.keys()), new Set(expected(OF_SHORT_RUNS).map(of)));
    for (const flag of flags.values()) assert.ok(!OF_COMMANDS.includes(flag), flag);
    return 'result';
  });
  assert.equal(result, 'result');
  assert.deepEqual([...flags.values()].toSorted(), expected(OF_SHORT_RUNS));
});

test('they are the same again after a failure, and only when the last of several has ended', async (t) => {
  const flags = watchFlags(t);
  const { promise, resolve } = Promise.withResolvers<void>();
  const outer = optimised(() => promise);
  await assert.rejects(
    optimised(() => Promise.reject(new Error('failed'))),
    /failed/,
  );
  for (const flag of flags.values()) assert.ok(!OF_COMMANDS.includes(flag), flag);
  resolve();
  await outer;
  assert.deepEqual([...flags.values()].toSorted(), expected(OF_SHORT_RUNS));
});

for (const [what, few, many] of [
  ['declarations', { bytes: 1 << 19 }, { bytes: (1 << 19) + 1 }],
  ['directories', { files: 8192 }, { files: 8193 }],
  ['groups', { stages: 4096 }, { stages: 4097 }],
] as const)
  test(`only for large ${what} the young generation stays small`, (t) => {
    const flags = watchFlags(t);
    fitYoungGeneration(few);
    assert.equal(flags.size, 0);
    fitYoungGeneration(many);
    assert.deepEqual([...flags.values()], expected(['--semi-space-growth-factor=1']));
  });

test('a walk through a large directory keeps the young generation small', (t) => {
  const flags = watchFlags(t);
  const files = new FoundFiles();
  const look = { ino: 1, size: 1, mtimeMs: 1, ctimeMs: 1, mode: 0o644 };
  for (let index = 0; index <= 8192; index += 1) {
    assert.equal(flags.size, 0);
    files.add('', String(index), look);
  }
  assert.deepEqual([...flags.values()], expected(['--semi-space-growth-factor=1']));
});
