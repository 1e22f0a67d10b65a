// A folder behind SFTP as a remote: what is asked of a server, in which order, and what its answers mean.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import test, { type TestContext } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import {
  bodyToText,
  openRemote,
  openSshRemote,
  type Remote,
  type SftpClient,
} from '../../../../src/cache/cache.ts';
import { makeSpace } from '../../../hash/space.ts';
import { LIMIT, makeSftpServer, type SftpServer } from './sftp-server.ts';
import { fails } from '../fails.ts';

interface Opened {
  readonly remote: Remote;
  readonly retries: string[];
}

function open(server: SftpServer, path = 'base'): Opened {
  const retries: string[] = [];
  let client: SftpClient | undefined;
  const remote = openSshRemote({
    name: 'big',
    place: { host: 'host', path },
    pace: { bytes: 0, seconds: 60 },
    canAsk: false,
    variable: undefined,
    wait: async () => undefined,
    onRetry: (reason) => retries.push(reason),
    fault: () => undefined,
    connection: {
      client: async () => (client = client && !client.isLost ? client : await server.connect()),
      end: async () => client?.end(),
    },
  });
  return { remote, retries };
}

function setting(t: TestContext): {
  readonly server: SftpServer;
  readonly source: (bytes: string | Buffer) => Source;
} {
  const [server, space] = [makeSftpServer(), makeSpace(t)];
  return {
    server,
    source(bytes) {
      const path = space.write('source', bytes);
      return { path, size: Buffer.byteLength(bytes) };
    },
  };
}

function setVariables(t: TestContext, variables: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(variables)) {
    const before = process.env[name];
    process.env[name] = value;
    t.after(() => (before === undefined ? delete process.env[name] : (process.env[name] = before)));
  }
}

interface Source {
  readonly path: string;
  readonly size: number;
}

const read = async (remote: Remote, key: string): Promise<string | undefined> =>
  (await remote.read(key, (body) => bodyToText(body, 64 << 20)))?.toString();

const text = (server: SftpServer, path: string): string => String(server.files.get(path)?.bytes);

/** Bytes of which no two pieces are the same. */
function bytesOf(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at + 4 <= length; at += 1000) bytes.writeUInt32LE(at, at);
  return bytes;
}

test('files are written aside, flushed and renamed, each readable by all and writable by none', async (t) => {
  const { server, source } = setting(t);
  const { remote } = open(server);
  const large = bytesOf(3 * LIMIT + 5);
  let sent = 0;
  assert.equal(await remote.write('a/b c', { ...source('content'), onSent: (bytes) => (sent += bytes) }, false), 'written');
  assert.equal(sent, 7);
  assert.equal(await remote.write('a/é', { text: 'ü' }, true), 'written');
  assert.equal(await remote.write('empty', { text: '' }, true), 'written');
  const { path, size } = source(large);
  assert.equal(await remote.write('d/large', { path, size }, false), 'written');
  assert.deepEqual([...server.files.keys()].sort(), ['base/a/b c', 'base/a/é', 'base/d/large', 'base/empty']);
  assert.deepEqual([...server.files.values()].map(({ mode }) => mode), [0o444, 0o444, 0o444, 0o444]);
  assert.deepEqual([text(server, 'base/a/b c'), text(server, 'base/a/é'), text(server, 'base/empty')], ['content', 'ü', '']);
  assert.ok(server.files.get('base/d/large')!.bytes.equals(large));
  const descriptors = existsSync('/proc/self/fd') ? readdirSync('/proc/self/fd') : [];
  const isOpen = (descriptor: string): boolean => {
    try {
      return readlinkSync(`/proc/self/fd/${descriptor}`) === path;
    } catch {
      return false;
    }
  };
  assert.ok(!descriptors.some(isOpen), 'what was sent is closed');
  const steps = server.asked.map((line) => line.replace(/base\/tmp\/\S+/, 'TMP'));
  for (const name of ['base/a/b c', 'base/d/large']) {
    const named = steps.lastIndexOf(`rename TMP ${name}`);
    const opened = steps.findLastIndex((step, at) => at < named && step.startsWith('open TMP '));
    const between = steps.slice(opened, named);
    assert.ok(between.indexOf('fsync TMP') > between.findLastIndex((step) => step.startsWith('write ')), String(between));
  }
  assert.deepEqual([await read(remote, 'a/b c'), await read(remote, 'a/é'), await read(remote, 'empty')], ['content', 'ü', '']);
  assert.ok((await remote.read('d/large', (body) => bodyToText(body, large.length)))!.equals(large));
  assert.equal(await read(remote, 'a/none'), undefined);
  assert.deepEqual([await remote.size('a/b c'), await remote.size('a'), await remote.size('none')], [7, -1, undefined]);
  server.files.get('base/empty')!.modified = 1000;
  assert.deepEqual(await remote.version!('empty'), { size: 0, time: 1_000_000 });
  assert.equal(await remote.version!('a'), undefined);
  server.links.set('base/link', 'base/a/b c');
  assert.deepEqual([(await remote.version!('link'))?.size, await remote.size('link'), await read(remote, 'link')], [7, -1, 'content']);
  assert.equal(await read(remote, 'a'), undefined, 'a folder is no file');
  assert.equal(remote.url, 'ssh://host/~/base');
  const other = openSshRemote({ name: 'big', place: { host: '::1', user: 'ada', port: 2222, path: '/d' }, pace: { bytes: 0, seconds: 60 }, canAsk: false, variable: undefined });
  assert.equal(other.url, 'ssh://ada@[::1]:2222/d');
  // In folders that are all lacking, and in one of temporary files that somebody has removed.
  const deep = open(server, 'very/deep/base').remote;
  assert.equal(await deep.write('x', { text: 'x' }, true), 'written');
  server.folders.delete('very/deep/base/tmp');
  assert.equal(await deep.write('y', { text: 'y' }, true), 'written');
  assert.deepEqual([text(server, 'very/deep/base/x'), text(server, 'very/deep/base/y')], ['x', 'y']);
}); // prettier-ignore

test('many are looked for, listed and removed; what is on its way is not listed', async (t) => {
  const { server } = setting(t);
  const { remote } = open(server);
  const keys = Array.from({ length: 600 }, (_, at) => `o/${at}`);
  for (const folder of ['base', 'base/o', 'base/o/deep', 'base/tmp', 'base/of']) server.folders.add(folder);
  const file = { bytes: Buffer.from('abc'), mode: 0o444, modified: 7 };
  for (const key of keys.slice(1)) server.files.set(`base/${key}`, file);
  for (const other of ['o/deep/x', 'o/y.tmp', 'tmp/z.part', 'of/w']) server.files.set(`base/${other}`, file);
  assert.deepEqual(await remote.sizes(keys, 4), new Map(keys.slice(1).map((key) => [key, 3])));
  const list = async (folder: string): Promise<string[]> => {
    const files = [];
    for await (const page of remote.list!(folder)) files.push(...page);
    assert.ok(files.every(({ size, time }) => size === 3 && time === 7000));
    return files.map(({ key }) => key).sort();
  };
  assert.deepEqual(await list('o'), ['o/deep/x', ...keys.slice(1)].sort());
  assert.deepEqual(await list(''), ['o/deep/x', 'of/w', ...keys.slice(1)].sort());
  assert.deepEqual(await list('nowhere'), []);
  const times = (what: string): number => server.asked.filter((line) => line.startsWith(what)).length;
  assert.equal(times('close '), times('opendir ') - times('opendir base/nowhere'), 'no handle stays open');
  assert.ok(!server.asked.some((line) => line.includes('..')));
  await remote.remove!(keys);
  assert.deepEqual(
    [...server.files.keys()],
    ['base/o/deep/x', 'base/o/y.tmp', 'base/tmp/z.part', 'base/of/w'],
  );
});

test('a folder that does not exist is no empty remote', async (t) => {
  const { server } = setting(t);
  for (const look of [
    (remote: Remote) => read(remote, 'x'),
    (remote: Remote) => remote.list!('')[Symbol.asyncIterator]().next(),
  ]) {
    const { remote } = open(server);
    await assert.rejects(look(remote), fails('remote-unreachable', /does not exist/));
    server.files.set('base', { bytes: Buffer.alloc(0), mode: 0o644, modified: 0 });
    await assert.rejects(look(remote), fails('remote-unreachable', /not a folder/));
    server.files.delete('base');
  }
  server.folders.add('base');
  assert.equal(await read(open(server).remote, 'x'), undefined);
});

test('a server without extensions: nothing is replaced by accident, and what is damaged goes aside', async (t) => {
  const { server, source } = setting(t);
  server.extensions = [];
  const { remote } = open(server);
  const large = bytesOf(100_000);
  assert.equal(await remote.write('x', source(large), false), 'written');
  assert.ok(server.asked.some((line) => line.endsWith(' 0 32768')));
  assert.equal(await remote.write('x', { text: 'other' }, false), 'exists');
  assert.ok(server.files.get('base/x')!.bytes.equals(large));
  assert.deepEqual([...server.files.keys()], ['base/x']);
  assert.equal(await remote.write('x', { text: 'other' }, true), 'written');
  assert.equal(text(server, 'base/x'), 'other');
  // What was begun may have holes where requests are not done in their order.
  await remote.write('long', source(bytesOf((4 << 20) + 5)), false);
  assert.ok(!server.asked.some((line) => line.includes('.part')));
  // One that knows no limits takes what is usual.
  [server.extensions, server.limit] = [['limits'], 0];
  assert.equal(await open(server).remote.write('y', source(large), false), 'written');
  assert.ok(server.files.get('base/y')!.bytes.equals(large));
  assert.ok((await open(server).remote.read('y', (body) => bodyToText(body, large.length)))!.equals(large));
  [server.extensions, server.limit] = [['posix-rename'], LIMIT];
  const posix = open(server).remote;
  await posix.write('longer', source(bytesOf((4 << 20) + 9)), false);
  assert.ok(!server.asked.some((line) => line.includes('.part')));
  server.folders.add('base/damage');
  assert.equal(await posix.write('damage', { text: 'right' }, true), 'written');
  assert.equal(text(server, 'base/damage'), 'right');
  assert.equal(await posix.write('x', { text: 'third' }, true), 'written');
  assert.equal(text(server, 'base/x'), 'third');
});

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

test(
  'all that is asked fails with the connection, be it sent or waiting for room',
  { timeout: 20_000 },
  async () => {
    const server = makeSftpServer();
    const client = await server.connect();
    server.before = () => 'cut';
    const ended = await Promise.allSettled(Array.from({ length: 600 }, async () => client.stat('base')));
    assert.ok(ended.every(({ status }) => status === 'rejected'));
  },
);

test('what a server refuses is said in words', async (t) => {
  const { server } = setting(t);
  server.folders.add('base');
  const write = (): Promise<unknown> => open(server).remote.write('x', { text: 'x' }, true);
  const [PERMISSION, FAILURE] = [3, 4];
  const refusing = (start: string, status: number): void => {
    server.before = (asked) => (asked.startsWith(start) ? status : undefined);
  };
  server.files.set('base/x', { bytes: Buffer.from('x'), mode: 0o444, modified: 0 });
  refusing('rename', FAILURE);
  const named = open(server).remote.write('x', { text: 'y' }, false);
  await assert.rejects(named, fails('remote-failed'), 'what is there may be something else');
  server.files.clear();
  refusing('rename', PERMISSION);
  await assert.rejects(write(), fails('remote-refused', /permission denied.*access to base/));
  assert.ok(![...server.files.keys()].some((path) => path.startsWith('base/tmp/')), 'nothing is left aside');
  // Of a machine as a whole one file is asked for.
  refusing('open', PERMISSION);
  const asked = read(open(server, '/').remote, 'home/ada/x');
  await assert.rejects(asked, fails('remote-refused', /needs access to it, and to the folders above it/));
  refusing('write', FAILURE);
  server.space = [5 << 20, 5, false];
  await assert.rejects(write(), fails('remote-failed', /says only that it failed/));
  assert.ok(server.asked.includes('statvfs base'), 'of the disk that it is on');
  const [{ before }, full] = [server, Buffer.alloc(5 * LIMIT)];
  server.files.set('base/x', { bytes: full, mode: 0o444, modified: 0 });
  server.space = [500_000, 5, false];
  // A file whose reading fails in the middle is not as short as that.
  refusing(`read base/x ${2.5 * LIMIT} `, FAILURE);
  await assert.rejects(
    open(server).remote.read('x', (body) => bodyToText(body, full.length)),
    fails('remote-failed', /read objects(?!.*space)/),
  );
  server.before = before;
  await assert.rejects(write(), fails('remote-failed', /no space is left/));
  server.space = [1 << 30, 0, false];
  await assert.rejects(write(), fails('remote-failed', /inodes/));
  server.space = [1 << 30, 5, true];
  await assert.rejects(write(), fails('remote-refused', /read-only/));
  server.space = [1 << 30, 5, false];
  // Somebody else has sent the same, or something else, and cleaned up.
  for (const [there, done] of [
    ['ü', 'exists'],
    ['other', undefined],
  ] as const) {
    server.before = (asked) => {
      if (!asked.startsWith('rename ')) return undefined;
      server.files.delete(asked.split(' ')[1]!);
      server.files.set('base/z', { bytes: Buffer.from(there), mode: 0o444, modified: 0 });
      return undefined;
    };
    const written = open(server).remote.write('z', { text: 'ü' }, false);
    if (done) assert.equal(await written, done);
    else await assert.rejects(written, fails('remote-failed', /no such file|get its name|on purpose/));
  }
  refusing('stat', PERMISSION);
  await assert.rejects(open(server).remote.size('x'), fails('remote-refused', /permission/));
  refusing('open base/x to read', PERMISSION);
  await assert.rejects(read(open(server).remote, 'x'), fails('remote-refused', /read objects/));
  refusing('readdir', FAILURE);
  await assert.rejects(
    open(server).remote.list!('')[Symbol.asyncIterator]().next(),
    fails('remote-failed', /on purpose/),
  );
  refusing('remove', PERMISSION);
  await assert.rejects(open(server).remote.remove!(['x']), fails('remote-refused'));
  // What is allowed meanwhile is tried once more.
  const { remote } = open(server);
  refusing('opendir', PERMISSION);
  await assert.rejects(remote.write('y', { text: 'y' }, true), fails('remote-refused'));
  server.before = () => undefined;
  assert.equal(await remote.write('y', { text: 'y' }, true), 'written');
});

test('what dead pushes left there goes after a week; what is younger stays', async (t) => {
  const { server } = setting(t);
  for (const folder of ['base', 'base/tmp']) server.folders.add(folder);
  const days = (count: number) => ({ bytes: Buffer.alloc(1), mode: 0o644, modified: Math.floor(Date.now() / 1000) - count * 86_400 }); // prettier-ignore
  server.files.set('base/tmp/old.part', days(8));
  server.files.set('base/tmp/young.part', days(6));
  server.before = (asked) => (asked === 'remove base/tmp/theirs.part' ? 3 : undefined);
  server.files.set('base/tmp/theirs.part', days(9));
  server.files.set('base/tmp/unknown.part', { ...days(8), modified: NaN });
  await open(server).remote.write('x', { text: 'x' }, true);
  assert.deepEqual([...server.files.keys()].sort(), [
    'base/tmp/theirs.part',
    'base/tmp/unknown.part',
    'base/tmp/young.part',
    'base/x',
  ]);
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

test('a connection that says nothing is given up, what takes its time after twenty times as long', async (t) => {
  const server = makeSftpServer();
  const pace = { bytes: 0, seconds: 4 };
  const clients = [await server.connect(pace), await server.connect(pace)] as const;
  server.folders.add('base');
  server.files.set('x', { bytes: Buffer.from('x'), mode: 0o444, modified: 5 });
  const handle = (await clients[1].openToRead('x'))!;
  await clients[0].close((await clients[0].openToRead('x'))!);
  t.mock.timers.enable({ apis: ['setTimeout'] });
  server.before = () => 'silent';
  const windows = async (asked: Promise<unknown>): Promise<number> => {
    const over = assert.rejects(asked, /too slow: silent for 4 s/).then(() => true);
    const isOver = (): Promise<boolean> => Promise.race([over, setImmediate(false)]);
    let count = 0;
    for (; count < 100 && !(await isOver()); count += 1) t.mock.timers.tick(4000);
    assert.ok(await isOver());
    return count;
  };
  assert.equal(await windows(clients[0].stat('base')), 2, 'what was slow before is over');
  assert.equal(await windows(clients[1].flush(handle, true)), 22);
});

interface Programs {
  readonly server: SftpServer;
  /** What has come of each conversation. */
  readonly conversations: ReadonlyMap<Socket, number>;
  readonly remote: Remote;
  /** Where folders of this process are made. */
  readonly tmp: string;
}

/** A server behind a program in the place of `ssh`. @param accepted is waited for before a conversation begins, by its number. */
function startPrograms(
  t: TestContext,
  accepted: (nth: number) => Promise<void> | undefined = () => undefined,
): Programs {
  const [server, space] = [makeSftpServer(), makeSpace(t)];
  let count = 0;
  server.folders.add('base');
  server.files.set('base/x', { bytes: Buffer.from('whole'), mode: 0o444, modified: 5 });
  const conversations = new Map<Socket, number>();
  const listener = createServer((socket) => {
    conversations.set(socket, 0);
    socket.on('error', () => undefined);
    socket.on('close', () => conversations.delete(socket));
    const begin = (): void => {
      socket.on('data', () => conversations.set(socket, conversations.get(socket)! + 1));
      server.accept(socket);
    };
    const wait = accepted(count++);
    if (wait) void wait.then(begin);
    else begin();
  }).listen(space.path('socket'));
  t.after(() => {
    for (const socket of conversations.keys()) socket.destroy();
    listener.close();
  });
  space.write(
    'bin/ssh',
    `#!${process.execPath}
if (process.argv.includes('-G')) console.log('user ada\\nhostname host.example.org');
else {
  const socket = require('node:net').connect(${JSON.stringify(space.path('socket'))});
  process.stdin.pipe(socket).pipe(process.stdout);
  socket.on('close', () => process.exit(0));
}
`,
    0o755,
  );
  const tmp = space.path('tmp');
  mkdirSync(tmp);
  setVariables(t, { PATH: `${space.path('bin')}:${process.env['PATH']}`, TMPDIR: tmp });
  const remote = openSshRemote({
    name: 'big',
    place: { host: 'big', path: 'base' },
    pace: { bytes: 0, seconds: 60 },
    canAsk: false,
    variable: undefined,
    wait: async () => undefined,
  });
  return { server, conversations, remote, tmp };
}

for (const late of [0, 1])
  test(`a conversation that has not begun yet when the remote is closed ends, too: number ${late}`, { timeout: 30_000 }, async (t) => {
    const [{ promise: began, resolve: begin }, { promise: accepted, resolve: accept }] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const { conversations, remote } = startPrograms(t, (nth) => {
      if (nth !== late) return undefined;
      begin();
      return accepted;
    });
    const users = { isBusy: true };
    const asking = async (): Promise<void> => {
      do await remote.size('x').catch(() => undefined);
      while (users.isBusy);
    };
    const asked = Promise.all(Array.from({ length: 64 }, asking));
    await began;
    users.isBusy = false;
    if (late > 0) await asked;
    const ended = [...conversations.keys()].map((socket) => once(socket, 'close'));
    const closed = remote.close();
    accept();
    await Promise.all([closed, asked, ...ended]);
  }); // prettier-ignore

test('a busy server is asked in several conversations; those that break are not asked again, and all of them end', { timeout: 30_000 }, async (t) => {
  const { server, conversations, remote, tmp } = startPrograms(t);
  /** Many at once, each after another one. */
  const sizes = async (count = 1): Promise<void> => {
    const found = await Promise.all(Array.from({ length: 64 }, async () => {
      for (let more = 1; more < count; more += 1) await remote.size('x');
      return remote.size('x');
    }));
    assert.deepEqual(new Set(found), new Set([5]));
  };
  const untilWide = async (): Promise<void> => {
    const used = (): number => [...conversations.values()].filter((count) => count > 3).length;
    for (let turn = 0; turn < 1000 && used() < 2; turn += 1) await sizes(3);
    assert.ok(used() >= 2 && conversations.size <= 4, [...conversations.values()].join());
  };
  await untilWide();
  let left = 1;
  server.before = () => (left-- > 0 ? 'cut' : undefined);
  await sizes();
  await untilWide();
  const broken = [...conversations.keys()].map((socket) => once(socket.destroy(), 'close'));
  await Promise.all(broken);
  await sizes();
  await untilWide();
  const ended = [...conversations.keys()].map((socket) => once(socket, 'close'));
  await remote.close();
  await Promise.all(ended);
  assert.deepEqual(readdirSync(tmp), []);
}); // prettier-ignore

test('ssh itself is called with the password in its environment alone, and nothing of it is left', { timeout: 30_000 }, async (t) => {
  const space = makeSpace(t);
  const tmp = space.path('tmp');
  mkdirSync(tmp);
  const says = (script: string): string =>
    space.write('bin/ssh', `#!/bin/sh\ncase $1 in -G) echo user ada; echo hostname host.example.org; exit ;; esac\nls "$TMPDIR" > "$TMPDIR/../seen"; echo "$PIPE_SSH_LOGIN $PIPE_SSH_PASSWORD $SSH_ASKPASS$PIPE_SSH_PASSPHRASE" >> "$TMPDIR/../seen"; echo "$*" >> "$TMPDIR/../seen"\n${script}\n`, 0o755);
  setVariables(t, { PATH: `${space.path('bin')}:${process.env['PATH']}`, TMPDIR: tmp });
  const look = async (more: object = {}): Promise<unknown> => {
    const remote = openSshRemote({ name: 'big', place: { host: 'big', path: '/d' }, password: 's3cret', pace: { bytes: 0, seconds: 60 }, canAsk: false, variable: 'V', wait: async () => undefined, ...more });
    return remote.size('x').finally(() => remote.close());
  };
  says('echo "ada@big: Permission denied (password)." >&2; exit 255');
  const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
  const before = timers();
  await assert.rejects(look(), fails('remote-refused', /and not the password.*set V/));
  assert.equal(timers(), before, 'the limit of a login ends with it');
  const [folder, secrets, args] = readFileSync(space.path('seen'), 'utf8').trim().split('\n');
  assert.deepEqual(readdirSync(tmp), []);
  assert.equal(secrets, `ada@host.example.org s3cret ${tmp}/${folder}/askpass`);
  assert.ok(args!.includes(`ControlPath=${tmp}/${folder}/`) && !args!.includes('s3cret'));
  // What is declared reaches it; the environment comes before a password in the URL.
  const option = (value: string) => ({ value, folder: '/keys', shared: false, place: () => undefined });
  const options = new Map(Object.entries({ keyfile: 'own', passphrase: 'phrase', timeout: '9.5', gss_auth: 'yes', allow_agent: 'False' }).map(([name, value]) => [name, option(value)]));
  const remotes = new Map([['big', { url: 'ssh://ada:inurl@big/d', options, folder: '/', place: () => undefined }]]);
  const env = { XDG_CONFIG_HOME: tmp, PIPE_REMOTE_BIG_PASSWORD: 'given', PIPE_REMOTE_BIG_HOST: 'ssh://big' };
  for (const [quick, seconds] of [[false, 10], [true, 4]] as const) {
    const declared = await openRemote({ remotes }, 'big', { root: '/', env, quick });
    await assert.rejects(declared.size('x').finally(() => declared.close()), fails('remote-refused'));
    const [, given = '', called = ''] = readFileSync(space.path('seen'), 'utf8').trim().split('\n');
    assert.match(given, /^ada@host\.example\.org given .*\/askpassphrase$/);
    assert.ok(called.includes(`-o ConnectTimeout=${seconds} `), called);
    for (const wanted of ['-l ada -i /keys/own -o IdentitiesOnly=yes -- big', 'GSSAPIAuthentication=yes', 'IdentityAgent=none', 'BatchMode=no'])
      assert.ok(called.includes(wanted), called);
    assert.ok(!/inurl|given|phrase/.test(called));
  }
  // A passphrase is given without a password, too.
  const phrase = await openRemote({ remotes: new Map([['big', { ...remotes.get('big')!, url: 'ssh://big/d' }]]) }, 'big', { root: '/', env: { XDG_CONFIG_HOME: tmp } });
  await assert.rejects(phrase.size('x').finally(() => phrase.close()), fails('remote-refused'));
  assert.match(readFileSync(space.path('seen'), 'utf8'), /\/askpassphrase$/m);
  says('echo Welcome; exit 0');
  for (const more of [{}, { canAsk: true, loginSeconds: 0 }])
    await assert.rejects(look(more), fails('remote-refused', /does not speak SFTP, but says: Welcome/));
  // Who says nothing is given up, and ended.
  says(`echo $$ > '${space.path('pid')}'; exec sleep 1000`);
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const silent = assert.rejects(look({ loginSeconds: 5 }), fails('remote-unreachable', /does not let us in within 5 s/));
  const pidOf = (): number => (existsSync(space.path('pid')) ? Number(readFileSync(space.path('pid'), 'utf8')) : 0);
  while (pidOf() === 0) await setImmediate();
  t.mock.timers.tick(5000);
  await silent;
  const pid = pidOf();
  for (let lives = true; lives; ) {
    await setImmediate();
    try { process.kill(pid, 0); } catch { lives = false; }
  }
  says('echo "kex_exchange_identification: Connection reset by peer" >&2; exit 255');
  await assert.rejects(look(), fails('remote-failed', /reset by peer/));
  assert.deepEqual(readdirSync(tmp), []);
}); // prettier-ignore
