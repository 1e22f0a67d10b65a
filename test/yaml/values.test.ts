// What YAML texts mean, as DVC's reader reads them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PipeError, type Value } from '../../src/base/base.ts';
import { readText, readYaml } from '../../src/yaml/yaml.ts';

const read = (text: string): Value => readYaml(text, 'f').value;
const problems = (text: string): readonly (string | number | undefined)[][] => {
  try {
    read(text);
  } catch (error) {
    if (error instanceof PipeError) return error.problems.map(({ code, place }) => [code, place?.line]);
    throw error;
  }
  return [];
};

test('each kind of scalar, in any spelling, and what only looks like one', () => {
  for (const [text, value] of [
    ['0', 0n],
    ['007', 7n],
    ['-0017', -17n],
    ['+5', 5n],
    ['1_000_000', 1_000_000n],
    ['-1_0_0', -100n],
    ['0b101', 5n],
    ['-0b1_1', -3n],
    ['0o17', 15n],
    ['-0o17', -15n],
    ['0x1F_f', 511n],
    ['-0xA', -10n],
    ['12345678901234567890', 12345678901234567890n],
    ['1.5', 1.5],
    ['1_0.2_5', 10.25],
    ['1_0_0.5', 100.5],
    ['1.', 1],
    ['.5', 0.5],
    ['1.5e3', 1500],
    ['1.5e+3', 1500],
    ['1e3', 1000],
    ['-2E-2', -0.02],
    ['.inf', Infinity],
    ['-.INF', -Infinity],
    ['+.Inf', Infinity],
    ['.NaN', NaN],
    ['_', '_'],
    ['0b', '0b'],
    ['0x', '0x'],
    ['-', '-'],
    ['1a', '1a'],
    ['1.2.3', '1.2.3'],
    ['yes', 'yes'],
    ['~', null],
    ['null', null],
    ['Null', null],
    ['NULL', null],
    ['nULL', 'nULL'],
    ['true', true],
    ['True', true],
    ['TRUE', true],
    ['FALSE', false],
    ['False', false],
    ["'1'", '1'],
    ['"true"', 'true'],
    ['!!str 1', '1'],
    ['! 1', '1'],
    ['!!int "5"', 5n],
    ['!!float 5', 5],
    ['!!float 1.5', 1.5],
    ['!!bool "true"', true],
    ['!!null ""', null],
    ['!!map {a: 1}', new Map([['a', 1n]])],
    ['!!seq [a]', ['a']],
  ] as const)
    // A tag leaves the fast reader out; so does a comment in a list.
    for (const around of [(of: string) => `k: ${of}\n`, (of: string) => `&a k: ${of}\n`])
      if (text !== '-')
        assert.deepEqual((read(around(text)) as ReadonlyMap<string, Value>).get('k'), value, around(text));
  for (const text of [
    '!!int x',
    '!!bool 1',
    '!!float x',
    '!!null 1',
    '!other 1',
    '!!seq {a: 1}',
    '!!map [a]',
    '=',
  ])
    assert.deepEqual(problems(`a: 1\nk: ${text}\n`), [['yaml-syntax', 2]], text);
});

test('what `<<` merges comes first and counts least, the first of several most', () => {
  const text = `one: &one {a: 1, b: 1}
two: &two {b: 2, c: 2}
k: {c: own, <<: [*one, *two], d: own}
l:
  b: own
  <<: *one
quoted: {'<<': 1}
tagged: {!!str <<: 1}
`;
  const value = read(text) as ReadonlyMap<string, ReadonlyMap<string, Value>>;
  assert.deepEqual(
    ['k', 'l', 'quoted', 'tagged'].map((key) => [...value.get(key)!]),
    [
      [['b', 1n], ['c', 'own'], ['a', 1n], ['d', 'own']],
      [['a', 1n], ['b', 'own']],
      [['<<', 1n]],
      [['<<', 1n]],
    ], // prettier-ignore
  );
  assert.deepEqual(problems('a: &a {x: 1}\nk:\n  <<: *a\n  <<: *a\n'), [['yaml-duplicate-key', 4]]);
  assert.deepEqual(problems('k: {<<: 1}\nl: {<<: [1]}\n'), [['yaml-syntax', 1], ['yaml-syntax', 2]]); // prettier-ignore
});

test('keys that are equal as in Python are one, aliases mean what was named last and never themselves', () => {
  assert.deepEqual(problems('1: a\n1.0: b\ntrue: c\n'), [['yaml-duplicate-key', 2], ['yaml-duplicate-key', 3]]); // prettier-ignore
  assert.deepEqual(problems('k: &a [*a]\n'), [['yaml-syntax', 1]]);
  assert.deepEqual(problems('k: *none\n'), [['yaml-syntax', 1]]);
  const json = readYaml('{"a": 1, "a": 2, "b": 3, "b": 4}', 'f', 'last').value;
  assert.deepEqual(json, new Map([['a', 2n], ['b', 4n]])); // prettier-ignore
  const named = read('a: &x 1\nb: *x\nc: &x 2\nd: *x\n') as ReadonlyMap<string, Value>;
  assert.deepEqual([named.get('b'), named.get('d')], [1n, 2n]);
});

test('places of keys and values, through merges too', () => {
  const source = readYaml('one: &one {a: 1, b: 2}\nk:\n  <<: *one\n  b: own\n  c:\n', 'f');
  const placeOf = (path: string[], part?: 'key' | 'value'): string => {
    const { line, column } = source.place(path, part);
    return `${line}:${column}`;
  };
  assert.deepEqual(
    [
      placeOf(['k', 'a']),
      placeOf(['k', 'b']),
      placeOf(['k', 'b'], 'key'),
      placeOf(['k', 'c']),
      placeOf(['k', 'a'], 'key'),
    ],
    ['1:15', '4:6', '4:3', '5:3', '1:12'],
  );
});

test('what is shown of a line: without its end, the mark at the start of the file, and too much of it', () => {
  const placeIn = (text: string, path: string[]): unknown => {
    const { line, column, source } = readYaml(text, 'f').place(path);
    return [line, column, source];
  };
  assert.deepEqual(placeIn('\ufeffa: 1\r\nb: {c: 2}\r\n', ['b', 'c']), [2, 8, 'b: {c: 2}']);
  assert.deepEqual(placeIn('\ufeffa: 1\n', ['a']), [1, 4, 'a: 1']);
  assert.deepEqual(placeIn(`a: ${'x'.repeat(397)}\n`, ['a']), [1, 4, `a: ${'x'.repeat(397)}`]);
  assert.deepEqual(placeIn(`a: ${'x'.repeat(398)}\n`, ['a']), [1, 4, undefined]);
  const merged = readYaml('one: &one {a: 1, b: 2}\nk:\n  b: own\n  <<: *one\n', 'f');
  assert.equal(merged.place(['k', 'b']).line, 3);
});

test('a byte that is none of UTF-8 is named by its place, however long the text before it is', () => {
  for (const before of ['', 'ä\n', `${'a€😀\r\n'.repeat(500)}b`]) {
    const bytes = Buffer.concat([Buffer.from(before), Buffer.from([0xff]), Buffer.from('rest')]);
    const lines = before.split(/\r?\n/);
    assert.throws(
      () => readText(bytes, 'f', 'yaml-syntax'),
      (error) => {
        assert.ok(error instanceof PipeError);
        const [{ title, place } = {}] = error.problems;
        assert.match(title!, new RegExp(`byte 0xff at offset ${Buffer.byteLength(before)}$`));
        assert.deepEqual([place?.line, place?.column], [lines.length, lines.at(-1)!.length + 1]);
        return true;
      },
    );
  }
  assert.equal(readText(Buffer.from('a\r\nb\rc\n'), 'f', 'yaml-syntax'), 'a\nb\nc\n');
});
