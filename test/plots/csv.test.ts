// CSV as Python reads it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readRecords } from '../../src/plots/plots.ts';

const CASES: readonly (readonly [text: string, fields: readonly (readonly string[])[]])[] = [
  [
    'a,b\n1,2\n',
    [
      ['a', 'b'],
      ['1', '2'],
    ],
  ],
  ['a\n\n\nb', [['a'], ['b']]],
  [
    'a,\n,b\n',
    [
      ['a', ''],
      ['', 'b'],
    ],
  ],
  ['"a,b",c\n', [['a,b', 'c']]],
  ['"a""b"\n', [['a"b']]],
  ['a"b,c\n', [['a"b', 'c']]],
  ['"a"b,c\n', [['ab', 'c']]],
  [
    '"a\nb",c\nd,e\n',
    [
      ['a\nb', 'c'],
      ['d', 'e'],
    ],
  ],
  ['"",x\n', [['', 'x']]],
  ['""\n', [['']]],
  ['a,"open\nto the end', [['a', 'open\nto the end']]],
  ['a,"b",\n', [['a', 'b', '']]],
  ['"a",', [['a', '']]],
];

for (const [text, expected] of CASES)
  test(JSON.stringify(text), () =>
    assert.deepEqual(
      readRecords(text, ',').map(({ fields }) => fields),
      expected,
    ),
  );

test('each record has its line', () => {
  const lines = readRecords('a\n"b\nc"\n\nd\n', ',').map(({ line }) => line);
  assert.deepEqual(lines, [1, 2, 5]);
});
