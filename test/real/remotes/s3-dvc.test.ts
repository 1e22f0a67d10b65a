// One bucket, two tools: DVC and pipe take turns over a series of edits. What either pushes the other pulls, neither finds anything left
// to do, and in the end the bucket holds what it would hold had DVC been alone.
import assert from 'node:assert/strict';
import { globSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { runPipe } from '../../workspace.ts';
import { dvcWithS3, makeRepository, type Repository, type Tool } from '../dvc/twins.ts';
import { startPathProxy } from './path-proxy.ts';
import { startMoto, startVersity, type S3Server } from './s3-servers.ts';

const TIMEOUT = { timeout: 1_800_000 };

const files = {
  'dvc.yaml': `stages:
  one:
    cmd: mkdir -p one/deep && cp data one/file && cp data 'one/deep/é ü' && for i in 1 2 3 4 5 6 7 8 9; do cat data big > one/$i; done
    deps: [data, big]
    outs: [one]
  two:
    cmd: cat one/file one/file > two && cp data metric.json
    deps: [one, data]
    outs: [two]
    metrics: [{metric.json: {cache: false}}]
`,
  data: '{"a": 1}\n',
  big: 'x'.repeat(100_000),
};

function makeShared(t: TestContext, server: Pick<S3Server, 'url' | 'env'>, prefix: string): Repository {
  const repository = makeRepository(t, files, dvcWithS3(), server.env);
  dvc(repository, 'add', 'data', 'big');
  dvc(repository, 'remote', 'add', '-d', 'Shared', `s3://bucket/${prefix}`);
  dvc(repository, 'remote', 'modify', 'Shared', 'endpointurl', server.url);
  return repository;
}

function dvc(repository: Repository, ...args: readonly string[]): string {
  const { code, output } = repository.dvc(...args);
  assert.equal(code, 0, `dvc ${args.join(' ')}\n${output}`);
  return output;
}

async function pipe(repository: Repository, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runPipe(repository.root, args, repository.env);
  assert.equal(code, 0, `pipe ${args.join(' ')}\n${stdout}${stderr}`);
  return stdout;
}

async function push(repository: Repository, tool: Tool): Promise<void> {
  await repository.repro(tool);
  if (tool === 'dvc') dvc(repository, 'push');
  else await pipe(repository, 'push');
}

/** As on another machine: no cache, no outputs, none of either tool's memory. */
async function pull(repository: Repository, tool: Tool): Promise<void> {
  for (const name of ['.dvc/cache', '.dvc/tmp', '../site', 'one', 'two', 'data', 'big'])
    rmSync(join(repository.root, name), { recursive: true, force: true });
  if (tool === 'dvc') dvc(repository, 'pull');
  else await pipe(repository, 'pull');
  assert.equal(repository.read('two'), repository.read('data').repeat(2));
  assert.equal(repository.read('one/deep/é ü'), repository.read('data'));
  assert.equal(repository.read('one/9'), repository.read('data') + repository.read('big'));
}

async function assertClean(repository: Repository): Promise<void> {
  assert.equal(dvc(repository, 'status'), 'Data and pipelines are up to date.\n');
  assert.match(dvc(repository, 'status', '-c'), /in sync/);
  assert.match(await pipe(repository, 'status'), /up to date/);
  assert.match(await pipe(repository, 'push', '--dry'), /has everything already/);
}

function edit(repository: Repository, name: string, text: string): void {
  repository.remove(name);
  repository.write(name, text);
  dvc(repository, 'commit', '-f', `${name}.dvc`);
}

interface Store {
  readonly server: Pick<S3Server, 'url' | 'env'>;
  /** The objects of a prefix, with their bytes. */
  readonly objects: (prefix: string) => Promise<Record<string, string>>;
}

async function onVersity(t: TestContext): Promise<Store> {
  const server = await startVersity(t);
  return {
    server,
    objects: async (prefix) =>
      Object.fromEntries(
        globSync('files/md5/*/*', { cwd: join(server.folder, prefix) })
          .sort()
          .map((path) => [path, readFileSync(join(server.folder, prefix, path), 'latin1')]),
      ),
  };
}

async function onMoto(t: TestContext): Promise<Store> {
  const server = await startMoto(t);
  // It lets anybody read.
  const read = async (path: string): Promise<string> =>
    Buffer.from(await (await fetch(`${server.url}/bucket${path}`)).arrayBuffer()).toString('latin1');
  return {
    server,
    objects: async (prefix) => {
      const listed = await read(`?list-type=2&prefix=${prefix}/files/md5/`);
      const keys = [...listed.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key]) => key!);
      return Object.fromEntries(
        await Promise.all(
          keys.map(async (key) => [key.slice(prefix.length + 1), await read(`/${key}`)] as const),
        ),
      );
    },
  };
}

for (const [name, start] of Object.entries({ versitygw: onVersity, moto: onMoto }))
  test(
    `turns over a series of edits; the bucket of ${name} ends as if DVC had been alone`,
    TIMEOUT,
    async (t) => {
      const { server, objects } = await start(t);
      const shared = makeShared(t, server, 'shared');
      const alone = makeShared(t, server, 'alone');
      const edits: readonly ((at: Repository) => void)[] = [
        () => undefined,
        (at) => edit(at, 'data', '{"a": 2}\n'),
        (at) => edit(at, 'big', 'y'.repeat(200_000)),
        (at) => at.replace('dvc.yaml', 'cp data one/file', 'cp data one/file && echo more > one/deep/more'),
        // What was there before is found again.
        (at) => edit(at, 'data', '{"a": 1}\n'),
      ];
      for (const [index, change] of edits.entries()) {
        const [pushing, pulling]: readonly [Tool, Tool] = index % 2 === 0 ? ['pipe', 'dvc'] : ['dvc', 'pipe'];
        change(shared);
        change(alone);
        await push(shared, pushing);
        await push(alone, 'dvc');
        await pull(shared, pulling);
        await assertClean(shared);
        const there = await objects('shared');
        assert.ok(Object.keys(there).length > 3 + index);
        assert.deepEqual(there, await objects('alone'), `after edit ${index}`);
      }
    },
  );

test('records of runs go both ways', TIMEOUT, async (t) => {
  const server = await startVersity(t);
  const repository = makeShared(t, server, 'runs');
  repository.write('cache/config.yaml', 'remotes: {shared: {trust: true}}\n');
  const { env, root } = repository;
  await repository.repro('pipe');
  assert.match(await pipe(repository, 'push', '--run-cache'), /and 2 records/);
  const lock = repository.read('dvc.lock');
  const forget = (): void => {
    for (const name of ['.dvc/cache', '.dvc/tmp', '../site', 'one', 'two', 'dvc.lock', 'metric.json'])
      rmSync(join(root, name), { recursive: true, force: true });
  };
  forget();
  dvc(repository, 'pull', '--run-cache', 'data.dvc', 'big.dvc');
  assert.match(dvc(repository, 'repro', '--pull'), /Stage 'one' is cached[^]*Stage 'two' is cached/);
  assert.equal(repository.read('dvc.lock'), lock);
  edit(repository, 'data', '{"a": 3}\n');
  await repository.repro('dvc');
  dvc(repository, 'push', '--run-cache');
  forget();
  const { code, stdout, stderr } = await runPipe(root, ['repro', '--pull'], env);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /2 restored/);
});

test('objects in the old place, as DVC 2 left them', TIMEOUT, async (t) => {
  const server = await startVersity(t);
  const repository = makeShared(t, server, 'old');
  await push(repository, 'dvc');
  // Entries without the name of a hash are of DVC 2, whose objects are at the root of the remote.
  for (const name of ['dvc.lock', 'data.dvc', 'big.dvc']) {
    const text = repository.read(name).replaceAll(/^ *hash: md5\n/gm, '');
    repository.remove(name);
    repository.write(name, text);
  }
  const remote = join(server.folder, 'old');
  for (const path of globSync('files/md5/*/*', { cwd: remote })) {
    const to = join(remote, path.slice('files/md5/'.length));
    mkdirSync(dirname(to), { recursive: true });
    renameSync(join(remote, path), to);
  }
  await pull(repository, 'pipe');
  await pull(repository, 'dvc');
  assert.match(dvc(repository, 'status', '-c'), /in sync/);
  // What the bucket lost comes back to where it was.
  rmSync(remote, { recursive: true });
  await pipe(repository, 'push');
  assert.deepEqual(globSync('files/**', { cwd: remote }), []);
  await pull(repository, 'dvc');
});

test('remotes with versions in the cloud are refused by name', TIMEOUT, async (t) => {
  const server = await startVersity(t);
  const repository = makeShared(t, server, 'versions');
  await repository.repro('pipe');
  for (const option of ['version_aware', 'worktree']) {
    dvc(repository, 'remote', 'modify', 'Shared', option, 'true');
    const { code, stderr } = await runPipe(repository.root, ['push'], repository.env);
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`remote-unsupported[^]*${option}[^]*dvc push`));
    dvc(repository, 'remote', 'modify', '--unset', 'Shared', option);
  }
});

test('an endpoint with a path: both sign the path that the server sees, odd ones too', TIMEOUT, async (t) => {
  const server = await startVersity(t);
  for (const [path, asked] of [
    ['/storage/v1', '/storage/v1'],
    ['/a b%20/+~', '/a%20b%2520/%2B~'],
  ] as const) {
    const { origin } = new URL(await startPathProxy(t, asked, server.url, 'checks'));
    const repository = makeShared(t, { ...server, url: `${origin}${path}` }, `behind ${path.length} #%`);
    await push(repository, 'pipe');
    await pull(repository, 'dvc');
    edit(repository, 'data', '{"a": 2}\n');
    await push(repository, 'dvc');
    await pull(repository, 'pipe');
    await assertClean(repository);
  }
  const stripping = await startPathProxy(t, '/storage/v1', server.url, 'strips');
  const repository = makeShared(t, { ...server, url: stripping }, 'stripped');
  await repository.repro('pipe');
  const refused = await runPipe(repository.root, ['push'], repository.env);
  assert.equal(refused.code, 1);
  assert.match(
    refused.stderr,
    /remote-refused[^]*endpoint +http[^ ]*\/storage\/v1\n[^]*the path of the endpoint is signed too/,
  );
  assert.notEqual(repository.dvc('push').code, 0, 'nor can DVC');
});
