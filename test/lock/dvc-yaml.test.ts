import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { emitMapping } from '../../src/dvc/dvc.ts';
import type { ValueMap } from '../../src/base/base.ts';
import recorded from './dvc-yaml.json' with { type: 'json' };
import { decode, type Recorded } from './encoded-value.ts';

test('writes what DVC writes, byte for byte (recorded from DVC 3.67.1 with ruamel.yaml 0.19.1)', () => {
  for (const [document, text] of recorded as unknown as Recorded[])
    assert.equal(emitMapping(decode(document) as ValueMap, 0), text);
});

test('folds at 80 columns, counted in code points, from where the value stands', () => {
  const words = 'word '.repeat(18).trim();
  assert.equal(
    emitMapping(new Map([['cmd', words]]), 4),
    `    cmd: ${'word '.repeat(14)}\n      word word word word\n`,
  );
  const emoji = '🎉 '.repeat(45).trim();
  assert.equal(
    emitMapping(new Map([['cmd', emoji]]), 0).split('\n')[0],
    `cmd: ${'🎉 '.repeat(38).trimEnd()}`,
  );
});

test('a text in double quotes that is folded is the same when it is read again, wherever its spaces are', () => {
  for (const end of ['\t', "it's\n", '\u0007'])
    for (let length = 60; length < 90; length += 1)
      for (const spaces of [' ', '  ', '   ']) {
        const text = `${'w'.repeat(length)}${spaces}next ${'x'.repeat(40)}${spaces}and${spaces}${'y'.repeat(40)}${spaces}${end}z`;
        const written = emitMapping(new Map([['cmd', text]]), 0);
        assert.deepEqual(parse(written), { cmd: text }, written);
      }
});

test('quotes what would be read as something else', () => {
  const texts = [
    '1',
    '1.5',
    '1e5',
    'true',
    'null',
    '~',
    '',
    '2020-01-01',
    '0x1f',
    '1_000',
    '<<',
    '=',
    'a: b',
    '# c',
    "it's",
    'a\nb',
  ];
  const lines = texts.map((text) => emitMapping(new Map([['k', text]]), 0).slice(3, -1));
  assert.deepEqual(lines, [
    "'1'",
    "'1.5'",
    "'1e5'",
    "'true'",
    "'null'",
    "'~'",
    "''",
    "'2020-01-01'",
    "'0x1f'",
    "'1_000'",
    "'<<'",
    "'='",
    "'a: b'",
    "'# c'",
    "it's",
    '"a\\nb"',
  ]);
});
