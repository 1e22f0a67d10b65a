// The command that a run from the page is.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pageRuns } from '../../src/ui/ui.ts';
import { makeSpace } from '../hash/space.ts';

test('a run gets what the page was opened with, and how it failed is said', async (t) => {
  const space = makeSpace(t);
  // In place of pipe: it fails with its arguments.
  process.argv[1] = space.write(
    'pipe.mjs',
    'console.error(JSON.stringify(process.argv.slice(2))); process.exitCode = 1;',
  );
  const flags = { params: ['a.yaml', 'b.yaml'], set: ['lr=1', '~size'], lock: 'other' };
  const argumentsOf = async (targets: readonly string[], force: boolean, given: Partial<typeof flags>) => {
    const { promise, resolve } = Promise.withResolvers<string>();
    assert.equal(pageRuns(space.root, given, resolve).start(targets, force), undefined);
    return JSON.parse(await promise) as unknown;
  };
  const always = ['repro', '--quiet', '--keep-going', '--no-wait'];
  const [all, forced] = await Promise.all([
    argumentsOf([], false, flags),
    argumentsOf(['fit@a', '-b'], true, {}),
  ]);
  const overlay = [
    '--params',
    'a.yaml',
    '--params',
    'b.yaml',
    '-S',
    'lr=1',
    '-S',
    '~size',
    '--lock',
    'other',
  ];
  assert.deepEqual(all, [...always, ...overlay, '--']);
  assert.deepEqual(forced, [...always, '--force', '--single-item', '--', 'fit@a', '-b']);
});
