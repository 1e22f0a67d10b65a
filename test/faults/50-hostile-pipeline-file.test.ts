import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { testInWhole } from '../amount.ts';
import { makeWorkspace } from '../workspace.ts';

const bomb = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]']
  .concat(
    Array.from({ length: 9 }, (_, level) => `a${level + 1}: &a${level + 1} [${`*a${level}, `.repeat(10)}]`),
  )
  .join('\n');

for (const [what, text, message] of [
  ['an alias bomb', `vars:\n- ${bomb.replaceAll('\n', '\n  ')}\nstages: {}\n`, /alias/i],
  ['the same stage twice', 'stages:\n  a: {cmd: "true"}\n  a: {cmd: "false"}\n', /pipeline\.yaml:3:3/],
  [
    'a circle',
    'stages:\n  a: {cmd: "true", deps: [y], outs: [x]}\n  b: {cmd: "true", deps: [x], outs: [y]}\n',
    /circle: a → b → a|circle: b → a → b/,
  ],
] as const) {
  test(`${what} is refused in words`, async (t) => {
    const workspace = makeWorkspace(t, { 'pipeline.yaml': text });
    for (const command of ['status', 'repro']) {
      const { stderr } = await workspace.expect(1, command);
      assert.match(stderr, message);
      assert.doesNotMatch(stderr, /bug in pipe/);
      assert.ok(stderr.length < 10_000, 'the message is for a reader');
    }
  });
}

testInWhole('a command of ten megabytes is read, and cannot be started in words', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': `stages:\n  a: {cmd: "${'x'.repeat(10 << 20)}"}\n`,
  });
  await workspace.expect(0, 'status');
  const { stdout, stderr } = await workspace.expect(1, 'repro');
  assert.match(stdout + stderr, /more than the system takes/);
  assert.ok((stdout + stderr).length < 20_000, 'the message is for a reader');
});

test('names of the language itself are names like others', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': `
vars: [params.yaml]
stages:
  constructor:
    cmd: echo \${toString} \${__proto__.polluted} > out.txt
    params: [__proto__.polluted, constructor]
    env: {__proto__: x, hasOwnProperty: "y"}
    outs: [out.txt]
  __proto__:
    cmd: cp out.txt copy.txt
    deps: [out.txt]
    outs: [copy.txt]
`,
    'params.yaml': 'toString: 1\n__proto__: {polluted: 2}\nconstructor: 3\n',
  });
  assert.deepEqual((await workspace.repro()).ran, ['__proto__', 'constructor']);
  assert.equal(workspace.read('copy.txt'), '1 2\n');
  assert.deepEqual((await workspace.repro()).ran, []);
  workspace.write('params.yaml', 'toString: 1\n__proto__: {polluted: 4}\nconstructor: 3\n');
  assert.deepEqual((await workspace.repro()).ran, ['__proto__', 'constructor']);
});

test('values that become flags are quoted: none of them reaches the shell as code', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': `
vars: [params.yaml]
stages:
  say:
    cmd: node say.js \${args}
    outs: [out.txt]
`,
    'params.yaml': `args: {name: "a'; touch pwned; '$(touch pwned2) \`touch pwned3\`", list: ["x y", "*"]}\n`,
    'say.js': "require('node:fs').writeFileSync('out.txt', JSON.stringify(process.argv.slice(2)));",
  });
  await workspace.repro();
  assert.deepEqual(JSON.parse(workspace.read('out.txt')), [
    '--name',
    "a'; touch pwned; '$(touch pwned2) `touch pwned3`",
    '--list',
    'x y',
    '*',
  ]);
  for (const name of ['pwned', 'pwned2', 'pwned3']) assert.equal(existsSync(workspace.path(name)), false);
});
