// Which project, which files, which values: find-root, collect, parameter files.
import assert from 'node:assert/strict';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { findRoot, noOverlay, readParamsFile } from '../../src/pipeline/pipeline.ts';
import { PipeError, spellPython } from '../../src/base/base.ts';
import { problemsOf, withFolder, withProject, type Files } from './project-folder.ts';
import { loadFolder } from './load-folder.ts';

const stage = 'stages:\n  s: {cmd: x}\n';

test('the root is the nearest .dvc, else the outermost pipeline.yaml of the git repository, else a dvc.yaml', () => {
  const rootFrom = (files: Files, cwd: string): string =>
    withFolder(files, (root) => {
      const found = findRoot(join(root, cwd));
      return `${found.isDvcRepository ? 'dvc' : 'pipe'} ${found.pipelineFile} ${found.root.slice(root.length) || '/'}`;
    });
  assert.equal(rootFrom({ 'pipeline.yaml': stage, 'a/b/': '' }, 'a/b'), 'pipe pipeline.yaml /');
  assert.equal(rootFrom({ 'dvc.yaml': stage, 'a/b/': '' }, 'a/b'), 'pipe dvc.yaml /');
  assert.equal(rootFrom({ 'dvc.yaml': stage, 'pipeline.yaml': stage }, '.'), 'pipe pipeline.yaml /');
  assert.equal(
    rootFrom({ '.dvc/config': '', 'dvc.yaml': stage, 'a/pipeline.yaml': stage }, 'a'),
    'dvc dvc.yaml /',
  );
  assert.equal(rootFrom({ 'pipeline.yaml': stage, 'a/pipeline.yaml': stage }, 'a'), 'pipe pipeline.yaml /a');
  assert.equal(
    rootFrom({ '.git/': '', 'pipeline.yaml': stage, 'a/pipeline.yaml': stage }, 'a'),
    'pipe pipeline.yaml /',
  );
  assert.equal(
    rootFrom({ 'pipeline.yaml': stage, 'a/.git/': '', 'a/b/pipeline.yaml': stage }, 'a/b'),
    'pipe pipeline.yaml /a/b',
  );
  assert.deepEqual(
    problemsOf({
      'pipeline.yaml': 'config: {grace: 1}\nstages: {}\n',
      'cache/config.yaml': 'grace: soon\n',
    }).map(({ place }) => place?.file),
    ['cache/config.yaml'],
  );
  assert.equal(
    withFolder({ 'p.yaml': '' }, (root) => readParamsFile(join(root, 'p.yaml/x.yaml'), 'x.yaml')),
    undefined,
  );
  assert.throws(
    () => rootFrom({ 'a/': '' }, 'a'),
    (error) => error instanceof PipeError && error.problems[0]!.code === 'no-pipeline',
  );
});

test('pipeline files of sub-folders belong to the project, but not those that are ignored, in outputs, or of others', () => {
  const files = {
    '.git/': '',
    '.gitignore': '/ignored\n*.tmp/\n',
    '.git/info/exclude': '/excluded\n',
    'excluded/pipeline.yaml': 'not: valid',
    '.pipeignore': '/private\n/draft/pipeline.yaml\nhidden/\n',
    'a/.pipeignore': '/nothing\n',
    'a/hidden/pipeline.yaml': 'not: valid',
    'a/z.tmp/pipeline.yaml': 'not: valid',
    'draft/pipeline.yaml': 'not: valid',
    'draft/in/pipeline.yaml': stage,
    'pipeline.yaml': 'stages:\n  s: {cmd: x, outs: [made]}\n',
    'a/pipeline.yaml': stage,
    'a/deep/pipeline.yaml': stage,
    'a/.gitignore': '!/x.tmp/\n',
    'a/x.tmp/pipeline.yaml': stage,
    'y.tmp/pipeline.yaml': 'not: valid',
    'ignored/pipeline.yaml': 'not: valid',
    'private/pipeline.yaml': 'not: valid',
    'made/pipeline.yaml': 'not: valid',
    'node_modules/m/pipeline.yaml': 'not: valid',
    'other/.dvc/config': '',
    'other/pipeline.yaml': 'not: valid',
    'b/dvc.yaml': 'not: valid',
  };
  withProject(files, ({ files, stages }) => {
    assert.deepEqual(files, [
      'pipeline.yaml',
      'a/pipeline.yaml',
      'a/deep/pipeline.yaml',
      'a/x.tmp/pipeline.yaml',
      'draft/in/pipeline.yaml',
    ]);
    assert.deepEqual(
      stages.map(({ address, wdir }) => `${address} ${wdir}`),
      [
        's .',
        'a/pipeline.yaml:s a',
        'a/deep/pipeline.yaml:s a/deep',
        'a/x.tmp/pipeline.yaml:s a/x.tmp',
        'draft/in/pipeline.yaml:s draft/in',
      ],
    );
  });
});

test('of the patterns of git around a project the nearest counts; what is in the cache is never part of it', (t) => {
  const files = {
    '.git/': '',
    '.gitignore': 'sub/\n',
    'mid/.gitignore': '!sub/\n',
    'mid/p/pipeline.yaml':
      'config: {cache: {dir: ./big}}\nstages: {a: {cmd: x}}\ndata: [{path: d, push: false}, e]\n',
    'mid/p/big/pipeline.yaml': 'not: valid',
    'mid/p/sub/pipeline.yaml': 'stages: {b: {cmd: x}}\n',
    'mid/p/cache/tmp/exps/pipeline.yaml': 'stages: {c: {cmd: x}}\n',
    'home/git/ignore': 'of-no-one\n',
    'mid/p/of-no-one/pipeline.yaml': 'not: valid',
  };
  const before = process.env['XDG_CONFIG_HOME'];
  t.after(() => {
    if (before === undefined) delete process.env['XDG_CONFIG_HOME'];
    else process.env['XDG_CONFIG_HOME'] = before;
  });
  withFolder(files, (root) => {
    process.env['XDG_CONFIG_HOME'] = join(root, 'home');
    const { stages } = loadFolder(join(root, 'mid/p'), noOverlay);
    assert.deepEqual(
      stages.map(({ address, outs }) => [address, ...outs.map(({ push }) => push)]),
      [['d', false], ['e', true], ['a'], ['sub/pipeline.yaml:b']],
    );
  });
});

test('a symlink to a folder is not entered', () => {
  withFolder({ 'p/pipeline.yaml': stage, 'p/real/x': '', 'other/pipeline.yaml': stage }, (folder) => {
    const root = join(folder, 'p');
    symlinkSync('..', join(root, 'real/loop'));
    symlinkSync('../other', join(root, 'linked'));
    assert.deepEqual(loadFolder(root, noOverlay).files, ['pipeline.yaml']);
    assert.equal(findRoot(join(root, 'real')).root, root);
  });
});

test('an output that a symlink would carry out of the project is refused', () => {
  const pipeline = 'stages:\n  s: {cmd: x, outs: [out/a/b, in/a, plain/x]}\n  t: {cmd: x, outs: [out/c]}\n';
  withFolder({ 'p/pipeline.yaml': pipeline, 'p/real/': '', 'elsewhere/': '' }, (root) => {
    symlinkSync('../elsewhere', join(root, 'p/out'));
    symlinkSync('real', join(root, 'p/in'));
    symlinkSync('p', join(root, 'alias'));
    writeFileSync(join(root, 'p/pipeline.yaml'), 'stages: {s: {cmd: x, outs: [in/a]}}\n');
    assert.equal(loadFolder(join(root, 'alias'), noOverlay).stages.length, 1, 'the project behind a link');
    writeFileSync(join(root, 'p/pipeline.yaml'), pipeline);
    assert.throws(
      () => loadFolder(join(root, 'p'), noOverlay),
      (error) =>
        error instanceof PipeError &&
        error.problems.map(({ title }) => title).join() ===
          ['out/a/b', 'out/c']
            .map(
              (out) =>
                `the output '${out}' would be written outside of the project: 'out' is a symlink that leads out of it`,
            )
            .join(),
    );
  });
});

test('problems of all files are told together', () => {
  const problems = problemsOf({ 'pipeline.yaml': 'stages: 5\n', 'a/pipeline.yaml': 'stages: 6\n' });
  assert.deepEqual(
    problems.map(({ place }) => place?.file),
    ['pipeline.yaml', 'a/pipeline.yaml'],
  );
});

const read = (name: string, text: string): string =>
  withFolder({ [name]: text }, (root) => spellPython(readParamsFile(join(root, name), name)!.value));

test('YAML as DVC reads it', () => {
  const text =
    'a: [010, 0o10, 0x1F, 1_000, 0b11, .5, 5., +1, 1e3, 1e-5, -0.0, -.inf, .nan, 08, 12e03, 1_0.0_5_5]\nb: [yes, no, On, 1:30, 1.2.3, ~, Null, TRUE, tRue, "1", 2001-01-01]\n';
  assert.equal(
    read('p.yaml', text),
    "{'a': [10, 8, 31, 1000, 3, 0.5, 5.0, 1, 1000.0, 1e-05, -0.0, -inf, nan, 8, 12000.0, 10.055], 'b': ['yes', 'no', 'On', '1:30', '1.2.3', None, None, True, 'tRue', '1', '2001-01-01']}",
  );
  assert.equal(
    read('p.yml', '\uFEFFa: &a {x: 1, y: 2}\r\nb:\r\n  <<: *a\r\n  y: 3\r\n'),
    "{'a': {'x': 1, 'y': 2}, 'b': {'x': 1, 'y': 3}}",
  );
  assert.equal(
    read('p.yaml', 'a: &a {x: 1, y: 2}\nb: &b {x: 3, z: 4}\nc: {<<: [*a, *b], y: 5}\n').split("'c': ")[1],
    "{'x': 1, 'z': 4, 'y': 5}}",
    'of several merged mappings the first counts',
  );
  assert.equal(
    read('p.yaml', 'a: [!!float 1, !!str 1, !!int "2", !!bool "true", !!null "", !!float .5]\n'),
    "{'a': [1.0, '1', 2, True, None, 0.5]}",
  );
  assert.equal(read('p.conf', ''), '{}');
});

test('JSON, TOML and Python keep integers and floats apart', () => {
  assert.equal(
    read(
      'p.json',
      '{"a": 1, "b": 1.0, "c": 1e3, "d": 12345678901234567890, "e": [NaN, -Infinity, "NaN"], "a": 2, "\\u00e9": "\\/"}',
    ),
    "{'a': 2, 'b': 1.0, 'c': 1000.0, 'd': 12345678901234567890, 'e': [nan, -inf, 'NaN'], 'é': '/'}",
  );
  assert.equal(
    read(
      'p.json',
      '{"2": [{}, []], "1": -0, "__proto__": {"<<": {"x": 1}}, "": "NaN", "f": -1.5E-3, "n": null}',
    ),
    "{'2': [{}, []], '1': 0, '__proto__': {'<<': {'x': 1}}, '': 'NaN', 'f': -0.0015, 'n': None}",
  );
  assert.equal(
    read('p.toml', 'a = 1\nb = 1.0\nc = 9223372036854775807\nd = 2020-01-01\n[e.f]\ng = [inf, "x"]\n'),
    "{'a': 1, 'b': 1.0, 'c': 9223372036854775807, 'd': '2020-01-01', 'e': {'f': {'g': [inf, 'x']}}}",
  );
  const python = `import os
A: int = 1  # comment
B = -2.5; C = (1, 'x', None)
D = {"a": {"b": [1,
    2]}, 2: True}
E = os.getcwd()
F = "a" 'b' \\
    r"\\n" """c
d"""
G = 1 + 2
H, I = 1, 2
J = K = 3
L = 0x10
M = 1_000.5
N = f"x"
if True:
    O = 1
class T:
    """words = 1"""
    x = 1
    class U: y = 2
    def __init__(self, q=1):
        self.w = "v"
        local = 5
    def other(self):
        self.n = 1
`;
  assert.equal(
    read('p.py', python),
    "{'A': 1, 'B': -2.5, 'C': [1, 'x', None], 'D': {'a': {'b': [1, 2]}, 2: True}, 'F': 'ab\\\\nc\\nd', 'L': 16, 'M': 1000.5, 'T': {'x': 1, 'U': {'y': 2}, 'w': 'v'}}",
  );
});

test('parameter files that are broken are refused', () => {
  const codeOf = (name: string, text: string): string => {
    try {
      read(name, text);
    } catch (error) {
      if (error instanceof PipeError)
        return error.problems.map(({ title, place }) => `${title} ${place?.line ?? ''}`).join('; ');
      throw error;
    }
    return 'fine';
  };
  assert.match(codeOf('p.json', '{"a": 1,\n}'), /^not valid JSON: .* 2$/);
  for (const text of ['1NaN', '-NaN', '--Infinity', '[Infinityx]'])
    assert.match(codeOf('p.json', text), /^not valid JSON: /, text);
  assert.match(
    codeOf('p.json', `${'['.repeat(9999)}${']'.repeat(9999)}`),
    /nested deeper than 200 levels 1$/,
  );
  assert.match(codeOf('p.toml', 'a = 1\nb = \n'), /^not valid TOML: .* 2$/);
  assert.match(codeOf('p.py', 'a = (1,\n'), /^not valid Python/);
  assert.match(codeOf('p.yaml', 'a: 1\na: 2\n'), /^the key "a" is repeated/);
  assert.match(codeOf('p.yaml', 'a: !foo x\n'), /its tag !foo/);
  assert.match(codeOf('p.yaml', 'a: &a [*a]\n'), /alias is inside of the value that it names/);
  assert.match(codeOf('p.yaml', `${'['.repeat(300)}${']'.repeat(300)}`), /nested deeper than 200 levels/);
  const bomb = [
    'a0: &a0 [x, x, x, x, x, x, x, x, x, x]',
    ...Array.from({ length: 9 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array(10).fill(`*a${i}`).join(', ')}]`),
  ].join('\n');
  assert.match(codeOf('p.yaml', bomb), /aliases expand to more than/);
});
