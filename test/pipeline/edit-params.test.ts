// Values of parameter files are changed by range: every other byte stays.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { editParams } from '../../src/pipeline/pipeline.ts';

type Edit = Parameters<typeof editParams>[2][number];
const set = (path: string, value: Edit['value']): Edit => ({
  steps: path.split('.').map((step) => (/^\d+$/.test(step) ? Number(step) : step)),
  value,
});

/** File, before, edits, after. */
const CASES: readonly (readonly [string, string, readonly Edit[], string])[] = [
  // YAML
  ['p.yaml', 'lr: 1\n', [set('lr', 0.1)], 'lr: 0.1\n'],
  ['p.yaml', '# a\nlr:   1   # why\nb: 2\n', [set('lr', 1e-5)], '# a\nlr:   1.0e-05   # why\nb: 2\n'],
  ['p.yaml', 'lr: 1\nb: 2\n', [set('lr', -1e-5), set('b', -1.5e22)], 'lr: -1.0e-05\nb: -1.5e+22\n'],
  ['p.yaml', 'lr: 1\r\nb: x\r\n', [set('b', 'no')], 'lr: 1\r\nb: "no"\r\n'],
  ['p.yaml', '\uFEFFlr: 1\n', [set('lr', 2n)], '\uFEFFlr: 2\n'],
  [
    'p.yaml',
    'a:\n  b: {c: 1, d: [1, 2]}  # x\n',
    [set('a.b.c', 'x, y'), set('a.b.d.1', 7n)],
    'a:\n  b: {c: "x, y", d: [1, 7]}  # x\n',
  ],
  ['p.json', '{"a": 1, "a": 2}\n', [set('a', 3n)], '{"a": 1, "a": 3}\n'],
  ['p.json', '{}\n', [{ ...set('a', 1n), adds: true }], '{"a": 1}\n'],
  ['p.toml', '"x y" = 1\n', [set('x y', 2n)], '"x y" = 2\n'],
  ['p.toml', 'a = 1\nb = 2\n[t]\n', [{ ...set('c', 3n), adds: true }], 'a = 1\nb = 2\nc = 3\n[t]\n'],
  ['p.yaml', 'l: [1, 2]\n', [set('l.0', 'x, y')], 'l: ["x, y", 2]\n'],
  ['p.yaml', 'lr: 1.0e-3\n', [set('lr', 0.001)], 'lr: 1.0e-3\n'],
  ['P.JSON', '{"a": 1}\n', [set('a', Infinity)], '{"a": Infinity}\n'],
  ['p.yaml', 'l: [1, {a: 1}]\n', [{ ...set('l.1.b', 2n), adds: true }], 'l: [1, {a: 1, b: 2}]\n'],
  ['p.yaml', 'l:\n- 1\n- 2 # two\n', [set('l.1', 3n)], 'l:\n- 1\n- 3 # two\n'],
  ['p.yaml', 'l:\n- 1\n- 2\nb: 1\n', [set('l', [4n, 5])], 'l: [4, 5.0]\nb: 1\n'],
  [
    'p.yaml',
    'l: [1]\n',
    [
      set(
        'l',
        new Map<string, boolean | bigint>([
          ['x', true],
          ['y', 2n],
        ]),
      ),
    ],
    'l: {x: true, y: 2}\n',
  ],
  [
    'p.yaml',
    'l: 1\n',
    [
      set(
        'l',
        new Map<number | bigint | null | string, string>([
          [1, 'float'],
          [2n, 'int'],
          [null, 'nothing'],
          ['3', 'text'],
        ]),
      ),
    ],
    'l: {1.0: float, 2: int, null: nothing, "3": text}\n',
  ],
  ['p.yaml', 'a:\nb: 1\n', [set('a', 3n)], 'a: 3\nb: 1\n'],
  ['p.yaml', 'a: &x 1\nb: *x\n', [set('a', 2n)], 'a: 2\nb: &x 1\n'],
  ['p.yaml', 'a: &x 1\nb: *x\n', [set('b', 2n)], 'a: &x 1\nb: 2\n'],
  [
    'p.yaml',
    'base: &b {lr: 1}\nm:\n  <<: *b\n  k: 1\n',
    [set('m.lr', 2n)],
    'base: &b {lr: 1}\nm:\n  <<: *b\n  k: 1\n  lr: 2\n',
  ],
  ['p.yaml', 's: |\n  text\n  more\nb: 1\n', [set('s', 'one')], 's: one\nb: 1\n'],
  ['p.yaml', 'a: 1', [{ ...set('b', 2n), adds: true }], 'a: 1\nb: 2'],
  ['p.yaml', '', [{ ...set('b', 2n), adds: true }], 'b: 2\n'],
  ['p.yaml', 'a:\n  b: 1\nc: 2\n', [{ ...set('a.x', 2n), adds: true }], 'a:\n  b: 1\n  x: 2\nc: 2\n'],
  ['p.yaml', 'a: {}\nb: 1\n', [{ ...set('a.x', 2n), adds: true }], 'a: {x: 2}\nb: 1\n'],
  ['p.yaml', 'a: 1\nb: 2\n', [set('a', undefined)], 'b: 2\n'],
  ['p.yaml', 'l:\n- a: 1\nb: 1\n', [set('l.0.a', undefined)], 'l:\n- {}\nb: 1\n'],
  ['p.yaml', 'l:\n- a: 1 # x\n  c: 3 # y\n', [set('l.0.a', undefined)], 'l:\n- c: 3 # y\n'],
  ['p.yaml', 'm: {\n  a: 1 }\nb: 1\n', [set('m.a', undefined)], 'm: {\n   }\nb: 1\n'],
  ['p.yaml', 'm: {\n  a: 1, # x\n  b: 2 }\n', [set('m.a', undefined)], 'm: {\n  b: 2 }\n'],
  ['p.yaml', 'a: |+\n  x\n\nb: 1\n', [set('a', undefined)], 'b: 1\n'],
  ['p.yaml', 'a: 1\n', [set('a', new Map([[null, 1n]]))], 'a: {null: 1}\n'],
  ['p.yaml', 'm:\n  a: 1\n  # another idea: 5\nb: 2\n', [set('m', undefined)], '  # another idea: 5\nb: 2\n'],
  ['p.yaml', 'a: [1, 2, 3]\n', [set('a.1', undefined)], 'a: [1, 3]\n'],
  ['p.yaml', 'n: 3\n', [set('n', 3)], 'n: 3.0\n'],
  ['p.yaml', 'n: 3\n', [set('n', 3n)], 'n: 3\n'],
  ['p.yaml', 'a: .nan\n', [set('a', Infinity)], 'a: .inf\n'],
  // JSON
  [
    'p.json',
    '{\n  "lr": 1,\n  "b": {"c": [1, 2]}\n}\n',
    [set('lr', 0.5), set('b.c.0', 'x')],
    '{\n  "lr": 0.5,\n  "b": {"c": ["x", 2]}\n}\n',
  ],
  ['p.json', '{"a": NaN, "b": 1}', [set('b', Infinity)], '{"a": NaN, "b": Infinity}'],
  ['p.json', '{"a": 1}', [{ ...set('b', null), adds: true }], '{"a": 1, "b": null}'],
  ['p.json', '{"a": 1, "b": 2}', [set('a', undefined)], '{"b": 2}'],
  ['p.json', '{"a": 1, "b": 1}', [set('a', [NaN, -Infinity]), set('b', new Map([['"', [1n]]]))], '{"a": [NaN, -Infinity], "b": {"\\"": [1]}}'], // prettier-ignore
  // TOML
  ['p.toml', 'a = 1\n', [{ ...set('t.x', 1n), adds: true }], 'a = 1\nt = { x = 1 }\n'],
  ['p.toml', 'a = [1, 2]\n', [set('a.0', undefined)], 'a = [2]\n'],
  [
    'p.toml',
    'a = 1\n[t]\n[u]\nb = 1\n',
    [{ ...set('t.x', 1n), adds: true }],
    'a = 1\n[t]\nx = 1\n[u]\nb = 1\n',
  ],
  ['p.toml', 'a = 1\nb = 2\n', [set('a', new Map<string, Edit['value'] & {}>([['x y', [2n]], ['z', new Map([['1', NaN]])]])), set('b', -Infinity)], 'a = { "x y" = [2], z = { 1 = nan } }\nb = -inf\n'], // prettier-ignore
  [
    'p.toml',
    'lr = 1 # why\n[train]\ndepth = 3\n',
    [set('lr', 0.5), set('train.depth', 4n)],
    'lr = 0.5 # why\n[train]\ndepth = 4\n',
  ],
  [
    'p.toml',
    'a.b = 1\nc = {d = [1, 2]}\n',
    [set('a.b', 'x'), set('c.d.1', 1e-5)],
    'a.b = "x"\nc = {d = [1, 1e-05]}\n',
  ],
  ['p.toml', '[[run]]\nn = 1\n[[run]]\nn = 2\n', [set('run.1.n', 9n)], '[[run]]\nn = 1\n[[run]]\nn = 9\n'],
  [
    'p.toml',
    '[t]\na = 1\n\n[u]\nb = 1\n',
    [{ ...set('t.x', true), adds: true }],
    '[t]\na = 1\nx = true\n\n[u]\nb = 1\n',
  ],
  ['p.toml', '[t]\na = 1\nb = 2\n', [set('t.a', undefined)], '[t]\nb = 2\n'],
  [
    'p.toml',
    'a = 1\n[t]\na = 1\n[t.u]\nb = 1\n',
    [
      { ...set('x', 2n), adds: true },
      { ...set('t.u.y', 'say "\\"'), adds: true },
    ],
    'a = 1\nx = 2\n[t]\na = 1\n[t.u]\nb = 1\ny = "say \\"\\\\\\""\n',
  ],
  [
    'p.toml',
    '[t]\na = 1\n',
    [{ ...set('x y', [1n, '\u007fé\u007f']), adds: true }],
    '"x y" = [1, "\\u007fé\\u007f"]\n[t]\na = 1\n',
  ],
  // Python
  ['p.py', "s = 'é😀'; a = 1\na = 2\n", [set('a', 3n)], "s = 'é😀'; a = 1\na = 3\n"],
  ['p.py', "d = {'a': 1, 'a': 2}\n", [set('d.a', -1.5)], "d = {'a': 1, 'a': -1.5}\n"],
  [
    'p.py',
    'class T:\n    lr = 1\nclass T:\n    lr = (\n        2,\n    )\n',
    [set('T.lr.0', ["it's", '"', 'a\n\\'])],
    "class T:\n    lr = 1\nclass T:\n    lr = (\n        [\"it's\", '\"', 'a\\n\\\\'],\n    )\n",
  ],
  [
    'p.py',
    'lr = 1  # why\nclass T:\n    depth: int = 3\n    def __init__(self):\n        self.x = "a"\nclass U:\n    depth = 5\n',
    [set('lr', 0.1), set('T.depth', 4n), set('T.x', "it's")],
    'lr = 0.1  # why\nclass T:\n    depth: int = 4\n    def __init__(self):\n        self.x = "it\'s"\nclass U:\n    depth = 5\n',
  ],
  [
    'p.py',
    'class T:\n    def __init__(self):\n        self.x = 1\n        x = 2\nclass \uFB01:\n    a = 1\n',
    [set('T.x', 3n), set('fi.a', 4n)],
    'class T:\n    def __init__(self):\n        self.x = 3\n        x = 2\nclass \uFB01:\n    a = 4\n',
  ],
  [
    'p.py',
    "d = {'a': 1, 'b': (1, 2)}\n",
    [set('d.a', true), set('d.b.0', null)],
    "d = {'a': True, 'b': (None, 2)}\n",
  ],
];

for (const [index, [file, before, edits, after]] of CASES.entries())
  test(`${file} ${index}: ${JSON.stringify(before).slice(0, 60)}`, () =>
    assert.equal(editParams(before, file, edits), after));

test('what cannot be set is refused', () => {
  assert.throws(() => editParams('a: 1\n', 'p.yaml', [set('b', 1n)]), /cannot be set/);
  for (const value of [2n, undefined])
    assert.throws(
      () => editParams('a: [1]\n', 'p.yaml', [{ ...set('a.1', value), adds: true }]),
      /cannot be set/,
    );
  for (const value of [null, [null], new Map([['x', null]])])
    assert.throws(() => editParams('a = 1\n', 'p.toml', [set('a', value)]), /cannot be set/);
  assert.throws(() => editParams('a = 1\n', 'p.py', [set('a', Infinity)]), /cannot be set/);
  assert.throws(() => editParams('a: [\n', 'p.yaml', [set('a', 1n)]), /flow|valid/i);
});
