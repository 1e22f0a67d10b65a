// Mistakes, and what the user is told of them: where, what, and an exit code that is not 0.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testInWhole } from '../amount.ts';
import { makeWorkspace } from '../workspace.ts';

const mistakes: readonly {
  readonly name: string;
  readonly text: string;
  readonly says: readonly RegExp[];
}[] = [
  { name: 'a YAML error', text: 'stages:\n  a: {cmd: x\n  b: [\n', says: [/pipeline\.yaml:\d+:\d+/] },
  {
    name: 'an unknown key',
    text: 'stages:\n  a:\n    cmd: x\n    dep: [y]\n',
    says: [/pipeline\.yaml:4:5/, /dep\b/, /deps/],
  },
  { name: 'a wrong type', text: 'stages:\n  a:\n    cmd: x\n    deps: y\n', says: [/pipeline\.yaml:4:11/] },
  {
    name: 'a cycle',
    text: 'stages:\n  a: {cmd: x, deps: [q], outs: [p]}\n  b: {cmd: x, deps: [p], outs: [q]}\n',
    says: [/cycle/i, /\ba\b/, /\bb\b/, /pipeline\.yaml:\d+:\d+/],
  },
  {
    name: 'two stages with one output',
    text: 'stages:\n  a: {cmd: x, outs: [p]}\n  b: {cmd: x, outs: [p]}\n',
    says: [/'p'/, /\ba\b/, /\bb\b/, /pipeline\.yaml:\d+:\d+/],
  },
  {
    name: 'an unknown name in a template',
    text: 'vars: [{word: 1}]\nstages:\n  a: {cmd: "echo ${wrod}"}\n',
    says: [/wrod/, /pipeline\.yaml:3:\d+/],
  },
];

for (const { name, text, says } of mistakes) {
  for (const command of ['repro', 'status', 'dag']) {
    (command === 'repro' ? test : testInWhole)(`${name}: pipe ${command}`, async (t) => {
      const workspace = makeWorkspace(t, { 'pipeline.yaml': text });
      const { code, stdout, stderr } = await workspace.pipe(command);
      assert.equal(code, 1);
      for (const pattern of says) assert.match(stderr, pattern);
      assert.doesNotMatch(stdout + stderr, /^\s+at .*:\d+:\d+\)?$/m, 'no stack trace');
    });
  }
}

test('an unknown target suggests the nearest one', async (t) => {
  const workspace = makeWorkspace(t, { 'pipeline.yaml': 'stages:\n  train: {cmd: x}\n' });
  const { stderr } = await workspace.expect(1, 'repro', 'trian');
  assert.match(stderr, /trian/);
  assert.match(stderr, /train/);
});

test('no pipeline file', async (t) => {
  const workspace = makeWorkspace(t, {});
  assert.match((await workspace.expect(1, 'repro')).stderr, /pipeline\.yaml/);
});

const damaged: readonly { readonly name: string; readonly lock: string; readonly says: RegExp }[] = [
  {
    name: 'merge-conflict markers',
    lock: "schema: 'pipe/1'\n<<<<<<< HEAD\nstages: {}\n=======\nstages: {}\n>>>>>>> other\n",
    says: /pipeline\.lock:2/,
  },
  { name: 'a newer schema', lock: "schema: 'pipe/9'\nstages: {}\n", says: /newer/ },
  { name: 'a foreign file', lock: 'hello: world\n', says: /not a lock file/ },
  { name: 'a key twice', lock: "schema: 'pipe/1'\nstages: {}\nstages: {}\n", says: /twice/ },
  {
    name: 'a damaged entry',
    lock: "schema: 'pipe/1'\nstages:\n  a:\n    cmd: x\n    outs:\n    - path: p\n      sha256: zz\n      size: 1\n",
    says: /pipeline\.lock:7:15/,
  },
];

for (const { name, lock, says } of damaged) {
  test(`a lock file with ${name} is refused and left as it is`, async (t) => {
    const workspace = makeWorkspace(t, {
      'pipeline.yaml': 'stages:\n  a: {cmd: echo x > p, outs: [p]}\n',
      'pipeline.lock': lock,
    });
    assert.match((await workspace.expect(1, 'repro')).stderr, says);
    assert.equal(workspace.read('pipeline.lock'), lock);
  });
}
