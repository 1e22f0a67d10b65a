// Stage download against mirrors on the loopback interface that misbehave in every way a mirror can.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import { testInWhole } from '../../amount.ts';
import { drawDigits } from '../../../stages/lib/data/digits/draw.ts';
import { decodeIdx, encodeIdx, readIdx } from '../../../stages/lib/data/idx.ts';
import { startMirror, type Mirror, type Mischief } from '../../../packages/tensorflow/test/mirror.ts';

const stage = join(dirname(dirname(dirname(import.meta.dirname))), 'stages/download.ts');
const fixtures = process.env['PIPE_FIXTURES'];
const mnist = fixtures === undefined ? null : join(fixtures, 'data/mnist');
const images = 't10k-images-idx3-ubyte';
const labels = 't10k-labels-idx1-ubyte';

interface Downloaded {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  readonly folder: string;
  readonly scratch: string;
}

async function download(
  t: TestContext,
  {
    mirrors,
    dataset = 'mnist',
    count = 10_000,
    env = {},
    root = mkdtempSync(join(tmpdir(), 'pipe-download-')),
  }: {
    mirrors: readonly string[];
    dataset?: string;
    count?: number;
    env?: { [name: string]: string };
    root?: string;
  },
): Promise<Downloaded> {
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const [folder, scratch] = [join(root, 'out'), join(root, 'scratch')];
  const args = [
    '--dataset',
    dataset,
    '--part',
    'test',
    '--count',
    String(count),
    '--seed',
    '1',
    '--out',
    folder,
  ];
  const child = spawn(process.execPath, [stage, ...args, '--mirrors', ...mirrors], {
    env: { ...process.env, PIPE_TMP: scratch, MNIST_MIRROR: '', ...env },
  });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, out, err, folder, scratch };
}

async function mirror(t: TestContext, folder: string, mischief?: Mischief): Promise<Mirror> {
  const started = await startMirror(folder, mischief);
  t.after(() => started.close());
  return started;
}

/** Runs with MNIST's files, or is skipped without the fixtures. */
function withMnist(name: string, body: (t: TestContext, folder: string) => Promise<void>): void {
  test(name, async (t) => {
    if (mnist === null) t.skip('PIPE_FIXTURES is not set');
    else await body(t, mnist);
  });
}

function assertWhole({ code, out, err, folder }: Downloaded): void {
  assert.equal(code, 0, out + err);
  for (const name of [images, labels])
    assert.deepEqual(
      readFileSync(join(folder, name)),
      gunzipSync(readFileSync(join(mnist!, `${name}.gz`))),
      name,
    );
}

withMnist('publishes the verified, unzipped files', async (t, folder) => {
  const server = await mirror(t, folder);
  const done = await download(t, { mirrors: [server.url] });
  assertWhole(done);
  assert.deepEqual(server.requests, [`${images}.gz`, `${labels}.gz`]);
  assert.match(done.out, /MB 1\.65\/1\.65 · t10k-images-idx3-ubyte\.gz/);
  assert.deepEqual(readdirSync(join(done.scratch, 'mnist')), [], 'no partial file stays');
});

withMnist('takes the first images', async (t, folder) => {
  const server = await mirror(t, folder);
  const done = await download(t, { mirrors: [server.url], count: 7 });
  const all = decodeIdx(gunzipSync(readFileSync(join(folder, `${labels}.gz`))), labels);
  assert.deepEqual(readIdx(join(done.folder, labels)), { shape: [7], values: all.values.slice(0, 7) });
  assert.deepEqual(readIdx(join(done.folder, images)).shape, [7, 28, 28]);
});

withMnist('goes on where a connection was cut', async (t, folder) => {
  const server = await mirror(t, folder, (file, request) =>
    file.startsWith('t10k-images') && request <= 2 ? { cutAfter: 500_000 } : undefined,
  );
  const done = await download(t, { mirrors: [server.url] });
  assertWhole(done);
  assert.match(done.out, /\(attempt 1 of 4\); trying again in 0\.\d s/);
  const [first, second, third] = server.requests;
  assert.equal(first, `${images}.gz`);
  const starts = [second, third].map((request) => Number(/from (\d+)$/.exec(request!)?.[1]));
  assert.ok(starts[0]! > 0 && starts[1]! > starts[0]!, server.requests.join('; '));
});

withMnist('goes on in a later run of the stage', async (t, folder) => {
  const root = mkdtempSync(join(tmpdir(), 'pipe-download-'));
  let cut = true;
  const server = await mirror(t, folder, (file) =>
    cut && file.startsWith('t10k-images') ? { cutAfter: 200_000 } : undefined,
  );
  const failed = await download(t, { mirrors: [server.url], root });
  assert.equal(failed.code, 1);
  assert.ok(!existsSync(join(failed.folder, images)), 'nothing is published');
  cut = false;
  const before = server.requests.length;
  assertWhole(await download(t, { mirrors: [server.url], root }));
  assert.match(server.requests[before]!, /t10k-images-idx3-ubyte\.gz from \d+/);
});

withMnist('tries again after a wrong checksum, and after 503', async (t, folder) => {
  const wrong = Buffer.from(readFileSync(join(folder, `${images}.gz`)));
  wrong[1000]! ^= 1;
  const server = await mirror(t, folder, (file, request) => {
    if (request > 1) return undefined;
    return file.startsWith('t10k-images') ? { bytes: wrong } : { status: 503 };
  });
  const done = await download(t, { mirrors: [server.url] });
  assertWhole(done);
  assert.match(done.out, /t10k-images-idx3-ubyte\.gz: wrong checksum \(attempt 1 of 4\)/);
  assert.match(done.out, /t10k-labels-idx1-ubyte\.gz: HTTP 503 \(attempt 1 of 4\)/);
});

withMnist('accepts other gzip bytes of the same file', async (t, folder) => {
  const server = await mirror(t, folder, (file) => ({
    bytes: gzipSync(gunzipSync(readFileSync(join(folder, file))), { level: 1 }),
  }));
  assertWhole(await download(t, { mirrors: [server.url] }));
});

withMnist('refuses another file, whatever its form', async (t, folder) => {
  const other = gzipSync(Buffer.from('another file'));
  const server = await mirror(t, folder, () => ({ bytes: other }));
  const { code, out, folder: published } = await download(t, { mirrors: [server.url] });
  assert.equal(code, 1);
  assert.equal(out.match(/wrong checksum/g)?.length, 4);
  assert.ok(!existsSync(published));
});

withMnist('goes to the next mirror at once where the file is not', async (t, folder) => {
  const empty = await mirror(t, folder, () => ({ status: 404 }));
  const good = await mirror(t, folder);
  const done = await download(t, { mirrors: [empty.url, good.url] });
  assertWhole(done);
  assert.deepEqual(empty.requests, [`${images}.gz`, `${labels}.gz`], 'asked once for each');
  assert.match(done.out, /HTTP 404 \(attempt 1 of 4\); this mirror is given up/);
});

withMnist('MNIST_MIRROR overrides the mirrors', async (t, folder) => {
  const [listed, own] = [await mirror(t, folder), await mirror(t, folder)];
  assertWhole(
    await download(t, { mirrors: [listed.url], env: { MNIST_MIRROR: own.url.replace(/\/$/, '') } }),
  );
  assert.deepEqual(listed.requests, []);
  assert.equal(own.requests.length, 2);
});

withMnist('a folder is a mirror too', async (t, folder) => {
  const mirrors = [import.meta.dirname, folder];
  const done = await download(t, { mirrors });
  assertWhole(done);
  assert.match(done.out, /t10k-images-idx3-ubyte\.gz: no such file/);
  assertWhole(await download(t, { mirrors: [], env: { MNIST_MIRROR: pathToFileURL(folder).href } }));
});

withMnist('more images than there are is an error', async (t, folder) => {
  const { code, err } = await download(t, { mirrors: [folder], count: 10_001 });
  assert.deepEqual([code, err], [1, 'error: 10001 images: the test part has 10000 images\n']);
});

testInWhole('without any mirror the error names those tried and both ways out', async (t) => {
  const server = await mirror(t, import.meta.dirname, () => ({ status: 404 }));
  // Port 9 is "discard": nothing listens there.
  const { code, err, folder } = await download(t, { mirrors: [server.url, 'http://127.0.0.1:9/mnist/'] });
  assert.equal(code, 1);
  assert.match(err, /^error: t10k-images-idx3-ubyte\.gz could not be had from any mirror:/);
  for (const part of [
    server.url,
    'http://127.0.0.1:9/mnist/',
    'MNIST_MIRROR',
    'data.source.dataset',
    'digits',
  ])
    assert.ok(err.includes(part), part);
  assert.doesNotMatch(err, /\.ts:\d+/);
  assert.ok(!existsSync(folder));
});

test('digits are drawn without any network, the same every time', async (t) => {
  const hash = async (): Promise<readonly string[]> => {
    const { code, err, folder } = await download(t, {
      mirrors: ['http://127.0.0.1:9/'],
      dataset: 'digits',
      count: 30,
    });
    assert.equal(code, 0, err);
    assert.deepEqual(readIdx(join(folder, images)).shape, [30, 28, 28]);
    return [images, labels].map((name) =>
      createHash('sha256')
        .update(readFileSync(join(folder, name)))
        .digest('hex'),
    );
  };
  const found = await hash();
  assert.deepEqual(await hash(), found);
  // Those of the part that is asked for: no test image is a training image.
  const drawn = drawDigits(30, 1, 'test');
  const files = [
    encodeIdx({ shape: [30, 28, 28], values: drawn.images }),
    encodeIdx({ shape: [30], values: drawn.labels }),
  ];
  assert.deepEqual(
    found,
    files.map((bytes) => createHash('sha256').update(bytes).digest('hex')),
  );
});
