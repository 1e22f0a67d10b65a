// A fetch of a large object that is killed: the next one asks for the rest alone, from each kind of remote.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { test, type TestContext } from 'node:test';
import { assertTrueObjects, cloneOf, makeProject, objectsIn } from '../../cache/remote/shared-project.ts';
import { makeWorkspace, runPipe, startPipe } from '../../workspace.ts';
import { install } from '../debian.ts';
import { freePort } from '../ports.ts';
import { startProxy, type CuttingProxy } from './cutting-proxy.ts';
import { startVersity } from './s3-servers.ts';
import { clientWith, hostSection, startSshd } from './sshd.ts';

const SIZE = 64 << 20;
const pipeline = `stages:
  big:
    cmd: head -c ${SIZE} /dev/urandom > big
    outs: [big]
    deps: [in.txt]
`;

interface Place {
  readonly url: string;
  /** More options of the remote, as YAML. */
  readonly options?: string;
  readonly env: NodeJS.ProcessEnv;
  readonly proxy: CuttingProxy;
  /** Bytes that programs of a killed fetch may read ahead before they notice that it is gone. */
  readonly ahead?: number;
}

async function serveWebdav(t: TestContext): Promise<number> {
  const folder = makeWorkspace(t, {});
  const port = await freePort();
  if (!existsSync('/usr/bin/rclone')) install('rclone');
  const server = spawn('rclone', ['serve', 'webdav', `--addr=127.0.0.1:${port}`, folder.root], {
    stdio: 'ignore',
  });
  t.after(() => server.kill('SIGKILL'));
  const isUp = (): Promise<boolean> =>
    fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    );
  while (!(await isUp())) await pause(50);
  return port;
}

const PLACES: Readonly<Record<string, (t: TestContext) => Promise<Place>>> = {
  async http(t) {
    const proxy = await startProxy(t, await serveWebdav(t));
    return { url: `http://127.0.0.1:${proxy.port}/`, env: {}, proxy };
  },
  async rclone(t) {
    const proxy = await startProxy(t, await serveWebdav(t));
    const home = makeWorkspace(t, {
      'rclone.conf': `[store]\ntype = webdav\nurl = http://127.0.0.1:${proxy.port}/\nvendor = other\n`,
    });
    return {
      url: 'rclone://store/p',
      env: { RCLONE_CONFIG: home.path('rclone.conf') },
      proxy,
      ahead: 16 << 20,
    };
  },
  async S3(t) {
    const server = await startVersity(t);
    const proxy = await startProxy(t, Number(new URL(server.url).port));
    const endpoint = `http://127.0.0.1:${proxy.port}`;
    const env = { ...server.env, PIPE_REMOTE_HOST: endpoint };
    return { url: 's3://bucket/p', options: `, endpointurl: '${endpoint}'`, env, proxy };
  },
  async ssh(t) {
    const server = await startSshd(t);
    const proxy = await startProxy(t, server.port);
    const client = clientWith(t, hostSection('big', { ...server, port: proxy.port }));
    return { url: `ssh://big${server.home.path('data')}`, env: client.env, proxy };
  },
};

for (const [kind, make] of Object.entries(PLACES))
  test(`by ${kind}`, { timeout: 900_000 }, async (t) => {
    const { url, options = '', env, proxy, ahead = 0 } = await make(t);
    const config = `config: {remotes: {shared: {url: '${url}'${options}}}}\n`;
    const project = await makeProject(t, url, pipeline);
    project.write('pipeline.yaml', pipeline + config);
    const push = await runPipe(project.root, ['push'], env);
    assert.equal(push.code, 0, push.stderr);
    const clone = cloneOf(t, project);
    clone.remove('big');
    const records = (): readonly string[] => globSync(clone.path('cache/objects/**/received'));
    let before = 0;
    for (const share of [0.3, 0.7]) {
      const start = proxy.received;
      proxy.watch = ({ received }) => (received - start >= SIZE * (share - before) ? 'hold' : 'pass');
      const killed = startPipe(clone.root, ['fetch'], env);
      while (recorded(records()) < SIZE * (share - 0.1)) {
        assert.equal(killed.exitCode, null, 'the fetch ended before it was killed');
        await pause(50);
      }
      killed.kill('SIGKILL');
      await once(killed, 'exit');
      assert.equal(records().length, 1, 'each fetch takes over what the one before left');
      before = recorded(records()) / SIZE;
    }
    proxy.watch = () => 'pass';
    const start = proxy.received;
    const { code, stderr } = await runPipe(clone.root, ['fetch'], env);
    assert.equal(code, 0, stderr);
    const rest = proxy.received - start;
    assert.ok(
      rest < SIZE * (1 - before) + 1_000_000 + ahead,
      `${rest} bytes came, of ${SIZE} with ${before} there`,
    );
    assertTrueObjects(clone.path('cache'));
    assert.equal(objectsIn(clone.path('cache')).length, 1);
    assert.deepEqual(globSync(clone.path('cache/objects/**/*.tmp')), []);
  });

/** Bytes that are recorded as received; a record that is being taken over has none. */
function recorded(paths: readonly string[]): number {
  const [path] = paths;
  if (path === undefined || !existsSync(path)) return 0;
  const pairs = JSON.parse(readFileSync(path, 'utf8').split('\n').at(-2)!) as readonly [number, number][];
  return pairs.reduce((sum, [from, to]) => sum + to - from, 0);
}
