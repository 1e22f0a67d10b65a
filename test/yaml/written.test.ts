// What is written as YAML is read as the same value, here and by readers of YAML 1.1, wherever it stands.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import type { Scalar, Value } from '../../src/base/base.ts';
import {
  blockEntry,
  quoteString,
  readYaml,
  writeString,
  writeValue,
  type Plain,
} from '../../src/yaml/yaml.ts';

const TEXTS = [
  '',
  ' ',
  'a',
  'a b',
  'ä ö',
  'a #b',
  'a#b',
  'a: b',
  'a:b',
  'a:',
  'a ',
  ' a',
  '#a',
  '- a',
  '-',
  '-a',
  '?',
  '? a',
  '...',
  '... a',

  'null',
  'Null',
  '~',
  'true',
  'FALSE',
  'yes',
  'No',
  'on',
  'OFF',
  '.inf',
  '-.INF',
  '.nan',
  '.NaN',
  '<<',
  '=',
  '!a',
  '&a',
  '*a',

  '1',
  '-1',
  '+1',
  '.5',
  '.5e3',
  '1.5',
  '1_000',
  '1e5',
  '1e-5',
  '-1.5E+3',
  '0x1f',
  '0o17',
  '0b1',
  '1:30',
  '2020-01-01',
  '1a',

  'a, b',
  'a]',
  '[a',
  '{a}',
  'a}',
  '@a',
  '`a',
  '%a',
  '|',
  '>',
  '"a"',
  "'a'",
  "it's",
  'a"b',
  'a\\b',
  '\\a',
  '$a',
  '/a',
  './a',
  'a@b',
  'a\nb',
  'a\r',
  'a\tb',
  'a\u2028b',
  'a\u2029',
  '\u0085',
  '\ufeffa',
  '\u007f',
  'a\u0007',
  '\ufffe',
  '😀',
];

test('each text is itself again, after a key and in brackets', () => {
  for (const text of TEXTS) {
    const line = `k: ${writeString(text)}\nl: [${writeString(text, 'flow')}, {${writeString(text, 'flow')}: ${writeString(text, 'flow')}}]\nm: ${quoteString(text)}\n`;
    const expected = new Map<Scalar, Value>([['k', text], ['l', [text, new Map([[text, text]])]], ['m', text]]); // prettier-ignore
    assert.deepEqual(readYaml(line, 'f').value, expected, line);
    // Which end a line for readers of YAML 1.1.
    assert.doesNotMatch(line, /[\u0080-\u009f\u2028\u2029\ufeff\u007f]/);
    for (const version of ['1.1', '1.2'] as const)
      assert.deepEqual(
        parse(line, { version, merge: false }),
        { k: text, l: [text, { [text]: text }], m: text },
        line,
      );
  }
  // And what needs no quotes has none.
  assert.deepEqual(
    ['a b', './a', '$a', 'aä', 'a:b'].map((text) => writeString(text)),
    ['a b', './a', '$a', 'aä', 'a:b'],
  );
});

test('each value is itself again', () => {
  const value: Value = new Map<Scalar, Value>([
    ['a', [1n, 1, -0.5, 1e-7, 1e22, Infinity, -Infinity, true, null, 'x, y', '1', [], ['#', 'a b']]],
    [null, new Map<Scalar, Value>([[1n, 'a: b'], ['null', new Map()]])], // prettier-ignore
    [true, 'no'],
    [2, 'a float'],
    [1.5, '~'],
  ]);
  for (const style of ['block', 'flow'] as const) {
    const text: string =
      style === 'block' ? `k: ${writeValue(value)}\n` : `k: [${writeValue(value, style)}]\n`;
    assert.deepEqual(
      (readYaml(text, 'f').value as ReadonlyMap<string, Value>).get('k'),
      style === 'block' ? value : [value],
      text,
    );
  }
  for (const text of ['a b', 'x, y', '-'])
    assert.deepEqual(readYaml(`k: ${writeValue(text)}\n`, 'f').value, new Map([['k', text]]));
});

test('entries are themselves again in any indentation', () => {
  const entries: { readonly [key: string]: Plain } = {
    plain: 'a b',
    'odd: key': ['a b', 'c, d', ['e, f', { 'g, h': 1 }], [], {}],
    maps: [{ a: { b: ['c d', { e: { f: 1 } }] }, g: [{ h: 2 }] }, { 'i #': { j: {} } }],
    none: [],
    empty: {},
    deep: { a: { b: { c: [1, 2.5, true, null] } } },
  };
  for (const layout of [
    { step: 2, listStep: 0 },
    { step: 4, listStep: 2 },
    { step: 1, listStep: 1 },
  ]) {
    // prettier-ignore
    const lines = Object.entries(entries).flatMap(([key, value]) => blockEntry(key, value, 2, layout));
    const text = `top:\n${lines.join('\n')}\n`;
    assert.deepEqual(parse(text), { top: entries }, text);
  }
});
