// What a user learns where something goes wrong: failed stages, missing dependencies, slips in the pipeline file.
import assert from 'node:assert/strict';
import test from 'node:test';
import { makeWorkspace } from '../workspace.ts';

test('a failed stage: its command, folder, last lines and log', async (t) => {
  const workspace = makeWorkspace(t, {
    'params.yaml': 'word: bad\n',
    'sub/x': '',
    'pipeline.yaml': `stages:
  fail:
    cmd: echo \${word} news >&2; exit 3
    wdir: sub
    deps: [x]
`,
  });
  const { stdout } = await workspace.expect(1, 'repro');
  assert.match(
    stdout,
    /error\[stage-failed\]: the stage 'fail' failed: exit code 3\n.*\n.*\n.*\n {2}command {2}echo bad news >&2; exit 3\n {2}folder {3}sub\n {2}\| bad news\n {2}log {2}cache\/logs\/fail\/.*\n/,
  );
});

test('a missing dependency: the line of its entry, and names that are nearly the same', async (t) => {
  const workspace = makeWorkspace(t, {
    'data/train.csv': '',
    'pipeline.yaml': `stages:
  other: {cmd: 'true', deps: [data]}
  train:
    foreach: [1]
    do:
      cmd: cat data/trian.csv
      deps:
      - data
      - data/trian.csv
`,
  });
  const { stdout } = await workspace.expect(1, 'repro', 'train');
  assert.match(
    stdout,
    /'train@1' depends on 'data\/trian\.csv', which does not exist\n {2}→ pipeline\.yaml:9:9\n/,
  );
  assert.match(stdout, /help: no stage writes it; did you mean 'data\/train\.csv'\?/);
});

test('a missing dependency that another stage makes, which was not selected', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': `stages:
  make: {cmd: echo 1 > a.txt, outs: [a.txt]}
  also: {cmd: echo 1 > b.txt, outs: [b.txt]}
  read: {cmd: cat a.txt b.txt, deps: [a.txt, b.txt]}
`,
    'b.txt': '1\n',
  });
  const { stdout } = await workspace.expect(1, 'repro', '-s', 'read');
  assert.match(stdout, /help: 'make' makes it, and was not selected: run without --single-item/);
});

test('a stage that reads the output of another without declaring it', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': `stages:
  make: {cmd: echo 1 > a.txt, outs: [a.txt]}
  read: {cmd: cat a.txt, deps: [pipeline.yaml]}
  unlike: {cmd: 'echo not-a.txt a.txt.gz; exit 1', deps: [pipeline.yaml]}
`,
  });
  const { stdout } = await workspace.expect(1, 'repro', '-s', 'read');
  assert.match(stdout, /help: 'a\.txt' is an output of 'make', and is not under `deps:` of this stage/);
  assert.doesNotMatch((await workspace.expect(1, 'repro', '-s', 'unlike')).stdout, /is an output of/);
});

test('slips in a stage: each with its cure', async (t) => {
  const slips: readonly (readonly [stage: string, message: RegExp])[] = [
    ['{cmd: x, outs: a.txt}', /expected a list[^]*help: write a list: `outs: \[a\.txt\]`/],
    ['{cmd: x, deps: {a.txt: null}}', /help: write a list: put `- ` before each item of `deps:`/],
    ['{outs: [a.txt]}', /'cmd' is missing[^]*help: add the command/],
    ['{cmd: x, outs_no_cache: [a.txt]}', /help: write `outs: \[\{PATH: \{cache: false\}\}\]`/],
    ['{cmd: x, outputs: [a.txt]}', /help: write `outs:`/],
    ['{command: x}', /help: write `cmd:`/],
  ];
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': `stages:\n${slips.map(([stage], index) => `  s${index}: ${stage}\n`).join('')}`,
  });
  const errors = (await workspace.expect(1, 'status')).stderr.split(/^(?=error\[)/m);
  for (const [index, [stage, message]] of slips.entries())
    assert.ok(
      errors.some((error) => error.includes(`pipeline.yaml:${index + 2}:`) && message.test(error)),
      `${stage}\n${errors.join('')}`,
    );
});

test('a change of one parameter names that parameter, not its whole section', async (t) => {
  const params = (rate: number, extra = ''): string =>
    `model:\n  rate: ${rate}\n  layers: [{size: 1}, {size: 2}]\n${extra}`;
  const workspace = makeWorkspace(t, {
    'params.yaml': params(0.1),
    'pipeline.yaml': 'stages:\n  s: {cmd: echo 1 > a.txt, params: [model], outs: [a.txt]}\n',
  });
  await workspace.repro();
  workspace.write('params.yaml', params(0.2, '  depth: 3\n').replace('size: 2', 'size: 5'));
  const { stdout } = await workspace.expect(0, 'status');
  assert.match(
    stdout,
    /params: model\.rate 0\.1 → 0\.2, model\.layers\[1\]\.size 2 → 5, model\.depth added \(3\)/,
  );
  assert.doesNotMatch(stdout, /relu|\{/);
});

test('of very many missing dependencies the first are named, and the others counted', async (t) => {
  const deps = Array.from({ length: 25 }, (_, n) => `in/${n + 1}.txt`);
  const workspace = makeWorkspace(t, {
    'in/1.txt': '',
    'pipeline.yaml': `stages:\n  join: {cmd: cat in/*, deps: [${deps.join(', ')}]}\n`,
  });
  const { stdout } = await workspace.expect(1, 'repro');
  const named = [...stdout.matchAll(/'join' depends on '(.*)', which does not exist/g)];
  assert.deepEqual(new Set(named.map(([, path]) => path)), new Set(deps.slice(1, 11)));
  assert.match(stdout, /: 14 more of the 25 dependencies of 'join' do not exist\n/);
});

test('an absent file in an output folder that exists is no target', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': 'stages:\n  s: {cmd: mkdir out && echo 1 > out/a.txt, outs: [out]}\n',
  });
  // Before the first run nothing can be said of it.
  await workspace.expect(0, 'status', 'out/b.txt');
  await workspace.repro();
  await workspace.expect(0, 'status', 'out/a.txt');
  const { stderr } = await workspace.expect(1, 'status', 'out/aa.txt');
  assert.match(
    stderr,
    /'out\/aa\.txt' does not exist in the output 'out'\n {2}help: did you mean 'out\/a\.txt'\?/,
  );
});

test('logs of a group: the stage on each line, and as JSON', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': 'stages:\n  g:\n    foreach: [1, 2]\n    do:\n      cmd: echo said ${item}\n',
  });
  await workspace.repro();
  assert.equal((await workspace.expect(0, 'logs', 'g')).stdout, 'g@1 | said 1\ng@2 | said 2\n');
  assert.equal((await workspace.expect(0, 'logs', 'g@2')).stdout, 'said 2\n');
  assert.equal(
    (await workspace.expect(0, 'logs', 'g', '--json')).stdout,
    '{"stage":"g@1","line":"said 1"}\n{"stage":"g@2","line":"said 2"}\n',
  );
  assert.equal((await workspace.expect(0, 'logs', 'g', '-q')).stdout, '');
});
