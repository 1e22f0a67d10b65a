import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Digest } from '../../src/hash/hash.ts';
import { formatDvcLock, parseDvcLock } from '../../src/dvc/dvc.ts';
import { emptyLock, type Lock, type LockEntry } from '../../src/lock/lock.ts';
import { PipeError, type Value } from '../../src/base/base.ts';

// As DVC 3.67.1 wrote it, but for the comment and the quotes.
const written = `schema: '2.0'
stages:
  a:
    cmd: mkdir -p d/e && echo x > d/e/f && printf '#!/bin/sh\\n' > exe && chmod 
      +x exe
    deps:
    - path: src.sh
      hash: md5
      md5: 401b30e3b8b5d629635a5c613cdb7919
      size: 2
      isexec: true
    params:
      params.yaml:
        lr: 0.1
        p:
          q: &id001
          - 1
          - 2
          z:
        p.q: *id001
    outs:
    - path: d
      hash: md5
      md5: e39a696bb4986aa621f4f479ec5b801f.dir
      size: 2
      nfiles: 1
  # kept by hand
  b:
    cmd:
    - "cat d/e/f > out.txt"
    - echo hi
    outs:
    - path: out.txt
      hash: md5
      md5: 401b30e3b8b5d629635a5c613cdb7919
      size: 2
`;

const read = (text: string): Lock => parseDvcLock(text, 'dvc.lock');
const rewritten = (text: string, entries: readonly (readonly [string, LockEntry])[]): string =>
  formatDvcLock({ ...emptyLock, entries: new Map(entries) }, { text, lock: read(text) });
const echo = (cmd: string): LockEntry => ({ cmd, deps: [], params: new Map(), outs: [] });

test('a lock file that is read and written keeps every byte', () => {
  // People comment between stages, as far to the left as they like.
  for (const text of [
    written,
    written.replace('  # kept', '# kept'),
    `# one\n# two\n${written}datasets:\n- name: d\n  type: url\n`,
  ])
    assert.equal(rewritten(text, [...read(text).entries]), text);
  assert.deepEqual([...read(written).entries.keys()], ['a', 'b']);
});

test('what is recorded of a file, a folder, a version in the cloud, and by which hash', () => {
  const md5 = '401b30e3b8b5d629635a5c613cdb7919';
  const outs = (lines: string): unknown =>
    read(`schema: '2.0'\nstages:\n  a:\n    cmd: x\n    outs:\n    - path: o\n      ${lines.replaceAll(', ', '\n      ')}\n`) // prettier-ignore
      .entries.get('a')!.outs;
  const at = (content: object, more: object = {}): unknown => [
    { path: 'o', content: { size: 0, ...content }, ...more },
  ];
  for (const [lines, expected] of [
    [`hash: md5, md5: ${md5}, size: 2`, at({ digest: md5, size: 2 })],
    [`hash: md5, md5: ${md5}, size: 2, isexec: true`, at({ digest: md5, size: 2, isexec: true })],
    [`hash: md5, md5: ${md5}`, at({ digest: md5 })],
    [`hash: md5, md5: ${md5}.dir, size: 2, nfiles: 1`, at({ digest: `${md5}.dir`, size: 2, nfiles: 1 })],
    [`hash: md5, md5: ${md5}.dir`, at({ digest: `${md5}.dir`, nfiles: 0 }, { unsized: true })],
    [`md5: ${md5}, size: 2`, at({ digest: md5, size: 2, legacy: true })],
    [`md5: ${md5}.dir`, at({ digest: `${md5}.dir`, nfiles: 0, legacy: true })],
    [`etag: abc, size: 2`, at({ digest: 'abc', size: 2, checksum: 'etag' })],
    [`checksum: abc, size: 2`, at({ digest: 'abc', size: 2, checksum: 'checksum' })],
    [`hash: md5, md5: ${md5}, size: 2, etag: abc`, at({ digest: md5, size: 2 })],
    [
      `hash: md5, md5: ${md5}, size: 2, cloud: {s3: {etag: x}}`,
      at({ digest: md5, size: 2 }, { cloud: true }),
    ],
    [`hash: md5, md5: ${md5}, size: 2, version_id: v`, at({ digest: md5, size: 2 }, { cloud: true })],
  ] as const)
    assert.deepEqual(outs(lines), expected, lines);
  const keysOnly = read(
    `schema: '2.0'\nstages:\n  a:\n    cmd: x\n    params:\n      params.yaml:\n      - lr\n`,
  );
  assert.deepEqual([...keysOnly.entries.get('a')!.params], [['params.yaml', new Map()]]);
});

test("writes DVC's bytes from nothing", () => {
  const plain = written
    .replace('  # kept by hand\n', '')
    .replace('"cat d/e/f > out.txt"', 'cat d/e/f > out.txt');
  const { entries } = read(written);
  assert.equal(formatDvcLock({ ...emptyLock, entries }, { text: '', lock: emptyLock }), plain);
});

test('an entry that changed is written anew, the others keep their bytes; new ones come last', () => {
  const { entries } = read(written);
  const text = rewritten(written, [
    ['new', echo('x: y')],
    ['b', entries.get('b')!],
    ['a', echo('echo')],
  ]);
  assert.equal(
    text,
    `schema: '2.0'
stages:
  a:
    cmd: echo
  b:
    cmd:
    - "cat d/e/f > out.txt"
    - echo hi
    outs:
    - path: out.txt
      hash: md5
      md5: 401b30e3b8b5d629635a5c613cdb7919
      size: 2
  new:
    cmd: 'x: y'
`,
  );
});

test('behind a last line without an end a further entry has lines of its own', () => {
  const open = written.trimEnd();
  const withNew = (text: string): string => rewritten(text, [...read(text).entries, ['c', echo('c')]]);
  assert.equal(withNew(open), withNew(written));
});

test('a size that is not known is not written as 0', () => {
  const text = `schema: '2.0'\nstages:\n  a:\n    cmd: x\n    deps:\n    - path: https://host/d\n      etag: abc\n`;
  const changed = { ...read(text).entries.get('a')!, cmd: 'y' };
  assert.match(rewritten(text, [['a', changed]]), /cmd: y\n[^]*etag: abc\n$/);
});

test('an entry of which one digest changed is written anew', () => {
  const many = (last: string): LockEntry => ({
    ...echo('x'),
    deps: ['p', 'q', 'r', 's'].map((path) => ({
      path,
      content: { digest: (path === 's' ? last : 'a').repeat(32) as Digest, size: 1 },
    })),
  });
  assert.equal(
    rewritten(rewritten('', [['m', many('b')]]), [['m', many('c')]]),
    rewritten('', [['m', many('c')]]),
  );
});

test('an entry that is equal keeps its bytes, even if it is another object', () => {
  const entries = [...read(written).entries].map(([name, entry]) => [name, { ...entry }] as const);
  assert.equal(rewritten(written, entries), written);
});

test('what stands around the stages stays', () => {
  const text = `# mine\nschema: '2.0'\ndatasets:\n- name: d\nstages:\n  a:\n    cmd: x\nother: 1\n`;
  assert.equal(
    rewritten(text, [['b', echo('y')]]),
    `# mine\nschema: '2.0'\ndatasets:\n- name: d\nstages:\n  b:\n    cmd: y\nother: 1\n`,
  );
  const empty = `schema: '2.0'\nstages: {}\n`;
  assert.equal(rewritten(empty, [['b', echo('y')]]), `schema: '2.0'\nstages:\n  b:\n    cmd: y\n`);
  assert.equal(
    rewritten(`schema: '2.0'\n`, [['b', echo('y')]]),
    `schema: '2.0'\nstages:\n  b:\n    cmd: y\n`,
  );
});

test('a file that is laid out in another way is written anew', () => {
  const text = `schema: '2.0'\nstages: {a: {cmd: x}}\n`;
  assert.equal(rewritten(text, [...read(text).entries]), `schema: '2.0'\nstages:\n  a:\n    cmd: x\n`);
});

test('names of aliases count through the file, in the order of their first use', () => {
  const list: Value = [1n];
  const params = new Map([
    [
      'params.yaml',
      new Map<string, Value>([
        ['a', list],
        ['b', list],
        ['c', list],
      ]),
    ],
  ]);
  const entry = { ...echo('x'), params };
  const first = rewritten('', [
    ['one', entry],
    ['two', entry],
  ]);
  assert.match(first, /a: &id001\n[^]*b: \*id001\n[^]*c: \*id001\n[^]*a: &id002\n[^]*b: \*id002\n/);
  const { entries } = read(first);
  assert.deepEqual(entries.get('two'), entry);
  assert.match(rewritten(first, [['two', entries.get('two')!]]), /a: &id001\n[^]*b: \*id001\n/);
});

test('files of parameters are in the order of their names, behind params.yaml', () => {
  const files = ['b.yaml', 'params.yaml', 'a.yaml'];
  const params = new Map(files.map((file) => [file, new Map<string, Value>([['k', 1n]])]));
  const text = rewritten('', [['s', { ...echo('x'), params }]]);
  assert.deepEqual(new Set(read(text).entries.get('s')!.params.keys()), new Set(files));
  assert.match(text, / params\.yaml:\n.*\n +a\.yaml:\n.*\n +b\.yaml:\n/);
});

test('entries of DVC 2 are kept as they are', () => {
  const text = `schema: '2.0'
stages:
  a:
    cmd: x
    deps:
    - path: b
      md5: 401b30e3b8b5d629635a5c613cdb7919
      size: 2
`;
  const { entries } = read(text);
  assert.equal(entries.get('a')!.deps[0]!.content.legacy, true);
  assert.equal(formatDvcLock({ ...emptyLock, entries }, { text: '', lock: emptyLock }), text);
});

test('digests that look like numbers are quoted', () => {
  const digest = '12345678901234567890123456789012' as Digest;
  const entry = { ...echo('x'), outs: [{ path: '1', content: { digest, size: 1 } }] };
  const text = rewritten('', [['a', entry]]);
  assert.match(text, /- path: '1'\n {6}hash: md5\n {6}md5: '12345678901234567890123456789012'\n/);
  assert.deepEqual(read(text).entries.get('a'), entry);
});

function problemOf(text: string): { code: string; line: number | undefined } {
  try {
    read(text);
  } catch (error) {
    if (error instanceof PipeError) {
      const [problem] = error.problems;
      return { code: problem!.code, line: problem!.place?.line };
    }
    throw error;
  }
  throw new Error('was accepted');
}

test('refuses what it cannot keep: DVC 1, newer ones, conflicts, damage', () => {
  assert.equal(problemOf('a:\n  cmd: x\n').code, 'lock-foreign-schema');
  assert.equal(problemOf("schema: '3.0'\nstages: {}\n").code, 'lock-newer-schema');
  assert.deepEqual(problemOf(`schema: '2.0'\nstages:\n<<<<<<< HEAD\n`), { code: 'lock-conflict', line: 3 });
  assert.deepEqual(problemOf(`schema: '2.0'\nstages:\n  a:\n    cmd: x\n  a:\n    cmd: y\n`), {
    code: 'lock-unreadable',
    line: 5,
  });
  assert.deepEqual(
    problemOf(`schema: '2.0'\nstages:\n  a:\n    cmd: x\n    deps:\n    - path: 1\n      md5: x\n`),
    { code: 'lock-damaged', line: 6 },
  );
  assert.equal(problemOf('[1]').code, 'lock-damaged');
});

test('an empty file is an empty lock', () => {
  assert.deepEqual(read(''), emptyLock);
  assert.deepEqual(read('# nothing\n'), emptyLock);
});

test('paths are in the order of Python, by code points', () => {
  const content = { digest: '0'.repeat(32) as Digest, size: 1 };
  const inOrder = ['a', '\uff5e', '\u{1f600}'];
  for (const names of [inOrder.toReversed(), inOrder]) {
    const paths = names.map((path) => ({ path, content }));
    const entries = new Map([['s', { cmd: 'x', deps: paths, params: new Map(), outs: paths }]]);
    const text = formatDvcLock({ ...emptyLock, entries }, { text: '', lock: emptyLock });
    const { deps, outs } = parseDvcLock(text, 'dvc.lock').entries.get('s')!;
    for (const list of [deps, outs])
      assert.deepEqual(
        list.map(({ path }) => path),
        inOrder,
      );
  }
});
