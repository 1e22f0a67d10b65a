// One remote, two tools: what either pushes the other pulls, and neither finds anything left to do.
import assert from 'node:assert/strict';
import { cpSync, globSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { startFileServer } from '../../cache/remote/file-server.ts';
import { runPipe } from '../../workspace.ts';
import { makeRepository, type Repository } from './twins.ts';

const files = {
  'dvc.yaml': `stages:
  one:
    cmd: mkdir -p one/deep && cp data one/file && cp data 'one/deep/é ü' && echo p > plain && cp data metric.json
    deps: [data]
    outs: [one, {plain: {push: false}}]
    metrics: [{metric.json: {cache: false}}]
  two:
    cmd: cat one/file one/file > two
    deps: [one]
    outs: [two]
`,
  data: '{"a": 1}\n',
};

/** A repository that was run and whose remote `shared` is at the URL. */
async function makeShared(t: TestContext, url: (root: string) => string): Promise<Repository> {
  const repository = makeRepository(t, files);
  dvc(repository, 'add', 'data');
  dvc(repository, 'remote', 'add', '-d', 'Shared', url(dirname(repository.root)));
  await repository.repro('dvc');
  return repository;
}

function dvc(repository: Repository, ...args: readonly string[]): string {
  const { code, output } = repository.dvc(...args);
  assert.equal(code, 0, `dvc ${args.join(' ')}\n${output}`);
  return output;
}

async function pipe(
  repository: Repository,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<string> {
  const { code, stdout, stderr } = await runPipe(repository.root, args, env);
  assert.equal(code, 0, `pipe ${args.join(' ')}\n${stdout}${stderr}`);
  return stdout;
}

/** As on another machine: no cache, no outputs, none of either tool's memory. */
function forget(repository: Repository, ...more: readonly string[]): void {
  for (const name of ['.dvc/cache', '.dvc/tmp', '../site', 'one', 'two', 'plain', 'data', ...more])
    rmSync(join(repository.root, name), { recursive: true, force: true });
}

const folder = (root: string): string => join(root, 'remote');
const listed = (at: string): string[] =>
  globSync('{files,runs}/**', { cwd: at, exclude: ['**/*.tmp'] })
    .filter((path) => /\/[0-9a-f]{30}(?:\.dir)?$|\/[0-9a-f]{64}\/[0-9a-f]{64}$/.test(path))
    .sort();

test('a folder: DVC pushes, pipe pulls', { timeout: 300_000 }, async (t) => {
  const repository = await makeShared(t, folder);
  dvc(repository, 'push');
  forget(repository);
  // What is not pushed has to be made again.
  const { stderr } = await runPipe(repository.root, ['pull']);
  assert.match(stderr, /checkout-missing[^]*'one'/);
  assert.equal(repository.read('two'), files.data.repeat(2));
  assert.equal(repository.read('one/deep/é ü'), files.data);
  assert.deepEqual((await repository.repro('pipe')).ran, ['one']);
  assert.equal(dvc(repository, 'status'), 'Data and pipelines are up to date.\n');
  assert.match(dvc(repository, 'status', '-c'), /in sync/);
});

test(
  'a folder: pipe pushes, DVC pulls; what is there is byte for byte what DVC puts there',
  { timeout: 300_000 },
  async (t) => {
    const repository = await makeShared(t, folder);
    const remote = folder(dirname(repository.root));
    await pipe(repository, ['push']);
    const ours = listed(remote);
    const copy = join(dirname(repository.root), 'ours');
    cpSync(remote, copy, { recursive: true });
    assert.match(dvc(repository, 'push'), /Everything is up to date/);
    rmSync(remote, { recursive: true });
    rmSync(join(repository.root, '../site'), { recursive: true, force: true });
    dvc(repository, 'push');
    assert.deepEqual(ours, listed(remote));
    rmSync(remote, { recursive: true });
    cpSync(copy, remote, { recursive: true });
    forget(repository);
    repository.dvc('pull');
    assert.equal(repository.read('two'), files.data.repeat(2));
    assert.equal(repository.read('one/deep/é ü'), files.data);
    assert.match(await pipe(repository, ['push']), /has everything already/);
  },
);

test('a file or folder of an output is pulled and checked out alone', { timeout: 300_000 }, async (t) => {
  const left: unknown[] = [];
  for (const tool of ['dvc', 'pipe'] as const) {
    const repository = makeRepository(t, { 'd/a': 'a', 'd/sub/b': 'bb', 'd/sub/in/c': 'ccc' });
    const run = async (...args: readonly string[]): Promise<unknown> =>
      tool === 'dvc' ? dvc(repository, ...args) : pipe(repository, args);
    dvc(repository, 'add', 'd');
    dvc(repository, 'remote', 'add', '-d', 'shared', folder(dirname(repository.root)));
    dvc(repository, 'push');
    forget(repository, 'd');
    const look = (): void =>
      void left.push([
        tool,
        globSync('{d,.dvc/cache}/**', { cwd: repository.root })
          .filter((path) => statSync(join(repository.root, path)).isFile())
          .sort(),
      ]);
    await run('pull', 'd/sub/in/c');
    look();
    repository.write('d/a', 'edited');
    await run('pull', 'd/sub');
    look();
    assert.equal(repository.read('d/a'), 'edited');
    repository.remove('d');
    await run('checkout', 'd/sub/b');
    look();
  }
  assert.deepEqual(
    left.slice(0, 3),
    left.slice(3).map((one) => ['dvc', (one as unknown[])[1]]),
  );
});

test(
  'results of earlier runs go both ways, and without trust only with a signature',
  { timeout: 300_000 },
  async (t) => {
    const repository = await makeShared(t, folder);
    const { root } = repository;
    const key = { PIPE_REMOTE_KEY: 'ours' };
    repository.replace('dvc.yaml', ', {plain: {push: false}}', ', plain');
    await repository.repro('dvc');
    const lost = ['dvc.lock', 'metric.json'];

    await pipe(repository, ['push', '--run-cache'], key);
    forget(repository, ...lost);
    dvc(repository, 'pull', 'data.dvc');
    dvc(repository, 'pull', '--run-cache', 'data.dvc');
    assert.match(dvc(repository, 'repro', '--pull'), /Stage 'one' is cached[^]*Stage 'two' is cached/);

    forget(repository, ...lost);
    assert.match(await pipe(repository, ['repro', '--pull'], key), /3 restored|2 restored/);
    assert.equal(dvc(repository, 'status'), 'Data and pipelines are up to date.\n');

    rmSync(folder(dirname(root)), { recursive: true });
    dvc(repository, 'push', '--run-cache');
    forget(repository, ...lost);
    assert.match((await runPipe(root, ['repro', '--pull'], key)).stdout, /2 ran/);
    forget(repository, ...lost);
    repository.write('cache/config.yaml', 'remotes: {shared: {trust: true}}\n');
    assert.doesNotMatch(await pipe(repository, ['repro', '--pull']), / ran/);
    assert.equal(repository.read('two'), files.data.repeat(2));
  },
);

test('a server: each pulls what the other pushed', { timeout: 300_000 }, async (t) => {
  const server = await startFileServer(t);
  const repository = await makeShared(t, () => server.url.replace(/\/$/, '/dvc'));
  repository.replace('dvc.yaml', ', {plain: {push: false}}', ', plain');
  await repository.repro('pipe');
  await repository.start('push');
  const theirs = [...server.files.keys()].sort();
  assert.ok(
    theirs.some((key) => /^dvc\/files\/md5\/..\/.{30}\.dir$/.test(key)),
    theirs.join('\n'),
  );
  forget(repository);
  await pipe(repository, ['pull']);
  assert.equal(repository.read('one/deep/é ü'), files.data);

  server.files.clear();
  await pipe(repository, ['push']);
  assert.deepEqual([...server.files.keys()].sort(), theirs);
  // DVC's own method, unless another is set.
  assert.ok(server.requests.some(({ method }) => method === 'POST'));
  forget(repository);
  assert.equal(await repository.start('pull'), 0);
  assert.equal(repository.read('one/deep/é ü'), files.data);
  assert.equal(repository.read('two'), files.data.repeat(2));
});

test(
  'entries of DVC 2: their objects lie where DVC 2 put them, on the remote too',
  { timeout: 300_000 },
  async (t) => {
    const repository = makeRepository(t, { ...files, text: 'a\r\nb\r\n' });
    dvc(repository, 'remote', 'add', '-d', 'shared', folder(dirname(repository.root)));
    dvc(repository, 'add', 'text');
    const legacy = 'dd8c6a395b5dd36c56d23275028f526c'; // of a\nb\n
    repository.remove('text.dvc');
    repository.write('text.dvc', `outs:\n- md5: ${legacy}\n  size: 6\n  path: text\n`);
    rmSync(join(repository.root, '.dvc/cache'), { recursive: true });
    repository.write(`.dvc/cache/${legacy.slice(0, 2)}/${legacy.slice(2)}`, 'a\r\nb\r\n');
    dvc(repository, 'push', 'text.dvc');
    const lose = (): void => {
      for (const name of ['.dvc/cache', 'text', '../site']) repository.remove(name);
    };
    lose();
    await pipe(repository, ['pull', 'text.dvc']);
    assert.equal(repository.read('text'), 'a\r\nb\r\n');
    rmSync(folder(dirname(repository.root)), { recursive: true });
    await pipe(repository, ['push', 'text.dvc']);
    lose();
    dvc(repository, 'pull', 'text.dvc');
    assert.equal(repository.read('text'), 'a\r\nb\r\n');
  },
);
