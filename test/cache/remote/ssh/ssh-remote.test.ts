// A folder behind SFTP as a remote: what is asked of a server, in which order, and what its answers mean.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import test from 'node:test';
import { bodyToText, openSshRemote, type Remote } from '../../../../src/cache/cache.ts';
import { LIMIT, type SftpServer } from './sftp-server.ts';
import { fails } from '../fails.ts';
import { bytesOf, open, setting } from './opened.ts';

const read = async (remote: Remote, key: string): Promise<string | undefined> =>
  (await remote.read(key, (body) => bodyToText(body, 64 << 20)))?.toString();

const text = (server: SftpServer, path: string): string => String(server.files.get(path)?.bytes);

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
