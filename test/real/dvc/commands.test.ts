// The commands beside repro: whichever tool is asked, DVC finds the repository as it expects it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { runPipe } from '../../workspace.ts';
import { makeRepository, type Repository } from './twins.ts';

const files = {
  'dvc.yaml': `stages:
  one:
    cmd: mkdir -p one && cp data one/file && cp data plain && cp data metric.json
    deps: [data]
    outs: [one, {plain: {cache: false}}]
    metrics: [{metric.json: {cache: false}}]
  two:
    cmd: cat one/file one/file > two
    deps: [one]
    outs: [two]
`,
  data: '{"a": 1}\n',
};

const clean = 'Data and pipelines are up to date.\n';

async function pipe(repository: Repository, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runPipe(repository.root, args);
  assert.equal(code, 0, stdout + stderr);
  return stdout;
}

test('checkout, commit, gc and verify', { timeout: 300_000 }, async (t) => {
  const repository = makeRepository(t, files);
  assert.equal(repository.dvc('add', 'data').code, 0);
  await pipe(repository, 'repro');
  assert.equal(repository.dvc('status').output, clean);

  // Checkout brings back what the cache has, data files too.
  for (const path of ['one', 'two', 'data']) repository.remove(path);
  await pipe(repository, 'checkout');
  assert.equal(repository.dvc('status').output, clean);
  for (const path of ['one', 'two', 'data']) repository.remove(path);
  assert.equal(repository.dvc('checkout').code, 0);
  assert.deepEqual((await repository.repro('pipe')).restored, []);

  // Commit takes the workspace as it is.
  repository.remove('two');
  repository.write('two', 'by hand');
  repository.remove('data');
  repository.write('data', '{"a": 2}\n');
  await pipe(repository, 'commit', '-f');
  assert.equal(repository.dvc('status').output, clean);
  assert.equal(repository.read('two'), 'by hand');

  // What is thrown away was not needed, neither by stages nor as data.
  await pipe(repository, 'gc', '--workspace');
  assert.equal(await pipe(repository, 'verify').then((text) => /0 damaged/.test(text)), true);
  for (const path of ['one', 'two', 'data']) repository.remove(path);
  const checkout = repository.dvc('checkout');
  assert.equal(checkout.code, 0, checkout.output);
  assert.equal(repository.dvc('status').output, clean);
  assert.equal(repository.read('data'), '{"a": 2}\n');
});

test(
  'what was given up by DVC is given up by us: frozen, removed, renamed stages',
  { timeout: 300_000 },
  async (t) => {
    const repository = makeRepository(t, files);
    await pipe(repository, 'repro');
    assert.equal(repository.dvc('freeze', 'two').code, 0);
    repository.remove('data');
    repository.write('data', 'other');
    assert.deepEqual((await repository.repro('pipe')).ran, ['one']);
    assert.match(repository.dvc('status').output, /up to date/);
    assert.equal(repository.dvc('unfreeze', 'two').code, 0);
    assert.deepEqual((await repository.repro('pipe')).ran, ['two']);
    assert.equal(repository.dvc('remove', 'two').code, 0);
    assert.deepEqual((await repository.repro('pipe')).ran, []);
    assert.equal(repository.dvc('status').output, clean);
  },
);

test('core.autostage adds the same to git', { timeout: 300_000 }, async (t) => {
  const staged = async (tool: 'pipe' | 'dvc'): Promise<string> => {
    const repository = makeRepository(t, files);
    assert.equal(repository.dvc('config', 'core.autostage', 'true').code, 0);
    assert.equal(repository.dvc('add', 'data').code, 0);
    repository.replace('data', '1', '2');
    await repository.repro(tool);
    const { stdout } = spawnSync('git', ['diff', '--cached', '--name-only'], {
      cwd: repository.root,
      encoding: 'utf8',
    });
    assert.ok(stdout.includes('dvc.lock'));
    const { stdout: text } = spawnSync('git', ['diff', '--cached', 'data.dvc'], {
      cwd: repository.root,
      encoding: 'utf8',
    });
    return stdout + text;
  };
  assert.equal(await staged('pipe'), await staged('dvc'));
});

test('an environment under meta counts for us and is nothing to DVC', { timeout: 300_000 }, async (t) => {
  const repository = makeRepository(t, {
    'dvc.yaml': `stages:
  s:
    cmd: cat in > out && echo "$GREETING" >> out
    deps: [in]
    outs: [out]
    meta: {pipe: {env: {GREETING: hello}}}
`,
    in: 'in\n',
  });
  assert.deepEqual((await repository.repro('pipe')).ran, ['s']);
  assert.equal(repository.read('out'), 'in\nhello\n');
  assert.equal(repository.dvc('status').output, clean);
  assert.deepEqual((await repository.repro('pipe')).ran, []);
  repository.replace('dvc.yaml', 'hello', 'bye');
  assert.equal(repository.dvc('status').output, clean);
  assert.deepEqual((await repository.repro('pipe')).ran, ['s']);
  assert.equal(repository.read('out'), 'in\nbye\n');
  repository.replace('in', 'in', 'IN');
  assert.deepEqual((await repository.repro('dvc')).ran, ['s']);
  assert.deepEqual((await repository.repro('pipe')).ran, ['s'], 'DVC ran it without the environment');
});
