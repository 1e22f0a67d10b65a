// Help: headings, and -q and -v of every command.
import assert from 'node:assert/strict';
import test from 'node:test';
import { commandTree } from '../../scripts/command-tree.ts';
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

test('every command takes -q and -v', () => {
  const commands = commandTree().filter(({ group }) => !group);
  assert.ok(commands.length > 50, `${commands.length} commands`);
  for (const { name, options } of commands)
    for (const term of ['-q, --quiet', '-v, --verbose'])
      assert.ok(
        options.some((option) => option.term === term),
        `${name} ${term}`,
      );
});
