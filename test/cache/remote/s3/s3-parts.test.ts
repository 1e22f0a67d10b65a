// The pieces of the client of S3: parts of a download and of an upload, errors, addresses.
import assert from 'node:assert/strict';
import test from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { downloadParts, PartMemory, readFault, S3Client, Transient } from '../../../../src/cache/cache.ts';

const MB = 1 << 20;

type Client = Parameters<typeof downloadParts>[2]['client'];

type Answer = Parameters<Parameters<Client['ask']>[2]>[0];

test('the parts of a download are those that were asked for, of one version, or it is none', async () => {
  const whole = Buffer.alloc(16 * MB + 5, 'abcdefg');
  const came = Buffer.alloc(whole.length);
  const take = (start: number, bytes: Uint8Array): void => came.set(bytes, start);
  const asked: string[] = [];
  /** @param answer to a request for bytes from `start` up to `end`. */
  const download = async (answer: (start: number, end: number) => object, ranges = [{ start: 0, end: whole.length }]): Promise<boolean> => {
    const client = {
      ask: async <T>(_: string, { headers = {} }: { headers?: Record<string, string> }, handle: (answer: Answer) => Promise<T>): Promise<T> => {
        const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec(headers['range']!)!.map(Number);
        asked.push(`${headers['range']} ${headers['if-match']}`);
        return handle({ status: 206, headers: { 'content-range': `bytes ${start}-` }, close: () => undefined, ...answer(start!, end! + 1) } as unknown as Answer);
      },
      giveUp: () => assert.fail('given up'),
    };
    return downloadParts(ranges, take, { client: client as unknown as Client, key: 'k', customerKey: {}, etag: 'one' });
  };
  assert.equal(await download((start, end) => ({ body: [whole.subarray(start, end)] })), true);
  assert.ok(came.equals(whole));
  assert.deepEqual(asked.sort(), ['bytes=0-16777215 "one"', 'bytes=16777216-16777220 "one"']);
  came.fill(0);
  assert.equal(await download((start, end) => ({ body: [whole.subarray(start, end)] }), [{ start: 1, end: 3 }, { start: 5, end: 7 }]), true);
  assert.equal(came.toString('latin1', 0, 8), '\0bc\0\0fg\0');
  // Pieces of what begins in the middle have no gaps in between.
  came.fill(0);
  assert.equal(await download((start, end) => ({ body: [whole.subarray(start, end)] }), [{ start: 1, end: whole.length }]), true);
  assert.ok(came.subarray(1).equals(whole.subarray(1)));
  // Less than was asked for: it goes on behind that.
  came.fill(0);
  assert.equal(await download((start, end) => ({ body: [whole.subarray(start, Math.min(end, start + 9 * MB))] })), true);
  assert.ok(came.equals(whole));
  // Cut off, with progress and then without.
  const cut = (bytes: number) => (start: number, end: number): object => ({
    body: (async function* () {
      yield whole.subarray(start, Math.min(end, start + bytes));
      throw new Transient('cut off');
    })(),
  });
  came.fill(0);
  assert.equal(await download(cut(2 * MB)), true);
  assert.ok(came.equals(whole));
  await assert.rejects(download(cut(1)), /given up/);
  await assert.rejects(download(() => ({ body: [] })), /empty/);
  for (const wrong of [
    () => ({ status: 412, fault: { status: 412, code: 'PreconditionFailed', message: '' } }),
    () => ({ status: 200, headers: {}, body: [whole] }),
    (start: number, end: number) => ({ headers: { 'content-range': `bytes ${start + 1}-` }, body: [whole.subarray(start, end)] }),
    (start: number, end: number) => ({ headers: {}, body: [whole.subarray(start, end)] }),
    (start: number, end: number) => ({ body: [Buffer.alloc(end - start + 1)] }),
  ])
    assert.equal(await download(wrong), false);
}); // prettier-ignore

test('what a server answers in place of the object', () => {
  const text = '<?xml version="1.0"?><Error><Code>Slow&#68;own</Code><Message>a &lt;b&gt; &amp;amp; &quot;c&#x27;</Message><Region>r</Region></Error>';
  const fault = readFault(503, { date: 'Sat, 24 May 2014 00:00:00 GMT', 'retry-after': '2' }, text);
  assert.deepEqual(fault, { status: 503, code: 'SlowDown', message: 'a <b> &amp; "c\'', region: 'r', time: Date.UTC(2014, 4, 24), after: 2000 });
  assert.deepEqual(readFault(404, { 'retry-after': 'soon' }, ''), { status: 404, code: '', message: '', region: undefined, time: undefined, after: undefined });
}); // prettier-ignore

test('where a bucket is, and what goes there without credentials, too', async () => {
  const asked: unknown[] = [];
  let status = 200;
  const transport: ConstructorParameters<typeof S3Client>[0]['transport'] = {
    send: async ({ hostname, path, headers }) => {
      asked.push([hostname, path, headers]);
      const answer = { status, headers: { 'retry-after': '2' }, body: (async function* () {})(), close: () => undefined };
      status = 200;
      return answer;
    },
    close: () => undefined,
  };
  const waits: number[] = [];
  const wait = async (ms: number): Promise<void> => void waits.push(ms);
  const clientOf = (more: object = {}): S3Client =>
    new S3Client({ here: { name: 'b', url: 's3://b', endpoint: undefined }, bucket: 'b', endpoint: undefined, inPath: false, region: 'r', transport, credentials: async () => undefined, wait, ...more });
  const client = clientOf();
  const headers = { range: 'bytes=1-' };
  for (const key of [{}, { key: 'a b', headers }]) await client.ask('look', { method: 'GET', ...key }, async () => undefined);
  const sent = { 'accept-encoding': 'identity', host: 'b.s3.r.amazonaws.com' };
  assert.deepEqual(asked.splice(0), [[sent.host, '/', sent], [sent.host, '/a%20b', { ...headers, ...sent }]]);
  for (const [more, place] of [
    [{ region: 'cn-north-1' }, ['b.s3.cn-north-1.amazonaws.com.cn', '/k']],
    [{ endpoint: new URL('http://host:90/store/'), inPath: true }, ['host', '/store/b/k']],
    [{ endpoint: new URL('http://[::1]:90'), inPath: true }, ['::1', '/b/k']],
  ] as const) {
    await clientOf(more).ask('look', { method: 'GET', key: 'k' }, async () => undefined);
    assert.deepEqual((asked.splice(0)[0] as string[]).slice(0, 2), place);
  }
  // A busy server says how long it wants to be left alone.
  status = 503;
  await client.ask('look', { method: 'GET', key: 'k' }, async () => undefined);
  assert.deepEqual(waits, [2000]);
}); // prettier-ignore

test('a part that is longer than all of the memory has it alone', async () => {
  const memory = new PartMemory();
  const lent = memory.lend(65 * MB, async ({ length }) => length);
  assert.equal(await Promise.race([lent, setImmediate('waits')]), 65 * MB);
});

test('parts get memory in the order in which they ask for it, as far as there is room', async () => {
  const memory = new PartMemory();
  const has: string[] = [];
  const ends = new Map<string, () => void>();
  const asked = Object.entries({ a: 40, b: 40, c: 10, d: 20 }).map(([name, size]) =>
    memory.lend(size * MB, ({ length }) => {
      has.push(`${name} ${length / MB}`);
      return new Promise<void>((resolve) => ends.set(name, resolve));
    }),
  );
  for (const [ended, expected] of [
    ['', ['a 40']],
    ['a', ['b 40', 'c 10']],
    ['c', ['d 20']],
    ['b', []],
    ['d', []],
  ] as const) {
    ends.get(ended)?.();
    await setImmediate();
    assert.deepEqual(has.splice(0), expected, ended);
  }
  await Promise.all(asked);
});
