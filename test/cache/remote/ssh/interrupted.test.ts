// Files behind SFTP that came or went in part: what goes on where it was, and what is read of which version.
import assert from 'node:assert/strict';
import test from 'node:test';
import { bodyToText } from '../../../../src/cache/cache.ts';
import { LIMIT } from './sftp-server.ts';
import { fails } from '../fails.ts';
import { bytesOf, open, setting } from './opened.ts';

test('an interrupted upload goes on where it was, where what is there has the same end', async (t) => {
  const { server, source } = setting(t);
  const large = bytesOf((4 << 20) + 5);
  const starts = (): number[] =>
    server.asked.flatMap((line) =>
      /^write \S+ (\d+)/.exec(line) ? [Number(/^write \S+ (\d+)/.exec(line)![1])] : [],
    );
  let writes = 0;
  server.before = (asked) => (asked.startsWith('write') && (writes += 1) === 30 ? 'cut' : undefined);
  const { remote, retries } = open(server);
  let sent = 0;
  assert.equal(
    await remote.write('o/aa/long', { ...source(large), onSent: (bytes) => (sent += bytes) }, false),
    'written',
  );
  assert.ok(server.files.get('base/o/aa/long')!.bytes.equals(large));
  assert.equal(sent, large.length);
  assert.equal(retries.length, 1);
  assert.equal(starts().filter((start) => start === 0).length, 1, 'what was there is not sent again');
  assert.equal(server.files.get('base/o/aa/long')!.mode, 0o444);

  const [part] = server.asked.flatMap((line) => /^open (\S+\.part) /.exec(line)?.[1] ?? []);
  assert.equal(part, `base/tmp/o-aa-long-${large.length}.part`, 'of this object alone');
  for (const [left, from] of [
    [large.subarray(0, 3 << 20), 3 << 20],
    [Buffer.alloc(3 << 20, 'x'), 0],
    [bytesOf((4 << 20) + 9), 0],
    [bytesOf(5 << 20), 0],
  ] as const) {
    server.files.clear();
    server.asked.length = 0;
    server.files.set(part, { bytes: Buffer.from(left), mode: 0o644, modified: Date.now() / 1000 });
    await remote.write('o/aa/long', source(large), false);
    assert.ok(server.files.get('base/o/aa/long')!.bytes.equals(large));
    assert.equal(Math.min(...starts()), from);
  }
  // One of another user is left alone.
  const [PERMISSION] = [3];
  server.before = (asked) => (asked.startsWith(`open ${part} `) ? PERMISSION : undefined);
  server.files.clear();
  await remote.write('o/aa/long', source(large), false);
  assert.ok(server.files.get('base/o/aa/long')!.bytes.equals(large));
  server.before = () => undefined;
  // One that replaces begins afresh, whatever was left.
  server.files.set(part, { bytes: large.subarray(0, 3 << 20), mode: 0o644, modified: Date.now() / 1000 });
  server.asked.length = 0;
  await remote.write('o/aa/long', source(large), true);
  assert.equal(Math.min(...starts()), 0);
  // Where it has to begin again, bytes count once.
  writes = 0;
  server.before = (asked) => (asked.startsWith('write') && (writes += 1) === 30 ? 'cut' : undefined);
  const counts: number[] = [];
  await remote.write('o/aa/again', { ...source(large), onSent: (bytes) => counts.push(bytes) }, true);
  assert.deepEqual(
    [counts.reduce((a, b) => a + b), counts.every((bytes) => bytes > 0)],
    [large.length, true],
  );
});

test('a file that arrived with another length gets no name', async (t) => {
  const { server, source } = setting(t);
  server.before = (asked) => {
    const [, looked] = /^fstat (\S+)/.exec(asked) ?? [];
    if (looked !== undefined) server.files.get(looked)!.bytes = Buffer.alloc(9);
    return undefined;
  };
  const { remote } = open(server);
  await assert.rejects(remote.write('x', source(bytesOf(LIMIT + 1)), true), fails('remote-failed', /9 bytes arrived in place of 65537/)); // prettier-ignore
  server.before = () => undefined;
  await assert.rejects(
    remote.write('x', { ...source(bytesOf(2 * LIMIT)), size: 2 * LIMIT + 9 }, true),
    /shorter than it was/,
  );
  assert.ok(!server.files.has('base/x'));
});

test('a small file is read at once, whatever of it comes', async (t) => {
  const { server } = setting(t);
  const small = bytesOf(5000);
  server.folders.add('base');
  server.files.set('base/x', { bytes: small, mode: 0o444, modified: 1 });
  const { remote } = open(server);
  const whole = await remote.read('x', async (body) => body.whole?.());
  assert.ok(whole!.equals(small));
  const reads = (): readonly string[] => server.asked.filter((line) => line.startsWith('read '));
  assert.equal(reads().length, 1, 'with the question for its size');

  const pieces: Buffer[] = [];
  await remote.read('x', async (body) => {
    for await (const piece of body) pieces.push(Buffer.from(piece));
  });
  assert.ok(Buffer.concat(pieces).equals(small), 'it may be taken in pieces as well');
  assert.equal(reads().length, 2);

  const tooLong = remote.read('x', (body) => bodyToText(body, small.length - 1));
  await assert.rejects(tooLong, { message: '' }, 'a limit is one for the whole, too');
  server.mostRead = 1000;
  assert.equal(await remote.read('x', async (body) => body.whole), undefined, 'a part of it is not all');
  assert.ok((await remote.read('x', (body) => bodyToText(body, small.length)))!.equals(small));
});

test('a reading that is interrupted goes on where it was, with the same file', async (t) => {
  const { server } = setting(t);
  const large = bytesOf(10 * LIMIT + 3);
  server.folders.add('base');
  const put = (bytes: Buffer): void => void server.files.set('base/x', { bytes, mode: 0o444, modified: 1 });
  put(large);
  let cuts = 2;
  let reads = 0;
  const cutting = (asked: string): 'cut' | undefined => {
    if (!asked.startsWith('read ') || cuts === 0 || (reads += 1) % 4 !== 0) return undefined;
    cuts -= 1;
    return 'cut';
  };
  server.before = cutting;
  const { remote, retries } = open(server);
  const reading = (): Promise<Buffer | undefined> =>
    remote.read('x', (body) => bodyToText(body, large.length));
  assert.ok((await reading())!.equals(large));
  assert.equal(retries.length, 2);
  assert.equal(server.asked.filter((line) => line.startsWith('read base/x 0 ')).length, 1);

  server.mostRead = 1000;
  server.before = () => undefined;
  assert.ok((await reading())!.equals(large), 'a server may give less than it was asked for');
  server.mostRead = Infinity;

  // Another file in its place is not put together with the first one.
  cuts = 1;
  server.before = (asked) => {
    const cut = cutting(asked);
    if (cut) put(Buffer.alloc(9 * LIMIT, 'other'));
    return cut;
  };
  const came = await reading();
  assert.ok(came!.equals(Buffer.alloc(9 * LIMIT, 'other')), 'from the start');
  server.before = (asked) => (asked.startsWith('read') ? 'cut' : undefined);
  await assert.rejects(reading(), fails('remote-failed', /was cut/));
  // However often it breaks: as long as something came in between.
  put(large);
  let left = 21;
  server.before = (asked) =>
    asked.startsWith(`read base/x ${2.5 * LIMIT} `) && left-- > 0 ? 'cut' : undefined;
  assert.ok((await reading())!.equals(large));
  server.before = (asked) => (asked.startsWith(`read base/x ${2.5 * LIMIT} `) ? 'cut' : undefined);
  await assert.rejects(reading(), fails('remote-failed', /was cut/));
});

test('parts of a file: the rest of it, of the version that is meant', async (t) => {
  const { server } = setting(t);
  server.folders.add('base');
  const bytes = bytesOf(5 * LIMIT + 7);
  server.files.set('base/x', { bytes, mode: 0o444, modified: 5 });
  const came = Buffer.alloc(bytes.length);
  const take = (start: number, piece: Uint8Array): void => came.set(piece, start);
  let version: string | undefined;
  const parts = (start: number, more: object = {}): Promise<unknown> =>
    open(server).remote.readParts!('x', {
      size: bytes.length,
      ranges: [{ start, end: bytes.length }],
      version: undefined,
      onVersion: (own) => void (version = own),
      ...more,
    }, take);
  for (const most of [1, 6]) {
    let cuts = most;
    came.fill(0);
    server.before = (asked) => (asked.startsWith('read ') && asked.includes(` ${3 * LIMIT + 9} `) && cuts-- > 0 ? 'cut' : undefined);
    assert.equal(await parts(9), 'read');
    assert.ok(came.subarray(9).equals(bytes.subarray(9)));
    assert.ok(came.subarray(0, 9).every((byte) => byte === 0));
    assert.ok(cuts < 1);
  }
  assert.equal(await parts(9, { version }), 'read');
  assert.equal(await parts(9, { version: 'other' }), 'unfit');
  assert.equal(await parts(9, { ranges: [{ start: 9, end: 20 }] }), 'unfit');
  // Another version of the same size is not put together with what came.
  let cuts = 6;
  server.before = (asked) => {
    if (!asked.startsWith('read ') || !asked.includes(` ${3 * LIMIT + 9} `) || cuts-- <= 0) return undefined;
    if (cuts === 1) server.files.get('base/x')!.modified = 6;
    return 'cut';
  };
  assert.equal(await parts(9), 'unfit');
  assert.equal(await parts(9, { size: 10, ranges: [{ start: 9, end: 10 }] }), 'unfit');
  assert.equal(await parts(0, { ranges: [{ start: 0, end: 5 }, { start: 9, end: bytes.length }] }), 'unfit');
  server.files.delete('base/x');
  assert.equal(await parts(9), 'missing');
  server.folders.delete('base');
  await assert.rejects(parts(9), fails('remote-unreachable', /does not exist/));
}); // prettier-ignore
