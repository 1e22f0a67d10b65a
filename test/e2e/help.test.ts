// Help: headings, and -q and -v of every command.
import assert from 'node:assert/strict';
import test from 'node:test';
import { makeWorkspace } from '../workspace.ts';

test('every command is listed under a heading, and needs no pipeline for its help', async (t) => {
  const workspace = makeWorkspace(t, {});
  const { stdout } = await workspace.expect(0, '--help');
  const headings = [...stdout.matchAll(/^(\w+):$/gm)].map(([, heading]) => heading);
  assert.deepEqual(headings, [
    'Options',
    'Run',
    'Report',
    'Experiments',
    'Compare',
    'Edit',
    'Data',
    'Cache',
    'Setup',
    'Commands',
    'Examples',
  ]);
  const rest = stdout.slice(stdout.indexOf('\nCommands:\n'), stdout.indexOf('\nExamples:\n'));
  assert.deepEqual(
    [...rest.matchAll(/^ {2}(\w+)/gm)].map(([, name]) => name),
    ['help'],
  );
});

test('options of parameters and of output are apart from the others', async (t) => {
  const { stdout } = await makeWorkspace(t, {}).expect(0, 'repro', '--help');
  for (const heading of ['Parameters and lock file', 'Options', 'What is printed', 'Examples'])
    assert.match(stdout, new RegExp(`^${heading}:$`, 'm'));
});

test('a command that does not exist: the nearest one', async (t) => {
  const { stderr } = await makeWorkspace(t, {}).expect(1, 'statsu');
  assert.match(stderr, /unknown command 'statsu'\n\(Did you mean status\?\)/);
});

test('every command takes -q and -v', async (t) => {
  const workspace = makeWorkspace(t, {});
  const commandsIn = async (...path: readonly string[]): Promise<string[][]> => {
    const { stdout } = await workspace.expect(0, ...path, '--help');
    const names = [...stdout.matchAll(/^ {2}([a-z]+) (?=\[|<| {2})/gm)].map(([, name]) => name!);
    const inner = names.filter((name) => name !== 'help');
    if (!/^Usage: .* \[command\]$/m.test(stdout)) {
      assert.match(stdout, /^ {2}-q, --quiet /m, path.join(' '));
      assert.match(stdout, /^ {2}-v, --verbose /m, path.join(' '));
      return [[...path]];
    }
    assert.ok(inner.length > 0, path.join(' '));
    return (await Promise.all(inner.map((name) => commandsIn(...path, name)))).flat();
  };
  const found = await commandsIn();
  assert.ok(found.length > 25, `${found.length} commands`);
});
