// Sources of imports on real servers: buckets and other machines by URL, and repositories whose remotes are there.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, globSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { assertTrueObjects, leftovers, objectsIn } from '../../cache/remote/shared-project.ts';
import { makeWorkspace, runPipe } from '../../workspace.ts';
import { startGitServer } from '../../e2e/git-server.ts';
import { expecting } from './expecting.ts';
import { startProxy, type CuttingProxy } from './cutting-proxy.ts';
import { startVersity } from './s3-servers.ts';
import { clientWith, hostSection, startSshd } from './sshd.ts';

const TIMEOUT = { timeout: 900_000 };

interface Place {
  /** Before a path of it. */
  readonly url: string;
  /** Absolute folder of its files. */
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly put: (path: string, text: string) => void;
}

const putInto =
  (folder: string) =>
  (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };

/** What is put there by hand has no ETag: versitygw keeps that beside the file. */
async function bucket(t: TestContext): Promise<Place> {
  const { url, folder, env } = await startVersity(t);
  const whole = { ...env, AWS_ENDPOINT_URL_S3: url };
  return {
    url: 's3://bucket',
    folder,
    env: whole,
    put(path, text) {
      const args = ['-fsS', '-X', 'PUT', '-H', 'content-type: text/plain', '--data-binary', text];
      const sign = ['-H', 'x-amz-content-sha256: UNSIGNED-PAYLOAD', '--aws-sigv4', 'aws:amz:us-east-1:s3'];
      const at = `${url}/bucket/${path.split('/').map(encodeURIComponent).join('/')}`;
      execFileSync('curl', [...args, ...sign, '--user', 'ours:a-secret-of-ours', at]);
    },
  };
}

async function machine(t: TestContext): Promise<Place> {
  const server = await startSshd(t);
  const folder = server.home.path('served');
  mkdirSync(folder);
  const { env } = clientWith(t, hostSection('big', server));
  return { url: `ssh://big${folder}`, folder, env, put: putInto(folder) };
}

for (const [name, open] of [
  ['a bucket', bucket],
  ['another machine', machine],
] as const)
  test(`from ${name}: imported, checked, updated, downloaded, read by stages`, TIMEOUT, async (t) => {
    const { url, env, put, folder } = await open(t);
    const expect = expecting(env);
    put('data/one', '1');
    put('data/in/two', '22');
    put('data/name with spaces+ä', '333');
    const project = makeWorkspace(t, {
      'pipeline.yaml': `stages:
  read: {cmd: echo read > got, deps: ['${url}/data/one'], outs: [got]}
`,
    });
    await expect(0, project, 'import-url', `${url}/data/one`, 'one');
    await expect(0, project, 'import-url', `${url}/data`, 'data', '-j', '3');
    assert.equal(project.read('one') + project.read('data/in/two'), '122');
    assert.equal(project.read('data/name with spaces+ä'), '333');
    assert.doesNotMatch((await expect(0, project, 'status')).stdout, /source/);
    await expect(0, project, 'get', `${url}/data/in`, '-o', 'got-in');
    assert.deepEqual(readdirSync(project.path('got-in')), ['two']);
    assert.match((await expect(1, project, 'get', `${url}/none`)).stderr, /source-missing/);
    assert.match((await expect(1, project, 'import-url', `${url}/none`)).stderr, /source-missing/);
    const ran = await expect(0, project, 'repro');
    assert.match(ran.stdout, /1 ran/);
    assert.doesNotMatch((await expect(0, project, 'repro')).stdout, /[1-9] ran/);

    put('data/one', 'changed');
    const status = (await expect(0, project, 'status')).stdout;
    assert.match(status, /^one: its source has changed/m);
    assert.match(status, /^data: its source has changed/m);
    assert.match(status, /read/);
    await expect(0, project, 'update');
    assert.equal(project.read('one') + project.read('data/one'), 'changedchanged');
    assert.match((await expect(0, project, 'repro')).stdout, /1 ran/);
    rmSync(join(folder, 'data'), { recursive: true });
    assert.match((await expect(0, project, 'status', '--allow-missing')).stdout, /source is gone/);
    assert.match((await expect(1, project, 'update')).stderr, /source-missing/);
    assert.equal(project.read('one'), 'changed');
    assert.deepEqual(leftovers(project), []);
  });

test(
  'from a machine that refuses every login: said as of a source, and git asks with an end',
  TIMEOUT,
  async (t) => {
    const server = await startSshd(t);
    const client = clientWith(t, hostSection('shut', { ...server, key: '/none' }));
    const project = makeWorkspace(t, { 'pipeline.yaml': 'stages: {}\n' });
    const { stderr } = await client.expect(1, project.root, 'import-url', 'ssh://shut/x');
    assert.match(stderr, /source-refused\]: 'ssh:\/\/shut\/x' cannot be read[^]*remote:\/\/NAME\/PATH/);
    assert.doesNotMatch(stderr, /PASSWORD/);

    const asked = project.path('asked');
    const { env } = client;
    const [own] = env['PATH']!.split(delimiter);
    project.write('bin/ssh', `#!/bin/sh\necho "$@" >> '${asked}'\nexec '${own}/ssh' "$@"\n`);
    chmodSync(project.path('bin/ssh'), 0o755);
    const listed = await runPipe(project.root, ['list', 'ssh://shut/x.git'], {
      ...env,
      PATH: [project.path('bin'), env['PATH']].join(delimiter),
      XDG_CACHE_HOME: project.path('home'),
      GIT_CONFIG_GLOBAL: '/dev/null',
    });
    assert.match(
      listed.stderr,
      /repository-unreachable[^]*reason .*Permission denied \(publickey[^)]*\)\.$/m,
    );
    assert.match(project.read('asked'), /ConnectTimeout=20.*ServerAliveInterval.*BatchMode=yes/);
  },
);

test('status waits a few seconds for sources that say nothing, and names each', TIMEOUT, async (t) => {
  const [versity, sshd] = [await startVersity(t), await startSshd(t)];
  const up = makeWorkspace(t, { file: 'x' });
  const git = (...args: readonly string[]): string =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', '-C', up.root, ...args], {
      encoding: 'utf8',
    });
  git('init', '-q');
  git('add', 'file');
  git('commit', '-qm', 'one');
  git('clone', '-q', '--bare', '.', 'up.git');
  git('-C', 'up.git', 'config', 'uploadpack.allowFilter', 'true');
  const gitServer = await startGitServer(t, up.root);
  const proxies: CuttingProxy[] = [];
  const behind = async (port: number): Promise<number> => {
    const proxy = await startProxy(t, port);
    proxies.push(proxy);
    return proxy.port;
  };
  const { env } = clientWith(t, hostSection('big', { ...sshd, port: await behind(sshd.port) }));
  const s3 = `http://127.0.0.1:${await behind(Number(new URL(versity.url).port))}`;
  const repository = `http://127.0.0.1:${await behind(Number(new URL(gitServer.url).port))}/up.git`;
  const home = makeWorkspace(t, {});
  const expect = expecting({
    ...env,
    ...versity.env,
    AWS_ENDPOINT_URL_S3: s3,
    XDG_CACHE_HOME: home.root,
    GIT_CONFIG_GLOBAL: '/dev/null',
  });
  writeFileSync(join(versity.folder, 'stored'), 'x');
  sshd.home.write('there', 'x');
  const project = makeWorkspace(t, { 'pipeline.yaml': 'stages: {}\n' });
  await expect(0, project, 'import-url', 's3://bucket/stored');
  await expect(0, project, 'import-url', `ssh://big${sshd.home.path('there')}`);
  await expect(0, project, 'import', repository, 'file');
  assert.doesNotMatch((await expect(0, project, 'status')).stdout, /could not be checked/);
  for (const proxy of proxies) proxy.watch = () => 'hold';
  const { stdout } = await expect(0, project, 'status');
  assert.match(stdout, /^stored: its source could not be checked: .*silent for 4 s/m);
  assert.match(stdout, /^there: its source could not be checked: .*ssh:\/\/big/m);
  assert.match(stdout, /^file: its source could not be checked: .*too slow.* 4 seconds/m);
});

test('from a bucket to another machine, and back, without being kept here', TIMEOUT, async (t) => {
  const [from, to] = [await bucket(t), await machine(t)];
  const expect = expecting({ ...from.env, ...to.env });
  from.put('data/one', '1');
  from.put('data/in/two', '22');
  const project = makeWorkspace(t, {
    'pipeline.yaml': `config: {remotes: {ssh: {url: '${to.url}/cache'}, s3: {url: 's3://bucket/cache'}}, remote: ssh}\n`,
  });
  await expect(0, project, 'import-url', '--to-remote', 's3://bucket/data', 'data');
  await expect(0, project, 'add', '--to-remote', '-r', 's3', `${from.url}/data/one`);
  to.put('mine/three', '3'.repeat(20 << 20));
  await expect(0, project, 'add', '--to-remote', '-r', 's3', `${to.url}/mine`, '-o', 'theirs');
  assert.deepEqual(
    globSync('{one,data,theirs,cache/objects/*/*}', { cwd: project.root }).filter(
      (path) => !path.endsWith('sha256'),
    ),
    [],
  );
  assertTrueObjects(join(to.folder, 'cache'));
  assert.equal(objectsIn(join(to.folder, 'cache')).length, 3);
  await expect(0, project, 'pull');
  assert.equal(project.read('data/in/two') + project.read('one'), '221');
  assert.equal(project.read('theirs/three').length, 20 << 20);
});

test('from repositories whose remotes are a bucket and another machine', TIMEOUT, async (t) => {
  for (const place of [await bucket(t), await machine(t)]) {
    const expect = expecting(place.env);
    const theirs = makeWorkspace(t, {
      'pipeline.yaml': `stages:
  make: {cmd: mkdir made && echo 1 > made/one && echo 2 > two, outs: [made, two]}
config: {remotes: {shared: {url: '${place.url}/cache'}}}
`,
    });
    await expect(0, theirs, 'repro');
    await expect(0, theirs, 'push');
    const git = (...args: readonly string[]): string =>
      execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], {
        cwd: theirs.root,
        encoding: 'utf8',
      });
    git('init', '-q');
    git('add', '-A');
    git('commit', '-qm', 'one');
    // As from a server: neither its cache nor its workspace is there.
    const clone = makeWorkspace(t, {});
    execFileSync('git', ['clone', '-q', '--bare', theirs.root, clone.path('theirs.git')]);
    const ours = makeWorkspace(t, { 'pipeline.yaml': 'stages: {}\n' });
    await expect(0, ours, 'import', clone.path('theirs.git'), 'made');
    await expect(0, ours, 'import', clone.path('theirs.git'), 'two', '-o', 'second', '--no-download');
    await expect(0, ours, 'get', clone.path('theirs.git'), 'two', '-o', 'third');
    assert.equal(ours.read('made/one') + ours.read('third'), '1\n2\n');
    await expect(0, ours, 'pull');
    assert.equal(ours.read('second'), '2\n');
    ours.remove('cache');
    ours.remove('made');
    await expect(0, ours, 'pull');
    assert.equal(ours.read('made/one'), '1\n');
  }
});
