// What a reader sees of mistakes in a pipeline file: the exact text.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorText, problemsOf } from './project-folder.ts';

const expect = (pipeline: string, text: string): void =>
  assert.equal(errorText({ 'pipeline.yaml': pipeline }), text);

test('unknown keys, with the nearest one', () => {
  expect(
    'stages:\n  a:\n    cmd: echo\n    dep: [x]\n    outs:\n    - x: {cach: false}\nfoo: 1\n',
    `error[unknown-key]: unknown key 'dep' in stages.a
  → pipeline.yaml:4:5
  4 |     dep: [x]
    |     ^
  help: did you mean 'deps'?
error[unknown-key]: unknown key 'cach' in stages.a.outs[0].x
  → pipeline.yaml:6:11
  6 |     - x: {cach: false}
    |           ^
  help: did you mean 'cache'?
error[unknown-key]: unknown key 'foo' at the top of the file
  → pipeline.yaml:7:1
  7 | foo: 1
    | ^
  help: possible here: vars, params, metrics, plots, artifacts, datasets, stages, data, config, include`,
  );
});

test('wrong types', () => {
  expect(
    'stages:\n  a:\n    cmd: echo\n    frozen: ${x}\n    deps: [1]\n  b:\n  1: {cmd: x}\n',
    `error[wrong-type]: stages.a.frozen: expected true or false, got the string "\${x}"
  → pipeline.yaml:4:13
  4 |     frozen: \${x}
    |             ^
  help: types are checked before templates are resolved: a template is allowed only where a string is
error[wrong-type]: stages.a.deps[0]: expected a string or a mapping, got the number 1
  → pipeline.yaml:5:12
  5 |     deps: [1]
    |            ^
  help: put it into quotes
error[wrong-type]: stages.b: expected a mapping, got nothing
  → pipeline.yaml:6:3
  6 |   b:
    |   ^
error[wrong-type]: stages.1: expected a string as key
  → pipeline.yaml:7:3
  7 |   1: {cmd: x}
    |   ^
  help: put it into quotes`,
  );
});

test('a mapping among several commands, and a key that other tools have', () => {
  expect(
    'vars: [{m: {a: 1}}]\nstages:\n  a:\n    cmd: [echo, "${m}"]\n',
    `error[template-type]: the command is a mapping, not a text
  → pipeline.yaml:4:17
  4 |     cmd: [echo, "\${m}"]
    |                 ^
  help: write the program before it: \`python train.py \${…}\``,
  );
  expect(
    'stages:\n  a:\n    cmd: echo\n    outs-persist-no-cache: [x]\n',
    `error[unknown-key]: unknown key 'outs-persist-no-cache' in stages.a
  → pipeline.yaml:4:5
  4 |     outs-persist-no-cache: [x]
    |     ^
  help: write \`outs: [{PATH: {persist: true, cache: false}}]\``,
  );
  expect(
    'stages:\n  a:\n    foreach: [1, 2]\n    do:\n      cmd: echo ${item}\n      inputs: [x]\n',
    `error[unknown-key]: unknown key 'inputs' in stages.a.do
  → pipeline.yaml:6:7
  6 |       inputs: [x]
    |       ^
  help: write \`deps:\``,
  );
});

test('every mistake in one key', () => {
  expect(
    'stages:\n  a:\n    cmd: echo\n    outs:\n    - "${x..y}${z..w}": {cache: false}\n',
    `error[template-syntax]: unexpected "." in \${x..y}
  → pipeline.yaml:5:8
  5 |     - "\${x..y}\${z..w}": {cache: false}
    |        ^
error[template-syntax]: unexpected "." in \${z..w}
  → pipeline.yaml:5:15
  5 |     - "\${x..y}\${z..w}": {cache: false}
    |               ^`,
  );
});

test('a template that ends a flow list', () => {
  expect(
    'stages:\n  a:\n    cmd: echo\n    outs: [m/${key}.txt]\n',
    `error[yaml-syntax]: not valid YAML: missing , or : between flow sequence items
  → pipeline.yaml:4:15
  4 |     outs: [m/\${key}.txt]
    |               ^
  help: inside of [ ] and { } put a template into quotes`,
  );
});

test('a missing command, and the command of a foreach in the wrong place', () => {
  expect(
    'stages:\n  a: {deps: [x]}\n  m: {foreach: [a], cmd: x}\n  n: {do: {cmd: x}}\n',
    `error[missing-key]: 'cmd' is missing in stages.a
  → pipeline.yaml:2:3
  2 |   a: {deps: [x]}
    |   ^
  help: add the command that makes the outputs: \`cmd: python train.py\`
error[missing-key]: 'do' is missing in stages.m
  → pipeline.yaml:3:3
  3 |   m: {foreach: [a], cmd: x}
    |   ^
error[unknown-key]: unknown key 'cmd' in stages.m
  → pipeline.yaml:3:21
  3 |   m: {foreach: [a], cmd: x}
    |                     ^
  help: possible here: foreach, do
error[missing-key]: 'foreach' is missing in stages.n
  → pipeline.yaml:4:3
  4 |   n: {do: {cmd: x}}
    |   ^`,
  );
});

test('a dependency is data, not what describes it', () => {
  const deps = '[a.dvc, sub/b.dvc, sub/dvc.yaml, a.dvcx, .dvc/x, dvc.yaml.txt]';
  const titles = problemsOf({ '.dvc/config': '', 'dvc.yaml': `stages: {s: {cmd: x, deps: ${deps}}}\n` });
  assert.deepEqual(
    titles.map(({ title }) => /^'(.*)' cannot be a dependency/.exec(title)?.[1]),
    ['a.dvc', 'sub/b.dvc', 'sub/dvc.yaml'],
  );
});

test('a number has an end', () => {
  const titles = problemsOf({
    'pipeline.yaml':
      'config:\n  pools: {a: .inf, b: 1e3}\n  remotes: {r: {url: s3://b, read_timeout: .inf}}\nstages: {s: {cmd: x, timeout: .inf}}\n',
  }).map(({ title }) => title);
  assert.deepEqual(titles, [
    'config.pools.a: expected a number, got the number inf',
    'config.remotes.r.read_timeout: expected a number, got the number inf',
    'stages.s.timeout: expected a number or a string, got the number inf',
  ]);
});

test('extension keys in a dvc.yaml are refused with the way out', () => {
  assert.equal(
    errorText({ 'dvc.yaml': 'stages:\n  a:\n    cmd: echo\n    env: {A: b}\nconfig: {}\ndefaults: {}\n' }),
    `error[unknown-key]: unknown key 'env' in stages.a
  → dvc.yaml:4:5
  4 |     env: {A: b}
    |     ^
  help: 'env' is an extension of pipeline.yaml; in a dvc.yaml write \`meta: {pipe: {env: …}}\`
error[unknown-key]: unknown key 'config' at the top of the file
  → dvc.yaml:5:1
  5 | config: {}
    | ^
  help: 'config' is an extension that is valid in pipeline.yaml only
error[unknown-key]: unknown key 'defaults' at the top of the file
  → dvc.yaml:6:1
  6 | defaults: {}
    | ^
  help: possible here: vars, params, metrics, plots, artifacts, datasets, stages`,
  );
});

test('YAML that is broken, and keys that stand twice', () => {
  expect(
    'stages:\n  a:\n    cmd: echo\n   deps: [x]\n',
    `error[yaml-syntax]: not valid YAML: all mapping items must start at the same column
  → pipeline.yaml:4:1
  4 |    deps: [x]
    | ^
  help: check the indentation and the quotes of this line and the one before it`,
  );
  expect(
    'stages:\n  a: {cmd: x}\n  a: {cmd: y}\n',
    `error[yaml-duplicate-key]: the key "a" is repeated in one mapping
  → pipeline.yaml:3:3
  3 |   a: {cmd: y}
    |   ^
  first  line 2
  help: remove or rename one of them`,
  );
  expect(
    'stages:\n  a: &a {cmd: x}\n  b:\n    <<: *a\n    <<: {deps: [i]}\n',
    `error[yaml-duplicate-key]: the key "<<" is repeated in one mapping
  → pipeline.yaml:5:5
  5 |     <<: {deps: [i]}
    |     ^
  first  line 4
  help: remove or rename one of them`,
  );
  expect(
    'stages: {}\n---\nstages: {}\n',
    `error[yaml-syntax]: not valid YAML: a second document begins here
  → pipeline.yaml:2:1
  2 | ---
    | ^
  help: keep one document in the file: no second \`---\``,
  );
});

test('names that are not found', () => {
  assert.equal(
    errorText({
      'params.yaml': 'train: {epochs: 1}\n',
      'pipeline.yaml': 'stages:\n  a:\n    cmd: |\n      echo ${train.epoch}\n      echo ${HOME}\n',
    }),
    `error[unknown-name]: could not find 'train.epoch'
  → pipeline.yaml:4:12
  4 |       echo \${train.epoch}
    |            ^
  help: did you mean 'epochs'?`,
  );
  expect(
    'stages:\n  a: {cmd: "echo ${HOME}"}\n',
    `error[unknown-name]: could not find 'HOME'
  → pipeline.yaml:2:18
  2 |   a: {cmd: "echo \${HOME}"}
    |                  ^
  help: write \\\${HOME} for a variable of the shell`,
  );
});

test('paths that no project can have', () => {
  const titles = errorText({
    'pipeline.yaml': `stages:
  a: {cmd: x, outs: [../x, /tmp/y, 's3://b/o', ., d/.., "a\\0b", '', "d/${'ü'.repeat(128)}", pipeline.yaml]}
`,
  });
  assert.deepEqual(
    titles.split('\n').filter((line) => line.startsWith('error')),
    [
      "error[bad-path]: the output '../x' is outside of the project",
      "error[bad-path]: the output '/tmp/y' is outside of the project",
      "error[bad-path]: the output 's3://b/o' is outside of the project",
      'error[bad-path]: the project folder itself cannot be an output',
      'error[bad-path]: the project folder itself cannot be an output',
      'error[bad-path]: a path contains a NUL character',
      'error[bad-path]: a path is empty',
      'error[bad-path]: a name in this path is longer than 255 bytes',
      "error[out-is-stage-file]: 'pipeline.yaml' cannot be an output: it has the name of a pipeline file",
    ],
  );
});
