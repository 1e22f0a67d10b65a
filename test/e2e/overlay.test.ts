// An overlay of what a stage reads from a parameter file: refused by each command, and nothing is run or recorded.
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { sampleOf, testInWhole } from '../amount.ts';
import { makeWorkspace, runPipe, startPipe, type TestWorkspace } from '../workspace.ts';

const text = `
stages:
  train: {cmd: cp params.yaml model.txt, params: [n], outs: [model.txt]}
  flags: {cmd: "echo \${m} > flags.txt", outs: [flags.txt]}
`;
const params = 'n: 1\nm: 1\n';

const kinds = {
  'a project of its own': { 'pipeline.yaml': text },
  'a DVC repository': { 'dvc.yaml': text, '.dvc/config': '' },
};

/** Everything that a command could have changed: the workspace, the records and the cache, logs and scratch aside. */
function contentsOf({ root, read }: TestWorkspace): Readonly<Record<string, string>> {
  const files = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .filter((path) => !/(?:^|\/)(?:state|tmp)\//.test(path));
  return Object.fromEntries(files.map((path) => [path, read(path)]));
}

/** A line of the message. */
const refusal = (given: string): RegExp =>
  new RegExp(
    `error\\[overlaid-parameter\\]: the stage 'train' reads 'n' from params.yaml, which an overlay does not change[^]*` +
      `given +${given}[^]*in the file +n: 1[^]*help: run it as an experiment .*or edit params.yaml; or`,
  );

for (const [kind, files] of Object.entries(kinds)) {
  const testFurther = kind === 'a project of its own' ? test : testInWhole;
  testFurther(
    `in ${kind} every command that decides or records refuses to overlay what a stage declares`,
    async (t) => {
      const workspace = makeWorkspace(t, { ...files, 'params.yaml': params, 'over.yaml': 'm: 1\nn: 7\n' });
      await workspace.repro();
      const before = contentsOf(workspace);
      const commands = [
        ['repro'],
        ['repro', '--dry'],
        ['repro', '-f'],
        ['repro', '-s', 'train'],
        ['status'],
        ['status', '--json'],
        ['why', 'train'],
        ['commit'],
        ['commit', '-f'],
        ['checkout'],
        ['checkout', '-f', 'train'],
        ['push'],
        ['push', '--run-cache'],
        ['fetch'],
        ['fetch', '--run-cache'],
        ['pull'],
        ['watch'],
      ];
      for (const command of sampleOf(commands, 6)) {
        for (const [overlay, given] of [
          [['-S', 'n=7'], '-S n=7'],
          [['--params', 'over.yaml'], '--params over.yaml, line 2'],
        ] as const) {
          const { code, stderr } = await workspace.pipe(...command, ...overlay);
          assert.equal(code, 1, command.join(' '));
          assert.match(stderr, refusal(given), command.join(' '));
          assert.deepEqual(contentsOf(workspace), before, command.join(' '));
        }
      }
    },
  );

  testFurther(
    `in ${kind} an overlay reaches commands, and stages that are not asked about do not matter`,
    async (t) => {
      const workspace = makeWorkspace(t, { ...files, 'params.yaml': params });
      await workspace.repro();
      assert.deepEqual((await workspace.repro('-S', 'm=7')).ran, ['flags']);
      assert.equal(workspace.read('flags.txt'), '7\n');
      await workspace.expect(0, 'status', '--check', '-S', 'm=7');
      // The same value as in the file.
      assert.deepEqual((await workspace.repro('-S', 'm=7', '-S', 'n=1')).ran, []);
      // Nothing is decided about `train`.
      assert.deepEqual((await workspace.repro('flags', '-S', 'm=8', '-S', 'n=7')).ran, ['flags']);
      await workspace.expect(0, 'checkout', 'flags', '-S', 'n=7');
      await workspace.expect(1, 'repro', 'train', '-S', 'n=7');
      workspace.write('params.yaml', 'n: 7\nm: 8\n');
      assert.deepEqual((await workspace.repro('-S', 'n=7')).ran, ['train']);
      assert.equal(workspace.read('model.txt'), 'n: 7\nm: 8\n');
      assert.deepEqual((await workspace.repro()).ran, []);
    },
  );
}

test('a value that reaches the command and is declared too is refused: the stage may read the file', async (t) => {
  const workspace = makeWorkspace(t, {
    'params.yaml': 'train: {lr: 0.1, depth: 2}\nother: 1\n',
    'pipeline.yaml': `
stages:
  grid:
    foreach: [a, b, c, d]
    do: {cmd: 'echo \${train.lr} > \${item}', params: [train], outs: ['\${item}']}
  whole: {cmd: "echo \${other} > whole", params: [{params.yaml: }], outs: [whole]}
`,
  });
  const { stderr } = await workspace.expect(1, 'repro', '-S', 'train.lr=0.5', '-S', 'other=2');
  assert.match(
    stderr,
    /the stages 'grid@a', 'grid@b', 'grid@c' and 2 more read 'train' from params.yaml[^]*given +-S train.lr=0.5[^]*in the file +train: \{"depth":2,"lr":0.1\}/,
  );
  assert.match(stderr, /the stage 'whole' reads 'other' from params.yaml[^]*given +-S other=2/);
  workspace.write('sub/over.yaml', 'fresh: 1\n');
  const below = await runPipe(workspace.path('sub'), ['repro', '--params', 'over.yaml']);
  assert.match(below.stderr, /unknown-parameter/, 'the file is named from the current folder');
  assert.equal(existsSync(workspace.path('a')), false);
});

test('nor is a key overlaid that only the file of a stage has', async (t) => {
  const workspace = makeWorkspace(t, {
    'only.json': '{"seed": 1, "rest": 2}',
    'pipeline.yaml':
      'stages:\n  s: {cmd: cp only.json out, params: [only.json: [seed]], outs: [out]}\n  other: {cmd: echo > o, outs: [o]}\n',
  });
  assert.match((await workspace.expect(1, 'repro', '-S', 'seed=5')).stderr, /reads 'seed' from only.json/);
  assert.match((await workspace.expect(1, 'repro', '-S', 'sed=5')).stderr, /unknown-parameter/);
});

test('the version of a package that a source imports is no parameter to overlay', async (t) => {
  const workspace = makeWorkspace(t, {
    'params.yaml': 'version: 1\n',
    'node_modules/dep/package.json': '{"name": "dep", "version": "1.0.0", "main": "index.js"}',
    'node_modules/dep/index.js': 'module.exports = 1;\n',
    'main.js': "const one = require('dep');\nconsole.log(one, process.argv[2]);\n",
    'pipeline.yaml':
      'stages:\n  s: {cmd: "node main.js ${version} > out", deps: [{main.js: {imports: true}}], outs: [out]}\n',
  });
  await workspace.repro('-S', 'version=2');
  assert.equal(workspace.read('out'), '1 2\n');
});

test('a watch goes on when the file says something else than its overlay, and runs nothing for it', async (t) => {
  const workspace = makeWorkspace(t, { ...kinds['a project of its own'], 'params.yaml': 'n: 7\nm: 1\n' });
  await watching(t, workspace, ['-S', 'n=7'], async (until) => {
    await until(/Waiting for changes/);
    workspace.write('params.yaml', 'n: 8\nm: 1\n');
    await until(/overlaid-parameter/);
    assert.equal(workspace.read('model.txt'), 'n: 7\nm: 1\n');
  });
});

async function watching(
  t: TestContext,
  workspace: TestWorkspace,
  args: readonly string[],
  use: (until: (pattern: RegExp) => Promise<void>) => Promise<void>,
): Promise<void> {
  const child = startPipe(workspace.root, ['watch', ...args]);
  t.after(() => child.kill('SIGKILL'));
  let said = '';
  let heard = Promise.withResolvers<void>();
  for (const stream of [child.stdout!, child.stderr!])
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      said += chunk;
      heard.resolve();
      heard = Promise.withResolvers();
    });
  const closed = new Promise<never>((_, reject) => {
    child.once('close', () => reject(new Error(`the watch has ended:\n${said}`)));
  });
  await use(async (pattern) => {
    while (!pattern.test(said)) await Promise.race([heard.promise, closed]);
  });
  child.kill('SIGINT');
  await assert.rejects(closed);
}
