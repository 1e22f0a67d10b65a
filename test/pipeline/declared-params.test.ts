// Which values of parameter files a stage depends on.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalJson } from '../../src/base/base.ts';
import { paramSources } from '../../src/pipeline/pipeline.ts';
import { withProject } from './project-folder.ts';

/** @param params as the stage declares them. @returns by file: key, value. */
function declared(params: string, files: Readonly<Record<string, string>>): unknown {
  return withProject(
    { 'pipeline.yaml': `stages:\n  s: {cmd: x, params: ${params}}\n`, ...files },
    (project) =>
      Object.fromEntries(
        project.stages[0]!.params.map((dep) => [
          dep.file,
          [...project.params(dep)]
            .map(([key, value]) => `${key}=${value === undefined ? '?' : canonicalJson(value)}`)
            .join(' '),
        ]),
      ),
  );
}

for (const params of [
  '[{p.yaml: [a]}, {p.yaml: }]',
  '[{p.yaml: }, {p.yaml: [a]}]',
  '[{p.yaml: []}, {p.yaml: [a]}]',
])
  test(`a file that is named both whole and by keys counts whole: ${params}`, () => {
    assert.deepEqual(declared(params, { 'p.yaml': 'a: 1\nb: 2\n' }), { 'p.yaml': 'a=1 b=2' });
  });

for (const params of ['[a, {params.yaml: }]', '[{params.yaml: }, a]'])
  test(`so does params.yaml: ${params}`, () => {
    assert.deepEqual(declared(params, { 'params.yaml': 'a: 1\nb: 2\n' }), { 'params.yaml': 'a=1 b=2' });
  });

test('a whole file with two keys of one text is refused, since they are recorded by it', () => {
  assert.throws(
    () => declared('[{p.yaml: }]', { 'p.yaml': '1: a\n"1": b\n' }),
    /two keys of the file have the same text: 1/,
  );
});

test('keys of one file add up, from wherever they are named', () => {
  assert.deepEqual(
    declared('[a, {params.yaml: [b]}, c.d, {p.json: [x, small]}]', {
      'params.yaml': 'a: 1\nb: 2\nc: {d: [3], e: 4}\nf: 5\n',
      'p.json': '{"x": 6, "y": 7, "small": 1E-3}',
    }),
    { 'params.yaml': 'a=1 b=2 c.d=[3]', 'p.json': 'x=6 small=0.001' },
  );
});

test('keys go into mappings and lists; what is null is there, what is missing is not', () => {
  assert.deepEqual(
    declared('[a.1.b, a.2, a.-2, a.b, n, n.x, gone, m.7]', {
      'params.yaml': 'a: [0, {b: 1}]\nn: null\nm: {7: seven}\n',
    }),
    { 'params.yaml': 'a.1.b=1 a.2=? a.-2=0 a.b=? n=null n.x=? gone=? m.7="seven"' },
  );
});

test('values come from the files that `vars`, also of a stage, and `params:` name, and from `vars` themselves', () => {
  const files = {
    'params.yaml': 'a: 1\n',
    'v.yaml': 'b: 1\nc: 2\n',
    'p.json': '{"d": 1}',
    'sub/own.yaml': 'f: 1\n',
    'pipeline.yaml':
      'vars: ["v.yaml:b", {e: 1}]\nstages:\n  s: {cmd: x, wdir: sub, vars: [own.yaml], params: [{../p.json: [d]}]}\n',
  };
  withProject(files, (project) =>
    assert.deepEqual(
      paramSources(project).map(({ file, prefix, values }) => [file, prefix.join('.'), [...values.keys()]]),
      [
        ['params.yaml', '', ['a']],
        ['v.yaml', '', ['b', 'c']],
        ['sub/own.yaml', '', ['f']],
        ['p.json', '', ['d']],
        ['pipeline.yaml', 'vars.1', ['e']],
      ],
    ),
  );
});

const PATTERNED =
  'group1: {a: 1, b: {c: 2}}\nother: {ax: 3, bxx: 4}\nlst: [5, 6]\n1: {x: 7}\nm: {n: {o: {lr: 8}}}\n1.0e-05: {y: 9}\n';

test('a key that is a pattern is the one value that it matches', () => {
  for (const [pattern, value] of [
    ['group*', '{"a":1,"b":{"c":2}}'],
    ['1e-*', '{"y":9}'],
    ['group?.a', '1'],
    ['.group?.a', '1'],
    ['"*.?x"', '3'],
    ['"gro[tu]p1.[!a]"', '{"c":2}'],
    ['group1.**.c', '2'],
    ['"**.bxx"', '4'],
    ['"**.lr"', '8'],
    ['lst.[1]', '6'],
    ['lst.-1', '6'],
    ['"[0-9].x"', '7'],
    ['Group*', '?'],
    ['group', '?'],
    ['"other.*.x"', '?'],
  ] as const) {
    const key = pattern.replaceAll('"', '');
    assert.deepEqual(
      declared(`[${pattern.startsWith('"') ? pattern : `"${pattern}"`}]`, { 'params.yaml': PATTERNED }),
      { 'params.yaml': `${key}=${value}` },
      pattern,
    );
  }
});

test('a pattern that matches several values is refused, since one decides', () => {
  assert.throws(
    () => declared('["other.*"]', { 'params.yaml': PATTERNED }),
    /the parameter 'other\.\*' matches 2 values: other\.ax, other\.bxx/,
  );
});
