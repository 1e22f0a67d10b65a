// `imports: true`: what the command remembers of scanned sources never hides a change of them.
import assert from 'node:assert/strict';
import { existsSync, symlinkSync } from 'node:fs';
import { test } from 'node:test';
import { makeWorkspace, type TestWorkspace } from '../workspace.ts';

const MEMORY = 'cache/state/imports.db';

const depsOf = async ({ expect }: TestWorkspace): Promise<string> => {
  const { stdout } = await expect(0, 'why', 'a');
  return stdout;
};

const files = {
  'pipeline.yaml':
    'stages:\n  a: {cmd: cp b.mjs out, deps: [{a.mjs: {imports: true}}], outs: [out]}\n  p: {cmd: cp q.py pout, deps: [{p.py: {imports: true}}], outs: [pout]}\n',
  'a.mjs': "import './b.mjs';\n",
  'b.mjs': '1;\n',
  'c.mjs': '1;\n',
  'p.py': 'import q\n',
  'q.py': 'x = 1\n',
  'r.py': 'x = 1\n',
};

test('a remembered scan finds what the source imports now', async (t) => {
  const workspace = makeWorkspace(t, files);
  assert.deepEqual((await workspace.repro()).ran, ['a', 'p']);
  assert.match(workspace.read(MEMORY), /\["\.\/b\.mjs"\]/);
  assert.match(workspace.read(MEMORY), /\["q "\]/);
  assert.deepEqual((await workspace.repro('--verbose')).ran, []);
  workspace.write('b.mjs', '2;\n');
  workspace.write('q.py', 'x = 2\n');
  assert.deepEqual((await workspace.repro()).ran, ['a', 'p']);
  // The same length, and back to a text that was scanned before.
  workspace.write('a.mjs', "import './c.mjs';\n");
  workspace.write('p.py', 'import r\n');
  assert.match(await depsOf(workspace), /c\.mjs/);
  assert.deepEqual((await workspace.repro()).ran, ['a', 'p']);
  workspace.write('c.mjs', '2;\n');
  assert.deepEqual((await workspace.repro()).ran, ['a']);
  workspace.write('a.mjs', "import './b.mjs';\n");
  workspace.write('p.py', 'import q\n');
  assert.deepEqual((await workspace.repro()).restored, ['a', 'p']);
});

test('a damaged or lost memory of scans is rebuilt', async (t) => {
  const workspace = makeWorkspace(t, files);
  await workspace.repro();
  const whole = workspace.read(MEMORY);
  workspace.write(MEMORY, whole.replace('["./b.mjs"]', '["./c.mjs"]'));
  assert.match((await workspace.expect(0, 'status')).stdout, /up to date/);
  assert.equal(workspace.read(MEMORY), whole);
  workspace.remove(MEMORY);
  assert.match((await workspace.expect(0, 'status')).stdout, /up to date/);
  assert.equal(workspace.read(MEMORY), whole);
});

test('commands that only read make no memory in a folder that is not the cache', async (t) => {
  const workspace = makeWorkspace(t, files);
  await workspace.expect(0, 'dag');
  await workspace.expect(0, 'stage', 'list');
  assert.ok(!existsSync(workspace.path('cache')));
});

test('the package.json of a workspace package that is not JSON is a problem, not a crash', async (t) => {
  const workspace = makeWorkspace(t, {
    ...files,
    'a.mjs': "import 'own';\nimport './b.mjs';\n",
    'packages/own/index.js': '',
    'packages/own/package.json': '{"name": "own", ',
    'node_modules/.keep': '',
  });
  symlinkSync('../packages/own', workspace.path('node_modules/own'));
  const { stdout, stderr } = await workspace.expect(1, 'repro');
  assert.match(stdout + stderr, /node_modules\/own\/package\.json/);
  assert.doesNotMatch(stdout + stderr, /    at /);
});
