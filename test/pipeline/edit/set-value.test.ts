// Edits of single values of YAML files, by ranges.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renameKey, setValue } from '../../../src/pipeline/pipeline.ts';
import { PipeError } from '../../../src/base/base.ts';

type Value = Parameters<typeof setValue>[3];

/** Before, the path, the value, after. */
const cases: readonly (readonly [string | undefined, string, Value, string])[] = [
  [undefined, 'remotes.a', { url: 'x' }, 'remotes:\n  a:\n    url: x\n'],
  ['# only this\n', 'a', '1', '# only this\na: "1"\n'],
  ['s: {a: {cmd: x}}\n', 'c.r.a', { url: 'x' }, 's: {a: {cmd: x}}\nc:\n  r:\n    a:\n      url: x\n'],
  ['c:\n  # c\n  a: z # hi\n  p: {a: 1}\n', 'c.a', 'y: z', 'c:\n  # c\n  a: "y: z" # hi\n  p: {a: 1}\n'],
  ['c:\n  a: z # hi\n', 'c.b', true, 'c:\n  a: z # hi\n  b: true\n'],
  ['c: {r: {a: {url: /x}}}\n', 'c.r.b', { url: '/p' }, 'c: {r: {a: {url: /x}, b: {url: /p}}}\n'],
  ['c:\n  r:\ns: {}\n', 'c.r.a', { url: 'q' }, 'c:\n  r:\n    a:\n      url: q\ns: {}\n'],
  ['c:\n  r: {}\ns: {}\n', 'c.r.a', { url: 'q' }, 'c:\n  r:\n    a:\n      url: q\ns: {}\n'],
  ['c: {}\ns: {}\n', 'c.r', 1.5, 'c:\n  r: 1.5\ns: {}\n'],
  ['a: |\r\n  x', 'b', true, 'b: true\r\na: |\r\n  x'],
  ['c: {}\r\n', 'c.r', 1.5, 'c:\r\n  r: 1.5\r\n'],
  ['c: ~\n', 'c.r', 12, 'c:\n  r: 12\n'],
  ['r:\n  a: {t: true}\n', 'r.a.t', false, 'r:\n  a: {t: false}\n'],
  ['r:\n  a:\n    url: x', 'r.a.token', '12', 'r:\n  a:\n    url: x\n    token: "12"'],
  ['r:\n  a:\n    url: x\n    user: y\n', 'r.a', { url: 'z' }, 'r:\n  a:\n    url: z\n'],
  [
    'r: a\r\nx:\r\n  a:\r\n    u: x\r\n',
    'x.b',
    { u: 'y' },
    'r: a\r\nx:\r\n  a:\r\n    u: x\r\n  b:\r\n    u: y\r\n',
  ],
  [
    'r:\r\n  a:\r\n    u: x\r\nz: 1\r\n',
    'r.a',
    { u: 'y', v: 'z' },
    'r:\r\n  a:\r\n    u: y\r\n    v: z\r\nz: 1\r\n',
  ],
  ['\uFEFFa: b\n', 'a', 'c', '\uFEFFa: c\n'],
  ['a:\n- 1\n- 2\nb: 1\n', 'a', 'x', 'a: x\nb: 1\n'],
  // Removal, with the mappings that it leaves empty.
  [
    'c: # c\n  r: # d\n    a: # e\n      u: x\n      v: f\n',
    'c.r.a.u',
    undefined,
    'c: # c\n  r: # d\n    a: # e\n      v: f\n',
  ],
  ['s: 1\nc:\n  r:\n    a:\n      u: x\n', 'c.r.a.u', undefined, 's: 1\n'],
  ['c: {r: {a: {u: /x}}, d: a}\n', 'c.r.a', undefined, 'c: {d: a}\n'],
  ['# top\nr: a\n', 'r', undefined, '# top\n'],
  ['r: a', 'r', undefined, ''],
  ['s: 1\nr: a', 'r', undefined, 's: 1'],
  ['a: 1\n', 'b.c', undefined, 'a: 1\n'],
];

for (const [before, path, value, after] of cases)
  test(`${JSON.stringify(before)}: ${path} = ${JSON.stringify(value)}`, () => {
    assert.equal(setValue(before, 'f.yaml', path.split('.'), value), after);
  });

test('a text that YAML would read as something else is quoted, any other is not', () => {
  const blockOnly = ['a, b', 'a]b', 'a}b', 'a:b', 'a#b', 'a b', '$x'];
  const quoted = ['a #b', 'a: b', 'a:', 'a ', '...', '#a', '- a', '*a', '&a', '!a', '@a', '|', '', "'a'"];
  const others = [
    'no',
    'ON',
    'null',
    '~',
    '.5',
    '_1',
    '.5e3',
    '.inf',
    '.NaN',
    '<<',
    '=',
    '2001-01-01',
    '0x1f',
  ];
  const written = (text: string): string => setValue('k: z\n', 'f.yaml', ['k'], text).slice(3, -1);
  const inBrackets = (text: string): string => setValue('{k: z}\n', 'f.yaml', ['k'], text).slice(4, -2);
  for (const text of [...quoted, ...others])
    assert.deepEqual([written(text), inBrackets(text)], [JSON.stringify(text), JSON.stringify(text)]);
  for (const text of blockOnly)
    assert.deepEqual([written(text), inBrackets(text)], [text, JSON.stringify(text)]);
  // A key of it at the start of a line would end the document.
  assert.equal(setValue('k: z\n', 'f.yaml', ['... x'], 'y'), 'k: z\n"... x": y\n');
});

test('what would change something else is refused', () => {
  for (const text of ['a: &x {b: 1}\nc: *x\n', 'a: &x {b: {d: 1, e: 2}}\nc:\n  <<: *x\n', 'c: text\n'])
    assert.throws(
      () => setValue(text, 'f.yaml', ['c', 'b', 'd'], 'z'),
      (error) => error instanceof PipeError && error.problems[0]!.code === 'edit-refused',
      text,
    );
});

test('a key gets another name in its place', () => {
  const text = 'c:\n  r:\n    a: {u: x} # a\n    "b": 1\n';
  assert.equal(renameKey(text, 'f', ['c', 'r', 'a'], 'new one'), text.replace('a: {', '"new one": {'));
  assert.equal(renameKey(text, 'f', ['c', 'r', 'b'], 'd'), text.replace('"b"', 'd'));
  assert.throws(() => renameKey(text, 'f', ['c', 'r', 'z'], 'd'), PipeError);
  // A key with an indicator or an anchor of its own, which stay.
  assert.equal(renameKey('m:\n  ? a\n  : 1\n', 'f', ['m', 'a'], 'b'), 'm:\n  ? b\n  : 1\n');
  assert.equal(renameKey('m:\n  &x a: 1\n  k: *x\n', 'f', ['m', 'a'], 'a'), 'm:\n  &x a: 1\n  k: *x\n');
  assert.equal(renameKey('&x a: 1\nb: 2\n', 'f', ['a'], 'c'), '&x c: 1\nb: 2\n');
});
