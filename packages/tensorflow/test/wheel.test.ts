// The download of a wheel in the setup of TensorFlow: goes on where it was stopped, and takes nothing but what the index promised.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { bringLibraries } from '../src/setup/libraries.ts';
import { SetupError } from '../src/setup/step.ts';
import { fetchWheel } from '../src/setup/wheel.ts';
import { startMirror, type Mischief } from './mirror.ts';

const NAME = 'tensorflow-1.whl';
const bytes = Buffer.alloc(300_000, 'wheel');
const sha256 = createHash('sha256').update(bytes).digest('hex');

async function index(t: TestContext, mischief?: Mischief) {
  const [served, home] = [0, 1].map(() => mkdtempSync(join(tmpdir(), 'pipe-wheel-'))) as [string, string];
  writeFileSync(join(served, NAME), bytes);
  const mirror = await startMirror(served, mischief);
  t.after(async () => {
    await mirror.close();
    for (const folder of [served, home]) rmSync(folder, { recursive: true });
  });
  return { home, url: `${mirror.url}${NAME}`, requests: mirror.requests };
}

test('a wheel that was cut goes on where it stopped', async (t) => {
  const { home, url, requests } = await index(t, (_, request) =>
    request === 1 ? { cutAfter: 100_000 } : undefined,
  );
  const path = await fetchWheel({ url, sha256 }, home);
  assert.ok(readFileSync(path).equals(bytes));
  assert.equal(requests.length, 2);
  assert.match(requests[1]!, /^tensorflow-1\.whl from \d+$/);
  // And is not fetched a second time, unless it was damaged since.
  assert.equal(await fetchWheel({ url, sha256 }, home), path);
  assert.equal(requests.length, 2);
  writeFileSync(path, 'damaged');
  assert.ok(readFileSync(await fetchWheel({ url, sha256 }, home)).equals(bytes));
  assert.equal(requests.length, 3);
});

test('a server that goes on at another place than asked for, or not at all, gives the file from its start', async (t) => {
  for (const answer of [{ range: 'bytes 0-299999/300000', status: 206 }, { status: 200 }]) {
    const home = mkdtempSync(join(tmpdir(), 'pipe-wheel-'));
    const server = createServer((_, response) =>
      response
        .writeHead(answer.status, answer.range === undefined ? {} : { 'Content-Range': answer.range })
        .end(bytes),
    );
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    t.after(() => {
      server.close();
      server.closeAllConnections();
      rmSync(home, { recursive: true });
    });
    writeFileSync(join(home, `${NAME}.part`), bytes.subarray(0, 1000));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/${NAME}`;
    assert.ok(readFileSync(await fetchWheel({ url, sha256 }, home)).equals(bytes));
  }
});

test('another file than the index promised is refused, and not kept', async (t) => {
  const { home, url } = await index(t);
  const wrong = sha256.replace(/^./, (digit) => (digit === '0' ? '1' : '0'));
  await assert.rejects(fetchWheel({ url, sha256: wrong }, home), (error) => {
    assert.ok(error instanceof SetupError);
    assert.match(error.message, new RegExp(`^${NAME}: sha256 ${sha256}; the index says ${wrong}`));
    return true;
  });
  assert.ok(!existsSync(join(home, NAME)) && !existsSync(join(home, `${NAME}.part`)));
});

test('a wheel that is not there is an error that says how to go on', async (t) => {
  const { home, url } = await index(t, () => ({ status: 403 }));
  await assert.rejects(fetchWheel({ url, sha256 }, home), /HTTP 403\n {2}run this again/);
});

test('libraries whose unpacking was interrupted are unpacked again, and nothing of the first time is left', async (t) => {
  const { home, url } = await index(t);
  // Instead of Python: what pip reports, and a first time that is cut.
  const report = JSON.stringify({
    install: [{ download_info: { url, archive_info: { hashes: { sha256 } } }, metadata: {} }],
  });
  const program = join(home, 'python3');
  writeFileSync(
    program,
    `#!/bin/sh
test "$1" = -c || { echo '${report}'; exit; }
mkdir "$4/tensorflow" && test -e "$0.begun" && echo whole > "$4/tensorflow/whole" && exit
: > "$0.begun"; : > "$4/tensorflow/part"; exit 1
`,
    { mode: 0o755 },
  );
  const path = process.env['PATH'];
  t.after(() => (process.env['PATH'] = path));
  process.env['PATH'] = `${home}:${path}`;
  await assert.rejects(bringLibraries(home, 'tfjs-node'), /python3 ended with 1\n {2}is the disk full\?/);
  const site = await bringLibraries(home, 'tfjs-node');
  assert.deepEqual(readdirSync(join(site, 'tensorflow')), ['whole']);
  assert.deepEqual(readdirSync(home).sort(), ['python3', 'python3.begun', 'site']);
});
