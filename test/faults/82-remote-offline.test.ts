// Lines 79 and 82: a remote that cannot be reached, refuses, or fails while a run asks it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { test, type TestContext } from 'node:test';
import { testInWhole } from '../amount.ts';
import { startFileServer } from '../cache/remote/file-server.ts';
import { assertTrueObjects, cloneOf, config, makeProject } from '../cache/remote/shared-project.ts';
import { makeWorkspace, runPipe, type Ran, type TestWorkspace } from '../workspace.ts';

const env = { PIPE_REMOTE_KEY: 'ours' };

async function cloneWith(t: TestContext, url: string): Promise<TestWorkspace> {
  const clone = cloneOf(t, await makeProject(t, url));
  clone.remove('lines.json');
  return clone;
}

const repro = ({ root }: TestWorkspace): Promise<Ran> => runPipe(root, ['repro', '--pull'], env);

function assertRanWithOneWarning({ code, stdout, stderr }: Ran, warning: RegExp): void {
  assert.equal(code, 0, stdout + stderr);
  assert.match(stdout, /2 ran/);
  assert.match(stdout, warning);
  assert.equal(stdout.match(/warning\[/g)?.length, 1, stdout);
}

test('nobody there: the run goes on with what is here, and says so once', async (t) => {
  const clone = await cloneWith(t, 'http://127.0.0.1:1/');
  assertRanWithOneWarning(await repro(clone), /remote-unreachable/);
  // What the cache has is restored without asking.
  for (const name of ['made', 'sum.txt', 'lines.json']) clone.remove(name);
  const again = await repro(clone);
  assert.match(again.stdout, /2 restored/);
  assert.doesNotMatch(again.stdout, /warning/);
});

test('a folder that is not mounted', async (t) => {
  const home = makeWorkspace(t, {});
  assertRanWithOneWarning(await repro(await cloneWith(t, home.path('unmounted'))), /remote-unreachable/);
});

for (const [status, warning] of [
  [401, /remote-refused/],
  [403, /remote-refused/],
  [503, /remote-failed/],
] as const) {
  (status === 503 ? test : testInWhole)(`a server that answers everything with ${status}`, async (t) => {
    const server = await startFileServer(t);
    const clone = await cloneWith(t, server.url);
    server.answer = (_, response) => Boolean(response.writeHead(status, { 'retry-after': '0' }).end());
    assertRanWithOneWarning(await repro(clone), warning);
    for (const command of ['push', 'pull'])
      assert.match(
        (await clone.expect(command === 'push' ? 1 : 0, command)).stderr,
        command === 'push' ? warning : /^$/,
      );
  });
}

test('push, fetch and pull say it, and fail; status and repro do not ask', async (t) => {
  const clone = await cloneWith(t, 'http://127.0.0.1:1/');
  for (const command of ['fetch', 'pull'])
    assert.match((await clone.expect(1, command)).stderr, /remote-unreachable[^]*ECONNREFUSED/);
  assert.equal((await clone.expect(0, 'status')).stderr, '');
  await clone.repro();
  assert.match((await clone.expect(1, 'push')).stderr, /remote-unreachable/);
});

// The kernel takes as many connections as the queue holds; of the next it says nothing at all.
const deaf = `
  const { createServer } = require('node:net');
  const server = createServer().listen({ host: '127.0.0.1', port: 0, backlog: 1 }, () => {
    require('node:fs').writeSync(1, String(server.address().port));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });`;

test('a server that does not take the connection is given up after five seconds', async (t) => {
  const server = spawn(process.execPath, ['-e', deaf], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => server.kill('SIGKILL'));
  const port = await new Promise<number>((resolve) =>
    server.stdout.once('data', (text: Buffer) => resolve(Number(text))),
  );
  for (let taken = 0; taken < 2; taken += 1)
    await new Promise<void>((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port }, resolve).on('error', reject);
      t.after(() => socket.destroy());
    });
  const clone = await cloneWith(t, `http://127.0.0.1:${port}/`);
  assertRanWithOneWarning(await repro(clone), /remote-unreachable[^]*no connection within 5 s/);
});

testInWhole(
  'a fetch from a folder that is killed twice in the midst of a large object reads the rest alone',
  async (t) => {
    const size = 64 << 20;
    const remote = makeWorkspace(t, {});
    const project = makeWorkspace(t, { 'pipeline.yaml': config(remote.root) });
    writeFileSync(project.path('big'), randomBytes(size));
    await project.expect(0, 'add', 'big');
    await project.expect(0, 'push');
    project.remove('cache');
    project.remove('big');
    // Notes how much of the remote is read, and dies after so many bytes.
    const patch = makeWorkspace(t, {
      'patch.cjs': `
const promises = require('node:fs/promises');
const { appendFileSync } = require('node:fs');
const { open } = promises;
let left = Number(process.env.DIES_AFTER);
promises.open = async (path, ...rest) => {
  const file = await open(path, ...rest);
  if (!String(path).startsWith(${JSON.stringify(remote.root)})) return file;
  const read = file.read.bind(file);
  file.read = async (...args) => {
    if (left <= 0) process.kill(process.pid, 'SIGKILL');
    const result = await read(...args);
    left -= result.bytesRead;
    appendFileSync(__dirname + '/read', result.bytesRead + '\\n');
    return result;
  };
  return file;
};
require('node:module').syncBuiltinESMExports();
`,
    });
    const fetching = (most: number): Promise<Ran> =>
      runPipe(project.root, ['fetch'], {
        NODE_OPTIONS: `--require ${patch.path('patch.cjs')}`,
        DIES_AFTER: String(most),
      });
    assert.equal((await fetching(size / 3)).signal, 'SIGKILL');
    assert.equal((await fetching(size / 3)).signal, 'SIGKILL');
    assert.equal((await fetching(size)).code, 0);
    const read = patch
      .read('read')
      .split('\n')
      .reduce((sum, line) => sum + Number(line), 0);
    // What came since the last note of a dead fetch comes again.
    assert.ok(read >= size && read < size + (16 << 20), `${read} bytes were read of ${size}`);
    await project.expect(0, 'checkout');
    assertTrueObjects(project.path('cache'));
  },
);
