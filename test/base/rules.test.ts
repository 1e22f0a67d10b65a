// Small rules that many rooms rely on.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  didYouMean,
  embeddedJson,
  equalKeys,
  escapeHtml,
  fnmatch,
  inParallel,
  isInside,
  isWithin,
  keyIdentity,
  largest,
  LazyMap,
  nearest,
  pagePolicy,
  parentFolder,
  PipeError,
  shellQuote,
  smallest,
  userFolder,
  withoutLines,
  workspacePath,
  type Scalar,
  type WorkspacePath,
} from '../../src/base/base.ts';

test('patterns match what Python matches', () => {
  const names = [
    'a',
    'b',
    'ab',
    'a/b',
    'a.b',
    'A',
    '!',
    '^',
    ']',
    '-',
    '\n',
    'a\nb',
    '[a',
    '{a}',
    '(a)+',
    'aa',
  ];
  const matched = (pattern: string): string[] => names.filter((name) => fnmatch(pattern).test(name));
  for (const [pattern, expected] of [
    ['*', names],
    ['a*', ['a', 'ab', 'a/b', 'a.b', 'a\nb', 'aa']],
    ['?', ['a', 'b', 'A', '!', '^', ']', '-', '\n']],
    ['a.b', ['a.b']],
    ['a?b', ['a/b', 'a.b', 'a\nb']],
    ['[ab]', ['a', 'b']],
    ['[!ab]', ['A', '!', '^', ']', '-', '\n']],
    ['[a-b]', ['a', 'b']],
    ['[b-a]', ['a', 'b', '-']],
    ['[^]', ['^']],
    ['[[]a', ['[a']],
    ['{a}', ['{a}']],
    ['(a)+', ['(a)+']],
    ['', []],
  ] as const)
    assert.deepEqual(matched(pattern), expected, pattern);
});

test('the extremes of negative numbers, of very many, and of none', () => {
  assert.deepEqual([largest([-3, -2]), smallest([3, 2])], [-2, 2]);
  const many = Array.from({ length: 300_000 }, (_, index) => index - 1000);
  assert.deepEqual([largest(many), smallest(many)], [298_999, -1000]);
  assert.deepEqual([largest([]), smallest([])], [-Infinity, Infinity]);
});

test('keys are one key where Python takes them for equal', () => {
  const first = equalKeys();
  const keys: Scalar[] = [true, 1n, 1, false, 0n, 0, '1', 'true', 1.5, null, null];
  assert.deepEqual(keys.map(first), [true, true, true, false, false, false, '1', 'true', 1.5, null, null]);
  assert.deepEqual([keyIdentity(true), keyIdentity(2), keyIdentity('2')], [1n, 2n, '2']);
});

test('paths of the workspace are relative to the root, or absolute outside of it', () => {
  const root = '/project';
  for (const [folder, path, expected] of [
    ['.', 'a', 'a'],
    ['sub', 'a', 'sub/a'],
    ['sub', '../a', 'a'],
    ['sub', './a//b/', 'sub/a/b'],
    ['sub', '..', '.'],
    ['.', '.', '.'],
    ['.', '..a', '..a'],
    ['.', '..a/../..b/c', '..b/c'],
    ['sub', '../..a', '..a'],
    ['.', '...', '...'],
    ['sub', '../..', '/'],
    ['.', '../other', '/other'],
    ['.', '/project/..a', '..a'],
    ['.', '/project/a/../b', 'b'],
    ['.', '/project', '.'],
    ['.', '/projects/a', '/projects/a'],
    ['/outside', 'a', '/outside/a'],
    ['/outside', '../project/a', 'a'],
    ['sub', 's3://bucket/a//b', 's3://bucket/a//b'],
    ['sub', 'a b', 'sub/a b'],
    ['sub', '-', 'sub/-'],
  ] as const)
    assert.equal(workspacePath(root, folder as WorkspacePath, path), expected, join(folder, path));
});

test('folders contain paths by whole names', () => {
  const inside = (path: string, folder: string): boolean => isWithin(path, folder);
  assert.deepEqual(
    [inside('d/a', 'd'), inside('d', 'd'), inside('dd', 'd'), inside('d', 'd/a'), inside('x', '.')],
    [true, true, false, false, true],
  );
  assert.deepEqual(
    [isInside('/p/a', '/p'), isInside('/p', '/p'), isInside('/pp', '/p')],
    [true, true, false],
  );
  assert.deepEqual(
    ['a/b/c', 'a', '/a'].map((path) => parentFolder(path as WorkspacePath)),
    ['a/b', '.', '/'],
  );
});

test('words for a shell are quoted where they need it', () => {
  for (const [word, quoted] of [
    ['', "''"],
    ['a/b-c_d=1:2,3.4%5@6+7', 'a/b-c_d=1:2,3.4%5@6+7'],
    ['*.txt', "'*.txt'"],
    ['a b', "'a b'"],
    ["it's 'a'", `'it'"'"'s '"'"'a'"'"''`],
    ['ä', "'ä'"],
    ['~', "'~'"],
    ['a\nb', "'a\nb'"],
  ] as const)
    assert.equal(shellQuote(word), quoted);
});

test('the nearest names to a mistyped one, nearest first', () => {
  const names = ['train', 'strain', 'trian', 'evaluate'];
  assert.deepEqual(nearest('trian', names, 3), ['trian', 'train', 'strain']);
  assert.deepEqual(nearest('TRAIN', names), ['train']);
  assert.equal(didYouMean('evalute', names), "did you mean 'evaluate'?");
  assert.equal(didYouMean('unlike', names), undefined);
});

test("the user's folder is where the environment says, an empty variable says nothing", () => {
  assert.equal(userFolder({ XDG_CONFIG_HOME: '/config', HOME: '/home/a' }), '/config/pipe');
  assert.equal(userFolder({ XDG_CONFIG_HOME: '', HOME: '/home/a' }), '/home/a/.config/pipe');
});

test('a map of values that are made when they are asked for has the names of its keys only', () => {
  const map = new LazyMap(new Set(['a', 'b']), (key) => `${key}!`);
  assert.deepEqual([map.size, map.has('c'), map.get('a'), map.get('c')], [2, false, 'a!', undefined]);
  assert.deepEqual([...map], [['a', 'a!'], ['b', 'b!']]); // prettier-ignore
  assert.deepEqual([[...map.keys()], [...map.values()]], [['a', 'b'], ['a!', 'b!']]); // prettier-ignore
});

test('nothing in a page ends the element or the attribute that it is in, and only its own scripts run', () => {
  assert.equal(escapeHtml(`<a b="c">&<a b="c">`), '&lt;a b=&quot;c&quot;&gt;&amp;&lt;a b=&quot;c&quot;&gt;');
  const value = ['</script>', '</script><!--', '\u2028'];
  const text = embeddedJson(JSON.stringify(value));
  assert.ok(!/[<\u2028]/.test(text));
  assert.deepEqual(JSON.parse(text), value);
  const hashOf = (of: string): string => `'sha256-${createHash('sha256').update(of).digest('base64')}'`;
  assert.deepEqual(pagePolicy({ script: 'a', style: 'b', later: 'c' }, "'self'").split('; '), [
    "default-src 'none'",
    `script-src ${hashOf('a')} ${hashOf('c')}`,
    `style-src ${hashOf('b')}`,
    'img-src data:',
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
  ]);
});

test('the first failure of many works ends it, once all that began have ended', async () => {
  const begun: number[] = [];
  const hold = Promise.withResolvers<void>();
  const ended = inParallel([0, 1, 2, 3, 4], 2, async (item) => {
    begun.push(item);
    if (item === 0) throw new Error('of the first');
    await hold.promise;
    begun.push(-item);
  });
  const rejected = assert.rejects(ended, /of the first/);
  await new Promise(setImmediate);
  assert.deepEqual(begun, [0, 1]);
  hold.resolve();
  await rejected;
  assert.deepEqual(begun, [0, 1, -1]);
});

test('problems of a file that has secrets show no line of it, each of them', () => {
  const place = { file: 'f', line: 2, column: 3, source: 'token: hush' };
  const problem = { code: 'yaml-syntax', title: 'wrong', place } as const;
  const { source: _, ...shown } = place;
  assert.throws(
    () =>
      withoutLines(() => {
        throw new PipeError([problem, { ...problem, title: 'too' }], 2);
      }),
    (error) => {
      assert.ok(error instanceof PipeError);
      assert.deepEqual([error.exitCode, error.problems.map((one) => one.place)], [2, [shown, shown]]);
      return true;
    },
  );
  assert.throws(() => withoutLines(() => assert.fail('another error')), /another error/);
});
