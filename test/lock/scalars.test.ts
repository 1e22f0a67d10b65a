// How values are written into lock files of our own, and into the checksums of DVC: as every reader, or Python, has them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { pythonJson, newDvcFile } from '../../src/dvc/dvc.ts';
import { emitString, emitValue, parseYamlLock } from '../../src/own/own.ts';
import { PipeError, type Value } from '../../src/base/base.ts';
import { makeOut } from '../show/stages.ts';

test('a text is a text for readers of YAML 1.1 and of 1.2', () => {
  const texts =
    'y n Y N yes no on off Off true null ~ - . .. ./x _ a+b a=b .5e3 .5e-3 .5 +.5 .inf -.inf .NaN 1e5 0x1 a#b'
      .split(' ')
      .concat('', ' ', 'a b', 'a: b', 'a #b', '<<', '=', 'é', 'x\n');
  for (const text of texts)
    for (const version of ['1.1', '1.2'] as const)
      assert.equal(parse(`k: ${emitString(text)}\n`, { version }).k, text, JSON.stringify(text));
});

test('no key of a lock file is lost, whatever it is', () => {
  for (const key of ['1', 'null', '1.5', 'true', 'other'])
    for (const text of [`${key}: x\n`, `stages:\n  s:\n    cmd: x\n    ${key}: x\n`])
      assert.throws(
        () => parseYamlLock(`schema: pipe/1\n${text}`, 'pipeline.lock'),
        (error) => error instanceof PipeError && error.problems[0]!.code === 'lock-unknown-key',
        text,
      );
});

test('numbers without end are not one another', () => {
  const list: Value = [Infinity, -Infinity, NaN, 1, 1n, null, 'null', new Map([['a', 'b, c']])];
  assert.equal(emitValue(list), '[.inf, -.inf, .nan, 1.0, 1, null, "null", {"a": "b, c"}]');
});

test('JSON is that of Python, keys by code points', () => {
  const value = new Map<string, Value>([
    ['k\u007f', 'é😀\u007f"'],
    ['\uff00', 1n],
    ['😀', 2n],
    [
      'a',
      [
        1.5,
        true,
        null,
        -Infinity,
        new Map<string, Value>([
          ['desc', 1n],
          ['b', new Map()],
        ]),
      ],
    ],
  ]);
  const written = (inner: string): string =>
    String.raw`{"a": [1.5, true, null, -Infinity, {"b": {}${inner}}], "k\u007f": "\u00e9\ud83d\ude00\u007f\"", "\uff00": 1, "\ud83d\ude00": 2}`;
  assert.equal(pythonJson(value, new Set()), written(', "desc": 1'));
  assert.equal(pythonJson(value, new Set(['desc'])), written(''));
});

test('each output of a new .dvc file has its own record and all that is declared of it', () => {
  const digest = (letter: string): never => letter.repeat(32) as never;
  const outs = [
    makeOut('one', { push: false, cache: false }),
    makeOut('two', { persist: true, remote: 'far', labels: ['l'] }),
    makeOut('three'),
  ];
  const record = (path: string, letter: string): never =>
    ({ path, content: { digest: digest(letter), size: 1 } }) as never;
  const { outs: read } = parse(
    newDvcFile(
      outs,
      new Map([
        ['two', record('two', 'b')],
        ['one', record('one', 'a')],
      ]),
    ),
  ) as {
    readonly outs: readonly Readonly<Record<string, unknown>>[];
  };
  assert.deepEqual(read, [
    { md5: digest('a'), size: 1, hash: 'md5', path: 'one', cache: false, push: false },
    { md5: digest('b'), size: 1, hash: 'md5', path: 'two', labels: ['l'], persist: true, remote: 'far' },
    { path: 'three' },
  ]);
});
