import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  canonicalJson,
  quotedKey,
  spellFloat,
  spellPython,
  spellScalar,
  toJson,
  type Scalar,
  type Value,
} from '../../src/base/base.ts';

test('floats are spelled as Python spells them', () => {
  const spelled: [number, string][] = [
    [1, '1.0'],
    [-0, '-0.0'],
    [0.1, '0.1'],
    [1e-4, '0.0001'],
    [-1e-4, '-0.0001'],
    [-0.0125, '-0.0125'],
    [1e-5, '1e-05'],
    [1.5e-7, '1.5e-07'],
    [-2.5e-5, '-2.5e-05'],
    [1e15, '1000000000000000.0'],
    [1e16, '1e+16'],
    [1e22, '1e+22'],
    [123456789012345680, '1.2345678901234568e+17'],
    [0.1 + 0.2, '0.30000000000000004'],
    [5e-324, '5e-324'],
    [1.7976931348623157e308, '1.7976931348623157e+308'],
    [0.00012345, '0.00012345'],
    [Infinity, 'inf'],
    [-Infinity, '-inf'],
    [NaN, 'nan'],
  ];
  for (const [value, text] of spelled) assert.equal(spellFloat(value), text);
});

test('values are spelled as Python prints them', () => {
  const value = new Map<Scalar, Value>([
    ['a', [1n, 1, true, null, 'x', "it's", 'a\nb']],
    [2n, new Map()],
  ]);
  assert.equal(spellPython(value), `{'a': [1, 1.0, True, None, 'x', "it's", 'a\\nb'], 2: {}}`);
  assert.equal(
    spellPython([`it's "it's"`, '"', '\t\r\\'.repeat(2), '\n\n']),
    `['it\\'s "it\\'s"', '"', '${'\\t\\r\\\\'.repeat(2)}', '\\n\\n']`,
  );
  assert.equal(spellPython('x'), 'x');
  assert.equal(spellScalar(true), 'true');
  assert.equal(spellScalar(null), 'None');
});

test('canonical JSON does not depend on the order of keys, and keeps types apart', () => {
  const map = (entries: [Scalar, Value][]): Value => new Map(entries);
  assert.equal(
    canonicalJson(
      map([
        ['b', 1n],
        ['a', 1],
      ]),
    ),
    canonicalJson(
      map([
        ['a', 1],
        ['b', 1n],
      ]),
    ),
  );
  assert.equal(
    canonicalJson(
      map([
        ['b', 1n],
        ['a', 1],
      ]),
    ),
    '{"a":1.0,"b":1}',
  );
  const apart: Value[] = [
    1n,
    1,
    '1',
    true,
    'true',
    null,
    'null',
    map([['1', 'x']]),
    map([[1n, 'x']]),
    [],
    map([]),
    [[]],
    '',
  ];
  assert.equal(new Set(apart.map(canonicalJson)).size, apart.length);
});

test('JSON data keeps big integers exact, floats as floats, and every key', () => {
  const value = new Map<Scalar, Value>([
    ['big', 12345678901234567890n],
    ['one', 1],
    ['n', 1n],
    ['inf', Infinity],
    ['__proto__', [true, null]],
    [3n, 'x'],
    [true, 'y'],
    [null, 'z'],
  ]);
  assert.equal(
    JSON.stringify(toJson(value)),
    '{"3":"x","big":12345678901234567890,"one":1.0,"n":1,"inf":"inf","__proto__":[true,null],"true":"y","null":"z"}',
  );
});

test('what JSON lacks is written as it is asked for, however deep it is; keys are in the order of their characters', () => {
  const value = new Map<Scalar, Value>([
    ['a', [Infinity, new Map<Scalar, Value>([['b', NaN]])]],
    ['c', -Infinity],
  ]);
  assert.equal(JSON.stringify(toJson(value)), '{"a":["inf",{"b":"nan"}],"c":"-inf"}');
  assert.equal(JSON.stringify(toJson(value, () => null)), '{"a":[null,{"b":null}],"c":null}');
  const keys = ['b', 'B', 'a', 'ä', 'Z'].map((key): [Scalar, Value] => [key, null]);
  assert.equal(canonicalJson(new Map(keys)), '{"B":null,"Z":null,"a":null,"b":null,"ä":null}');
  assert.deepEqual(['a', 'a.b'].map(quotedKey), ['a', '"a.b"']);
});
