// A storage by way of rclone: what rclone is asked, and what it says in return. In its place is a small program that keeps files in a
// folder; what rclone itself does is tested with it (test/real/remotes).
import assert from 'node:assert/strict';
import { existsSync, globSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { bodyToText, openRemote, rclonePlace, type Remote } from '../../../src/cache/cache.ts';
import { makeSpace, type Space } from '../../hash/space.ts';
import { fails } from './fails.ts';

/** Places such as `store:folder` are folders beside it. */
const PROGRAM = `#!/bin/sh
home=\${0%/*} all=" $*"
echo "$*" >> "$home/asked"
if [ -f "$home/fails" ]; then . "$home/fails"; fi
while [ "$1" != -- ]; do
  case $1 in lsf|lsjson|copy|cat|delete|backend|moveto|purge) verb=$1 ;; --offset=*) offset=\${1#*=} ;; --count=*) count=\${1#*=} ;; esac
  shift
done
case $2 in store:*) from=$home/store/\${2#store:} ;; *) from=$2 ;; esac
case $3 in store:*) to=$home/store/\${3#store:} ;; *) to=$3 ;; esac
case $verb in lsf|lsjson) [ -d "$from" ] || exit 3 ;; esac
files() { (cd "$from" && find . -type f); }
size() { set -- $(wc -c < "$1"); echo "$1"; }
case $verb in
  backend) cat "$home/features" 2> "$home/none" || echo '{"Features":{"Move":false}}' ;;
  moveto)
    [ -e "$from" ] || exit 3
    if [ -d "$from" ]; then mkdir -p "$to" && cp -R "$from/." "$to"; else cp "$from" "$to"; fi
    rm -r "$from" ;;
  purge) rm -rf "$from" ;;
  lsf)
    case $all in *--dirs-only*) ls -p "$from"; exit 0 ;; esac
    case $all in *--files-from-raw=-*) cat ;; *) files ;; esac | while IFS= read -r key; do
      key=\${key#./}
      if [ -f "$from/$key" ]; then printf '%s\\t%s\\n' "$(size "$from/$key")" "$key"; fi
    done ;;
  lsjson)
    echo '['
    files | while IFS= read -r key; do
      printf '%s{"Path":"%s","Size":%s,"ModTime":"2026-01-02T03:04:05Z"}' "$comma" "\${key#./}" "$(size "$from/$key")"
      comma=,
    done
    echo ']' ;;
  copy)
    while IFS= read -r key; do
      if [ -f "$from/$key" ]; then
        case $key in */*) mkdir -p "$to/\${key%/*}" ;; *) mkdir -p "$to" ;; esac
        cp "$from/$key" "$to/$key"
      fi
    done
    echo '{"level":"notice","msg":"x","stats":{"bytes":7}}' >&2 ;;
  cat) [ -f "$from" ] || exit 3; if [ "$count" ]; then tail -c "+$((offset + 1))" "$from" | head -c "$count"; else cat "$from"; fi ;;
  delete) while IFS= read -r key; do rm -f "$from/$key"; done ;;
esac
exit 0
`;

interface Storage {
  readonly space: Space;
  readonly open: () => Promise<Remote>;
  /** Calls of the program since the last time this was asked. */
  readonly asked: () => readonly string[];
  /** From here on each call does this instead. */
  readonly fail: (script: string | undefined) => void;
}

function storage(t: TestContext): Storage {
  const space = makeSpace(t);
  space.write('bin/rclone', PROGRAM, 0o755);
  const { PATH } = process.env;
  process.env['PATH'] = `${space.path('bin')}${delimiter}${PATH}`;
  t.after(() => (process.env['PATH'] = PATH));
  const declared = { url: 'rclone://store/base', folder: space.root, place: () => undefined };
  let seen = 0;
  return {
    space,
    async open() {
      const remotes = new Map([['r', declared]]);
      const remote = await openRemote({ remotes }, 'r', { root: space.root, env: {}, scratch: space.path('scratch') });
      t.after(() => remote.close());
      return remote;
    },
    asked() {
      const all = readFileSync(space.path('bin/asked'), 'utf8').trim().split('\n');
      return all.slice(seen, (seen = all.length));
    },
    fail(script) {
      if (script === undefined) rmSync(space.path('bin/fails'));
      else space.write('bin/fails', script);
    },
  };
} // prettier-ignore

const read = async (remote: Remote, key: string): Promise<string | undefined> =>
  (await remote.read(key, (body) => bodyToText(body, 32 << 20)))?.toString();

test('many files go and come by few calls; nothing is left aside', async (t) => {
  const { space, open, asked } = storage(t);
  const remote = await open();
  assert.deepEqual([remote.jobs, remote.url], [128, 'rclone://store/base']);
  // The first is found under its key, the others go by way of a folder of ours.
  const path = space.write('cache/o/aa/one', 'content');
  let sent = 0;
  const source = { path, size: 7, onSent: (bytes: number) => (sent += bytes) };
  await Promise.all([
    remote.write('o/aa/one', source, false),
    remote.write('o/b b/é', source, false),
    remote.write('text', { text: 'ü' }, true),
    remote.write('o/b b/other', { text: 'other' }, false),
  ]);
  const copies = asked().filter((call) => !call.includes('backend features'));
  assert.equal(copies.length, 3, 'by folder and by whether they replace');
  assert.ok(copies.every((call) => call.includes('--ask-password=false')), 'no question');
  assert.ok(copies.every((call) => call.includes('--files-from-raw=- --no-traverse') && call.includes('--copy-links')));
  const how = copies.map((call) => `${/--(checksum|ignore-times)/.exec(call)![1]} ${call.includes(` -- ${space.path('cache')} store:base`)}`);
  assert.deepEqual(how.sort(), ['checksum false', 'checksum true', 'ignore-times false']);
  assert.deepEqual(['o/aa/one', 'o/b b/é', 'text', 'o/b b/other'].map((key) => readFileSync(space.path(`bin/store/base/${key}`), 'utf8')), ['content', 'content', 'ü', 'other']);
  assert.ok(sent >= 7);
  assert.deepEqual(await remote.sizes(['o/aa/one', 'none', 'o/b b/é', 'text'], 1), new Map([['o/aa/one', 7], ['o/b b/é', 7], ['text', 2]]));
  assert.deepEqual([await remote.size('text'), await remote.size('none'), [...(await remote.sizes([], 1))]], [2, undefined, []]);
  asked();
  assert.deepEqual(await Promise.all(['o/aa/one', 'text', 'none'].map((key) => read(remote, key))), ['content', 'ü', undefined]);
  const calls = asked();
  assert.deepEqual(calls.map((call) => /(lsf|copy)/.exec(call)![1]), ['lsf', 'copy', 'lsf']);
  assert.match(calls[1]!, /--ignore-times/, 'what came before is not believed');
  const aside = (): readonly string[] => globSync(space.path('scratch/*/in/**')).filter((at) => statSync(at).isFile());
  assert.deepEqual(aside(), [], 'what was read does not stay');
  // Another file under the same key leaves the first one as it is, in the cache too.
  const counts = [0, 0];
  const pair = ['long', 'new'].map((text, at) => ({ path: space.write(`cache/${text}`, text), size: text.length, onSent: (bytes: number) => (counts[at]! += bytes) }));
  for (const one of pair) await remote.write('q/same', one, true);
  assert.deepEqual(pair.map(({ path }) => readFileSync(path, 'utf8')), ['long', 'new']);
  assert.equal(readFileSync(space.path('bin/store/base/q/same'), 'utf8'), 'new');
  counts.fill(0);
  await Promise.all(pair.map((one, at) => remote.write(`q/${at}`, one, true)));
  assert.deepEqual(counts, [4, 3], 'the bytes of a call are those of its files');
  await remote.remove!(['q/same', 'q/0', 'q/1']);
  const list = async (folder: string): Promise<ReadonlyMap<string, unknown>> => {
    const files = [];
    for await (const page of remote.list!(folder)) files.push(...page);
    return new Map(files.map(({ key, size, time }) => [key, [size, time]]));
  };
  const time = Date.UTC(2026, 0, 2, 3, 4, 5);
  assert.deepEqual(await list('o'), new Map([['o/aa/one', [7, time]], ['o/b b/é', [7, time]], ['o/b b/other', [5, time]]]));
  assert.deepEqual([...(await list('')).keys()].sort(), ['o/aa/one', 'o/b b/other', 'o/b b/é', 'text']);
  assert.equal((await list('none')).size, 0);
  assert.match(asked().at(-1)!, /--use-server-modtime/, 'a file is as old as it is there');
  await remote.remove!(['text', 'none']);
  assert.equal((await list('')).size, 3);
  await remote.close();
  assert.deepEqual(readdirSync(space.path('scratch')), []);
}); // prettier-ignore

test('where a file is seen while it is written, it gets its name when it is whole', async (t) => {
  for (const [features, first] of [
    ['{"Features":{"PartialUploads":true,"Move":true}}', true],
    ['{"Features":{"Move":true}}', true],
    ['{"Features":{"PartialUploads":false,"Move":true}}', false],
    ['{"Name":"old"}', false],
  ] as const) {
    const { space, open, asked, fail } = storage(t);
    space.write('bin/features', features);
    const week = 7 * 86_400_000;
    const [old, young] = [Date.now() - week - 60_000, Date.now() - week + 60_000].map((time) => `${time}-1-00000000-1.tmp`);
    for (const name of [`${old}/o/x`, `${young}/o/x`, 'theirs/x']) space.write(`bin/store/base/tmp/${name}`, 'x');
    space.write('bin/store/base/o/there', 'other');
    const remote = await open();
    await remote.size('x');
    // Fails on its way, and leaves what it has sent.
    fail(`case $* in *moveto*) echo '{"level":"error","msg":"lost"}' >&2; exit 1 ;; esac`);
    if (first) await assert.rejects(remote.write('o/early', { text: 'early' }, false), fails('remote-failed', /lost/));
    fail(undefined);
    assert.ok(!existsSync(space.path('bin/store/base/o/early')));
    asked();
    const sent: readonly (readonly [string, string])[] = [['o/a/one', 'one'], ['o/there', 'ours'], ['p/é x', 'two'], ['top', 'three']];
    await Promise.all(sent.map(([key, text]) => remote.write(key, { text }, false)));
    const calls = asked();
    assert.deepEqual(calls.filter((call) => call.includes('copy')).map((call) => / store:base\/tmp\/\d+-\d+-\w+-\d+\.tmp$/.test(call)), [first]);
    assert.ok(calls.every((call) => !call.includes('moveto') || call.includes('--checksum')), 'times and sizes say little');
    assert.deepEqual(calls.filter((call) => call.includes('moveto')).map((call) => / store:base\/(\w+)$/.exec(call)![1]!).sort(), first ? ['o', 'p', 'top'] : []);
    for (const [key, text] of sent) assert.equal(readFileSync(space.path(`bin/store/base/${key}`), 'utf8'), text);
    await remote.close();
    assert.deepEqual(readdirSync(space.path('bin/store/base/tmp')).sort(), [first ? [] : old!, young!, 'theirs'].flat().sort());
  }
}); // prettier-ignore

test('what is moved together is not much, so that little is lost by an interruption', async (t) => {
  const { space, open, asked } = storage(t);
  space.write('bin/features', '{"Features":{"PartialUploads":true}}');
  const remote = await open();
  const size = 100 << 20;
  await Promise.all(
    ['a', 'b', 'c', 'd'].map((name) =>
      remote.write(`o/${name}`, { path: space.write(`o/${name}`, name), size }, false),
    ),
  );
  const calls = asked().map((call) => /(copy|moveto|$)/.exec(call)![1]!);
  assert.deepEqual(calls.filter(Boolean), ['copy', 'moveto', 'copy', 'moveto']);
});

test('very many are looked for in one list, below what they have in common', async (t) => {
  const { space, open, asked } = storage(t);
  const keys = Array.from({ length: 2001 }, (_, at) => `o/s/${at % 7}/${at}`);
  for (const key of ['o/s/0/0', 'o/s/6/2001', 'o/x']) space.write(`bin/store/base/${key}`, 'abc');
  assert.deepEqual(await (await open()).sizes(keys, 1), new Map([['o/s/0/0', 3]]));
  assert.match(asked().join(), /-- store:base\/o\/s$/);
});

test('a storage that does not say sizes, or a large file: it comes as it is read, whole or not at all', async (t) => {
  const { space, open, asked, fail } = storage(t);
  space.write('bin/store/base/x', 'whole');
  fail(`case "$*" in *lsf*) printf -- '-1\\tx\\n'; exit 0 ;; esac`);
  const remote = await open();
  assert.equal(await remote.size('x'), 'unknown');
  assert.equal(await read(remote, 'x'), 'whole');
  assert.match(asked().at(-1)!, /cat -- store:base\/x$/);
  fail(undefined);
  const came = Buffer.from('.....');
  const take = (start: number, bytes: Uint8Array): void => came.set(bytes, start);
  const begun: unknown[] = [];
  const lacking = { size: 5, ranges: [{ start: 0, end: 2 }, { start: 3, end: 4 }], version: 'v', onVersion: (own: unknown) => void begun.push(own) };
  assert.equal(await remote.readParts!('x', lacking, take), 'read');
  assert.deepEqual([String(came), begun], ['wh.l.', ['v']]);
  assert.equal(await remote.readParts!('x', { ...lacking, size: 6 }, take), 'unfit');
  assert.equal(await remote.readParts!('none', lacking, take), 'missing');
  assert.equal(begun.length, 1);
  fail(`case "$*" in *lsf*) printf '${9 << 20}\\tx\\n' ;; *) printf who; echo '{"level":"error","msg":"connection reset"}' >&2; exit 1 ;; esac; exit 0`);
  await assert.rejects(read(remote, 'x'), fails('remote-failed', /connection reset/));
  assert.match(asked().at(-1)!, /cat -- store:base\/x$/);
}); // prettier-ignore

test('a folder that does not exist is no empty remote, and what goes away meanwhile is missing', async (t) => {
  const { space, open, fail } = storage(t);
  const remote = await open();
  await assert.rejects(read(remote, 'x'), fails('remote-unreachable', /does not exist/));
  await assert.rejects(remote.list!('')[Symbol.asyncIterator]().next(), fails('remote-unreachable'));
  mkdirSync(space.path('bin/store/base'), { recursive: true });
  assert.equal(await read(remote, 'x'), undefined);
  const gone = { path: space.path('cache/gone'), size: 1 };
  const beside = await Promise.allSettled([remote.write('t', { text: 't' }, true), remote.write('gone', gone, true)]);
  assert.equal(beside[1].status, 'rejected', 'also behind another in one call');
  await assert.rejects(remote.write('gone', gone, true), { code: 'ENOENT' });
  await assert.rejects(remote.write('cache/gone', { ...gone, path: space.path('x/cache/gone') }, true), { code: 'ENOENT' });
  // All that wait for a call fail with it; the next one is another try.
  fail(`echo '{"level":"error","msg":"HTTP 403 Forbidden"}' >&2; exit 1`);
  const both = await Promise.allSettled(['a', 'b'].map((key) => remote.write(key, { text: key }, true)));
  assert.deepEqual(both.map(({ status }) => status), ['rejected', 'rejected']);
  fail(undefined);
  assert.equal(await remote.write('a', { text: 'a' }, true), 'written');
  const other = await open();
  fail('exit 1');
  await assert.rejects(other.write('b', { text: 'b' }, true));
  fail(undefined);
  assert.equal(await other.write('b', { text: 'b' }, true), 'written');
  // Between the question and the copy.
  fail(`case "$*" in *" copy "* | "copy "*) exit 0 ;; esac`);
  assert.equal(await read(remote, 'a'), undefined);
}); // prettier-ignore

test('what rclone complains of', async (t) => {
  const { space, open, fail } = storage(t);
  const remote = await open();
  for (const [message, code, pattern] of [
    [`didn't find section in config file`, 'remote-unreachable', /no remote called 'store'/],
    [
      'unable to decrypt configuration and not allowed to ask for password',
      'remote-refused',
      /RCLONE_CONFIG_PASS/,
    ],
    ['write: no space left on device', 'remote-failed', /no space is left/],
    ['googleapi: Error 403: storageQuotaExceeded quota', 'remote-failed', /no space is left/],
    ['open x: read-only file system', 'remote-refused', /read-only/],
    ['oauth2: token expired and refresh token is not set', 'remote-refused', /config reconnect store:/],
    ['AccessDenied: access denied', 'remote-refused', /rclone lsd store:/],
    ['dial tcp: lookup x: no such host', 'remote-unreachable', /no such host/],
    ['something else', 'remote-failed', /something else/],
  ] as const) {
    space.write('bin/message', JSON.stringify({ level: 'error', msg: message }));
    fail(
      `echo '{"level":"error","msg":"first"}' >&2; cat "$home/message" >&2; echo >&2; echo '{"level":"notice","msg":"not this"}' >&2; exit 1`,
    );
    await assert.rejects(remote.size('x'), fails(code, pattern));
  }
  fail('exit 4');
  assert.equal(await remote.size('x'), undefined, 'a file that is not there');
  fail('exit 7');
  await assert.rejects(remote.size('x'), fails('remote-failed', /status 7/));
  rmSync(space.path('bin/rclone'));
  process.env['PATH'] = space.path('bin');
  await assert.rejects(remote.size('x'), fails('remote-unreachable', /not installed/));
});

test('what a process that is gone left for rclone goes, that of another which runs stays', async (t) => {
  const { space, open } = storage(t);
  const running = `rclone-${process.ppid}-x`;
  for (const name of [running, 'rclone-2000000000-x', 'other']) space.write(`scratch/${name}/in/x`, 'x');
  await open();
  assert.deepEqual(readdirSync(space.path('scratch')).sort(), ['other', running].sort());
  assert.ok(existsSync(join(space.path('scratch'), running, 'in/x')));
});

test('which folder of which storage a URL means; a name is never more than a name', () => {
  const place = (url: string, option?: string): string => {
    const found = rclonePlace(url, option);
    return 'wrong' in found ? `wrong: ${found.wrong}` : found.place;
  };
  for (const [url, option, expected] of [
    ['rclone://store/a b/', undefined, 'store:a b'],
    ['rclone://store', undefined, 'store:'],
    ['RClone://store/x', undefined, 'store:x'],
    ['rclone://store//', undefined, 'store:/'],
    ['GS://bucket/x', 'google', 'google:bucket/x'],
    ['rclone://store//abs/x', undefined, 'store://abs/x'],
    ['gs://bucket/x', 'google', 'google:bucket/x'],
    ['azure://box', 'az', 'az:box'],
    ['s3://bucket/x/', 'other', 'other:bucket/x'],
    ['oss://bucket/x', 'o', 'o:bucket/x'],
    ['hdfs://name:9000/data', 'h', 'h:/data'],
    ['gdrive://root/a/b', 'drive', 'drive:a/b'],
    ['gs://bucket/x', 'google:elsewhere/y', 'google:elsewhere/y'],
  ] as const)
    assert.equal(place(url, option), expected);
  for (const [url, option] of [
    ['rclone://:sftp,ssh=x:/y', undefined],
    ['rclone://-x/y', undefined],
    ['rclone://a,b=c/y', undefined],
    ['gs://bucket', undefined],
    ['gdrive://1A2b/x', 'drive'],
    ['gs://bucket/x', ':local,x=y:z'],
    ['gs://bucket/x', '/etc:x'],
    ['gs://bucket/\n', 'google'],
  ] as const)
    assert.match(place(url, option), /^wrong/, url);
});
