// What happens to transfers over ssh: connections that break, hang or crawl, processes that are killed, wrong bytes, two at once.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { cpSync, existsSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text as readText } from 'node:stream/consumers';
import { test, type TestContext } from 'node:test';
import { PipeError } from '../../../src/base/base.ts';
import { openSshRemote } from '../../../src/cache/cache.ts';
import {
  assertTrueObjects,
  cloneOf,
  config,
  folderPipeline,
  makeProject,
  objectsIn,
} from '../../cache/remote/shared-project.ts';
import { makeWorkspace, runPipe, startPipe, type TestWorkspace } from '../../workspace.ts';
import { startProxy, type CuttingProxy } from './cutting-proxy.ts';
import { clientWith, hostSection, knownHosts, startSshd, type Client, type SshServer } from './sshd.ts';

const SIZE = 24 << 20;
const big = `stages:
  big:
    cmd: head -c ${SIZE} /dev/urandom > big
    outs: [big]
    deps: [in.txt]
`;

interface Setting {
  readonly server: SshServer;
  readonly proxy: CuttingProxy;
  readonly client: Client;
  readonly project: TestWorkspace;
  /** Absolute folder of the remote. */
  readonly there: string;
}

/** A project whose remote is behind a connection that can be disturbed. */
async function disturbed(t: TestContext, pipeline: string): Promise<Setting> {
  const server = await startSshd(t);
  const proxy = await startProxy(t, server.port);
  const client = clientWith(t, hostSection('big', { ...server, port: proxy.port }));
  const there = server.home.path('data');
  return { server, proxy, client, there, project: await makeProject(t, `ssh://big${there}`, pipeline) };
}

test(
  'cut in the middle of a large file, both ways: it goes on from there',
  { timeout: 120_000 },
  async (t) => {
    const { proxy, client, project, there } = await disturbed(t, big);
    let cuts = 0;
    // Three times, each after another quarter.
    proxy.watch = ({ sent }) => {
      if (cuts === 3 || sent < ((cuts + 1) * SIZE) / 4) return 'pass';
      cuts += 1;
      return 'cut';
    };
    const pushed = await client.expect(0, project.root, 'push');
    assert.equal(cuts, 3);
    assert.match(pushed.stderr + pushed.stdout, /Pushed 1 object/);
    assertTrueObjects(there);
    assert.deepEqual(readdirSync(join(there, 'tmp')), []);
    // What was on the way at each cut is sent again, and no more.
    assert.ok(proxy.sent < SIZE * 1.6, String(proxy.sent));

    cuts = 0;
    proxy.watch = ({ received }) => {
      if (cuts === 3 || received < ((cuts + 1) * SIZE) / 4) return 'pass';
      cuts += 1;
      return 'cut';
    };
    const before = proxy.received;
    const clone = cloneOf(t, project);
    clone.remove('big');
    await client.expect(0, clone.root, 'pull');
    assert.equal(cuts, 3);
    assertTrueObjects(clone.path('cache'));
    assert.ok(proxy.received - before < SIZE * 1.6, String(proxy.received - before));
  },
);

test(
  'killed in the middle of a large file: the next push goes on from there',
  { timeout: 120_000 },
  async (t) => {
    const { proxy, client, project, there } = await disturbed(t, big);
    const run = startPipe(project.root, ['push'], client.env);
    const ended = new Promise((resolve) => run.once('close', resolve));
    proxy.watch = ({ sent }) => {
      if (sent > SIZE / 2) run.kill('SIGKILL');
      return 'pass';
    };
    await ended;
    proxy.watch = () => 'pass';
    assert.equal(objectsIn(there).length, 0);
    assert.equal(readdirSync(join(there, 'tmp')).length, 1);
    await client.expect(0, project.root, 'push');
    assertTrueObjects(there);
    assert.equal(objectsIn(there).length, 1);
    assert.deepEqual(readdirSync(join(there, 'tmp')), []);
    assert.ok(proxy.sent < SIZE * 1.5, String(proxy.sent));
  },
);

test('what an interrupted push has left is damaged: it is not used', { timeout: 120_000 }, async (t) => {
  const { client, project, there } = await disturbed(t, big);
  await client.expect(0, project.root, 'push');
  const [digest = ''] = objectsIn(there);
  const object = join(there, `objects/sha256/${digest.slice(0, 2)}/${digest.slice(2)}`);
  const part = join(there, `tmp/objects-sha256-${digest.slice(0, 2)}-${digest.slice(2)}-${SIZE}.part`);
  for (const damage of [
    () => truncateSync(part, SIZE / 2 - 5),
    // A hole in place of what the disk of the server lost.
    () => (truncateSync(part, SIZE / 4), truncateSync(part, SIZE / 2)),
    () => writeFileSync(part, 'x'.repeat(100)),
    () => truncateSync(part, SIZE * 2),
  ]) {
    cpSync(object, part);
    rmSync(object);
    damage();
    await client.expect(0, project.root, 'push');
    assertTrueObjects(there);
    assert.equal(objectsIn(there).length, 1);
    rmSync(part, { force: true });
  }
});

for (const command of ['push', 'fetch'] as const)
  test(
    `a ${command} killed at every step: nothing half, and the next one completes it`,
    { timeout: 300_000 },
    async (t) => {
      const server = await startSshd(t);
      const client = clientWith(t, hostSection('big', server));
      const there = server.home.path('data');
      const project = await makeProject(t, `ssh://big${there}`, folderPipeline);
      if (command === 'fetch') await client.expect(0, project.root, 'push');
      let kills = 0;
      for (let at = 1; ; at += 1) {
        if (command === 'push') rmSync(there, { recursive: true, force: true });
        const worker = command === 'push' ? project : cloneOf(t, project);
        const { signal, code } = await runPipe(worker.root, [command, '-j1'], {
          ...client.env,
          PIPE_FAULT_AT: String(at),
        });
        if (signal === null) assert.equal(code, 0);
        else kills += 1;
        if (existsSync(there)) assertTrueObjects(there);
        assertTrueObjects(worker.path('cache'));
        await client.expect(0, worker.root, command);
        assert.equal(objectsIn(there).length, 3);
        assertTrueObjects(worker.path('cache'));
        if (signal === null) break;
      }
      assert.ok(kills >= 6, String(kills));
    },
  );

test('wrong bytes there: said, not kept, replaced on request', { timeout: 120_000 }, async (t) => {
  const server = await startSshd(t);
  const client = clientWith(t, hostSection('big', server));
  const there = server.home.path('data');
  const project = await makeProject(t, `ssh://big${there}`, big);
  await client.expect(0, project.root, 'push');
  const [digest = ''] = objectsIn(there);
  const object = join(there, `objects/sha256/${digest.slice(0, 2)}/${digest.slice(2)}`);
  rmSync(object);
  writeFileSync(object, Buffer.alloc(SIZE, 1));
  const clone = cloneOf(t, project);
  clone.remove('big');
  assert.match((await client.expect(1, clone.root, 'pull')).stderr, /remote-corrupt[^]*pipe push --force/);
  assert.deepEqual(objectsIn(clone.path('cache')), []);
  await client.expect(0, project.root, 'push', '--force');
  assertTrueObjects(there);
  assert.equal(statSync(object).mode & 0o222, 0);
  // Of another length it is damage that a push sees by itself, and so is a folder in its place.
  rmSync(object);
  writeFileSync(object, 'short');
  assert.match((await client.expect(1, clone.root, 'pull')).stderr, /remote-corrupt/);
  await client.expect(0, project.root, 'push');
  rmSync(object);
  server.home.write(`data/objects/sha256/${digest.slice(0, 2)}/${digest.slice(2)}/inside`, 'x');
  await client.expect(0, project.root, 'push');
  assertTrueObjects(there);
  await client.expect(0, clone.root, 'pull');
});

test(
  'two machines push the same at once: both succeed, and what is there is right',
  { timeout: 120_000 },
  async (t) => {
    const server = await startSshd(t);
    const client = clientWith(t, hostSection('big', server));
    const there = server.home.path('data');
    const both = `stages:
  both:
    cmd: mkdir both && for i in $(seq 60); do echo $i > both/$i; done && head -c ${SIZE / 2} /dev/urandom > both/big
    outs: [both]
    deps: [in.txt]
`;
    const one = makeWorkspace(t, { 'pipeline.yaml': both + config(`ssh://big${there}`), 'in.txt': 'x\n' });
    await one.repro();
    const other = makeWorkspace(t, {});
    cpSync(one.root, other.root, { recursive: true });
    for (const args of [[], ['--force'], []]) {
      if (args.length === 0) rmSync(there, { recursive: true, force: true });
      const pushes = [one, other].map(({ root }) => client.expect(0, root, 'push', ...args));
      await Promise.all(pushes);
      assert.equal(objectsIn(there).length, 62);
      assertTrueObjects(there);
      assert.deepEqual(readdirSync(join(there, 'tmp')), []);
    }
  },
);

test(
  'a connection that hangs or crawls is given up, made again, and at last reported',
  { timeout: 120_000 },
  async (t) => {
    const { remote, proxy, reasons } = await openBehindProxy(t, 1, 0.2);
    await remote.write('a', { text: 'x'.repeat(100_000) }, false);
    assert.equal(await remote.size('a'), 100_000);
    // Silent once, then well again.
    const at = proxy.connections;
    proxy.watch = () => (proxy.connections === at ? 'hold' : 'pass');
    assert.equal(await remote.size('a'), 100_000);
    assert.match(reasons.join('\n'), /silent for 0.2 s/);
    // Silent for good.
    proxy.watch = () => 'hold';
    await assert.rejects(remote.size('a'), (error: unknown) => {
      assert.ok(error instanceof PipeError);
      assert.match(
        JSON.stringify(error.problems),
        /remote-unreachable.*it takes the connection, and does not answer/,
      );
      return true;
    });
  },
);

test(
  'a connection that drips a byte now and then counts as silent, both ways',
  { timeout: 120_000 },
  async (t) => {
    const { remote, proxy, reasons } = await openBehindProxy(t, 20, 2);
    const text = randomBytes(200_000).toString('hex');
    await remote.write('a', { text }, false);
    const whole = (body: AsyncIterable<Uint8Array>): Promise<string> => readText(Readable.from(body));
    for (const [direction, work] of [
      ['received', async () => assert.equal(await remote.read('a', whole), text)],
      ['sent', async () => assert.equal(await remote.write('b', { text }, false), 'written')],
    ] as const) {
      reasons.length = 0;
      const from = proxy[direction];
      const at = proxy.connections;
      proxy.watch = (count) =>
        proxy.connections === at && count[direction] > from + 100_000 ? 'drip' : 'pass';
      await work();
      assert.match(reasons.join('\n'), /silent for 2 s|only \d+ bytes in 2 s/);
      assert.ok(proxy.connections > at);
    }
    assert.equal(await remote.read('b', whole), text);
  },
);

interface Behind {
  readonly remote: ReturnType<typeof openSshRemote>;
  readonly proxy: CuttingProxy;
  /** Of repeated requests. */
  readonly reasons: string[];
}

/** @param timeout of a connection, and @param seconds of a window of the pace. */
async function openBehindProxy(t: TestContext, timeout: number, seconds: number): Promise<Behind> {
  const server = await startSshd(t);
  const proxy = await startProxy(t, server.port);
  const { env } = clientWith(
    t,
    `StrictHostKeyChecking yes\nUserKnownHostsFile ${knownHosts(server.home, proxy.port)}\n`,
  );
  const path = process.env['PATH'];
  t.after(() => (process.env['PATH'] = path));
  process.env['PATH'] = env['PATH'];
  const reasons: string[] = [];
  const remote = openSshRemote({
    name: 'shared',
    place: { host: '127.0.0.1', port: proxy.port, path: server.home.path('data') },
    keyFile: server.key,
    canAsk: false,
    timeout,
    variable: 'PIPE_REMOTE_PASSWORD',
    pace: { bytes: 1024, seconds },
    wait: () => Promise.resolve(),
    onRetry: (reason) => void reasons.push(reason),
  });
  t.after(() => remote.close());
  return { remote, proxy, reasons };
}
