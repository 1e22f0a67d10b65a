import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import test from 'node:test';
import * as fc from 'fast-check';
import { anyText } from '../any-text.ts';
import { compareBytes, whyBadPath, type Digest, type TreeEntry } from '../../src/hash/hash.ts';
import { formatDvcManifest, parseDvcManifest } from '../../src/dvc/dvc.ts';
import { formatManifest, parseManifest } from '../../src/own/own.ts';
import { PipeError } from '../../src/base/base.ts';

const sha = (text: string): Digest => createHash('sha256').update(text).digest('hex') as Digest;
const md5 = (text: string): Digest => createHash('md5').update(text).digest('hex') as Digest;
const refused = (error: unknown): boolean =>
  error instanceof PipeError && error.problems[0]?.code === 'manifest-refused';

const entries = fc
  .uniqueArray(
    fc.oneof(
      fc.record({
        kind: fc.constant('file' as const),
        path: anyText(),
        digest: fc.string().map(sha),
        size: fc.nat(),
        isexec: fc.constantFrom(undefined, true as const),
      }),
      fc.record({
        kind: fc.constant('directory' as const),
        path: anyText(),
      }),
      fc.record({
        kind: fc.constant('symlink' as const),
        path: anyText(),
        target: anyText(),
      }),
    ),
    { selector: (entry) => entry.path },
  )
  .map((list) =>
    list
      .map(({ ...entry }) => {
        if ('isexec' in entry && !entry.isexec) delete (entry as { isexec?: true }).isexec;
        return entry as TreeEntry;
      })
      .filter(({ path }) => whyBadPath(path) === undefined && !path.includes('/'))
      .sort((a, b) => compareBytes(a.path, b.path)),
  );

test('a manifest is read back as it was written, whatever the names', () => {
  fc.assert(fc.property(entries, (list) => assert.deepEqual(parseManifest(formatManifest(list)), list)));
});

test('different directories have different manifests', () => {
  fc.assert(
    fc.property(entries, entries, (a, b) => {
      if (JSON.stringify(a) !== JSON.stringify(b)) assert.notEqual(formatManifest(a), formatManifest(b));
    }),
  );
});

test('a manifest that would write outside of its directory, or the same place twice, is refused', () => {
  const file = (path: string): string => `${JSON.stringify({ path, sha256: sha('x'), size: 1 })}\n`;
  const header = '{"schema":"pipe-tree/1"}\n';
  const hostile = [
    file('../x'),
    file('/etc/x'),
    file('a/../../x'),
    file('C:\\x'),
    file(''),
    file('.'),
    file('a\0b'),
    file('x'.repeat(256)),
    file('a/'.repeat(2500) + 'x'),
    file('a') + file('a'),
    file('b') + file('a'),
    file('a') + file('a/x'),
    file('a') + file('a/b/c'),
    '{"path":"a","symlink":"/tmp"}\n' + file('a/x'),
    '{"path":"a","symlink":"/tmp"}\n' + file('a.b') + file('a/x'),
    '{"path":"a","sha256":"../../x","size":1}\n',
    `{"path":"a","sha256":"${sha('x')}","size":-1}\n`,
    `{"path":"a","sha256":"${sha('x')}","size":1.5}\n`,
    '{"path":["a"]}\n',
    '[]\n',
    'null\n',
    '{"path":"a"',
  ];
  for (const text of hostile) assert.throws(() => parseManifest(header + text), refused, text);
  assert.throws(() => parseManifest('{"schema":"pipe-tree/2"}\n'), refused);
  assert.throws(() => parseManifest(''), refused);
});

test("DVC's manifest is Python's json.dumps, byte for byte", () => {
  const list: TreeEntry[] = [
    'b',
    'a-b',
    'a/b c',
    'a"b\\c',
    'del\x7f',
    'tab\tnl\nx',
    'é',
    'e\u0301',
    '\uffee',
    '😀',
  ]
    .sort(compareBytes)
    .map((path) => ({ kind: 'file', path, digest: md5(path), size: 1 }));
  const text = formatDvcManifest(list);
  // Python 3: json.dumps(sorted(({"md5": md5(p.encode()).hexdigest(), "relpath": p} for p in paths), key=relpath), sort_keys=True)
  assert.equal(md5(text), 'e376871bd3d420f3cf6eeeae2dd6a8bf');
  assert.deepEqual(
    parseDvcManifest(text).map(({ path }) => path),
    list.map(({ path }) => path),
  );
  const reversed = JSON.stringify((JSON.parse(text) as unknown[]).toReversed());
  assert.deepEqual(parseDvcManifest(reversed), parseDvcManifest(text), 'in any order');
  assert.equal(formatDvcManifest([]), '[]');
});

test('a hostile DVC manifest is refused', () => {
  const item = (relpath: unknown, digest: unknown = md5('x')): object => ({ md5: digest, relpath });
  for (const list of [
    [item('../x')],
    [item('/x')],
    [item('a'), item('a')],
    [item('a'), item('a/x')],
    [item(1)],
    [item('a', 'zz')],
    ['a'],
    [null],
    {},
    null,
  ]) {
    assert.throws(() => parseDvcManifest(JSON.stringify(list)), refused);
  }
  assert.throws(() => parseDvcManifest('['), refused);
});
