// Files as text: the bytes that are refused, conflicts of a merge, files that hold nothing, large ones.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testInWhole } from '../amount.ts';
import { PipeError, isMap } from '../../src/base/base.ts';
import { commandsOf, problemsOf, withProject, type Files } from './project-folder.ts';
import type { Overlay } from '../../src/pipeline/pipeline.ts';

/** `code place title` of every problem, those of reading parameters included. */
function told(files: Files, overlay: Partial<Overlay> = {}): string {
  const problems = problemsOf(files, overlay);
  if (problems.length > 0) return text(problems);
  try {
    withProject(files, (project) => {
      for (const stage of project.stages) for (const dep of stage.params) project.params(dep);
    });
    return '';
  } catch (error) {
    if (error instanceof PipeError) return text(error.problems);
    throw error;
  }
}

const text = (problems: PipeError['problems']): string =>
  problems
    .map(({ code, title, place }) => `${code} ${place?.file}:${place?.line}:${place?.column} ${title}`)
    .join('\n');

const latin1 = (source: string): Buffer => Buffer.from(source, 'latin1');

test('a file that is not UTF-8 is refused with its byte', () => {
  const stage = (file: string): string => `stages: {s: {cmd: x, params: [{${file}: }]}}\n`;
  const byte = 'not UTF-8 text: byte 0xe9 at offset';
  for (const [file, source, column, offset] of [
    ['p.yaml', 'a: 1\nb: caf\xe9\n', 7, 11],
    ['p.json', '{"a": 1,\n"\xe9": 2}', 2, 10],
    ['p.toml', 'a = 1\nb = "\xe9"\n', 6, 11],
    ['p.py', 'a = 1\nb = "\xe9"\n', 6, 11],
    ['p.unknown', 'a: 1\nb: \xe9', 4, 8],
  ] as const)
    assert.equal(
      told({ 'pipeline.yaml': stage(file), [file]: latin1(source) }),
      `params-unreadable ${file}:2:${column} ${byte} ${offset}`,
    );
  const bad = latin1('a: \xe9\n');
  const refused = `${byte} 3`;
  const vars = 'vars: [v.yaml]\nstages: {}\n';
  assert.equal(
    told({ 'pipeline.yaml': 'stages: {}\n', 'params.yaml': bad }),
    `params-unreadable params.yaml:1:4 ${refused}`,
  );
  assert.equal(told({ 'pipeline.yaml': vars, 'v.yaml': bad }), `params-unreadable v.yaml:1:4 ${refused}`);
  assert.equal(
    told({ 'pipeline.yaml': 'stages: {}\n', 'o.yaml': bad }, { files: ['o.yaml'] }),
    `params-unreadable o.yaml:1:4 ${refused}`,
  );
  assert.equal(told({ 'pipeline.yaml': bad }), `pipeline-unreadable pipeline.yaml:1:4 ${refused}`);
  assert.equal(
    told({ 'pipeline.yaml': 'stages: {}\n', 'cache/config.yaml': bad }),
    `pipeline-unreadable cache/config.yaml:1:4 ${refused}`,
  );
  const dvc = { '.dvc/config': '', 'dvc.yaml': 'stages: {s: {cmd: x}}\n' };
  assert.equal(told({ ...dvc, 'dvc.yaml': bad }), `pipeline-unreadable dvc.yaml:1:4 ${refused}`);
  assert.equal(told({ ...dvc, 'dvc.lock': bad }), `lock-unreadable dvc.lock:1:4 ${refused}`);
  assert.equal(told({ ...dvc, 'a.dvc': bad }), `bad-dvc-file a.dvc:1:4 ${refused}`);
  assert.match(told({ ...dvc, '.dvc/config': bad }), /^bad-dvc-config .*:1:4 not UTF-8 text/);
});

test('every kind of invalid byte is found', () => {
  for (const [bytes, offset] of [
    [[0xc3], 1],
    [[0xc3, 0x28], 1],
    [[0x80], 1],
    [[0xc0, 0x80], 1],
    [[0xed, 0xa0, 0x80], 1],
    [[0xf4, 0x90, 0x80, 0x80], 1],
    [[0xf0, 0x9f, 0x98], 1],
    [[0xc3, 0xa9, 0xff], 3],
    [[0x80, 0x80, 0x80, 0x80, 0x80], 1],
  ] as const)
    for (const after of ['', '\n', 'é'.repeat(5)])
      assert.match(
        told({ 'pipeline.yaml': Buffer.concat([Buffer.from('#'), Buffer.from(bytes), Buffer.from(after)]) }),
        new RegExp(`^pipeline-unreadable pipeline.yaml:1:${offset === 1 ? 2 : 3} .* at offset ${offset}$`),
        bytes.join(' '),
      );
});

test('byte order marks and line ends are taken as DVC takes them', () => {
  const read = (file: string, source: string | Buffer): string => {
    const files = { 'pipeline.yaml': `vars: [${file}]\nstages: {s: {cmd: "\${a} \${b}"}}\n`, [file]: source };
    const problems = problemsOf(files);
    return problems.length > 0 ? problems[0]!.title : String(commandsOf(files)['s']);
  };
  const sources = {
    'p.yaml': 'a: 1\nb: 2\n',
    'p.json': '{"a": 1,\n"b": 2}',
    'p.toml': 'a = 1\nb = 2\n',
    'p.py': 'a = 1\nb = 2\n',
  };
  for (const [file, source] of Object.entries(sources)) {
    for (const end of ['\n', '\r\n', '\r'])
      assert.equal(read(file, source.replaceAll('\n', end)), '1 2', file);
    const marked = read(file, `\uFEFF${source}`);
    if (file === 'p.yaml') assert.equal(marked, '1 2');
    else assert.match(marked, /byte order mark/, file);
    for (const wide of [
      Buffer.from(`\uFEFF${source}`, 'utf16le'),
      Buffer.from(`\uFEFF${source}`, 'utf16le').swap16(),
    ])
      assert.equal(read(file, wide), 'not UTF-8 text: the file looks like UTF-16', file);
  }
  const lines = (ends: string): unknown =>
    commandsOf({
      'pipeline.yaml': `vars: [p.toml]\nstages: {s: {cmd: "\${a}"}}\n`,
      'p.toml': `a = '''x${ends}y'''`,
    })['s'];
  assert.equal(lines('\r\n'), 'x\ny');
});

test('a conflict of a merge is called one, in every file that cannot be read for it', () => {
  const conflict = (ours: string, theirs: string): string =>
    `<<<<<<< HEAD\n${ours}\n=======\n${theirs}\n>>>>>>> other\n`;
  const at = ':1:1 the file has unresolved merge conflicts';
  const stages = 'stages: {s: {cmd: x, params: [{p.json: }]}}\n';
  // One that is left is enough, with or without a name after it.
  for (const marker of ['<<<<<<< HEAD', '||||||| base', '>>>>>>> other', '<<<<<<<', '>>>>>>>\r'])
    assert.equal(
      told({ 'pipeline.yaml': `stages: {}\n${marker}\n` }),
      'yaml-syntax pipeline.yaml:2:1 the file has unresolved merge conflicts',
    );
  assert.equal(told({ 'pipeline.yaml': conflict('a: 1', 'a: 2') }), `yaml-syntax pipeline.yaml${at}`);
  assert.equal(
    told({ 'pipeline.yaml': stages, 'p.json': conflict('{}', '[]') }),
    `params-unreadable p.json${at}`,
  );
  assert.equal(
    told({ 'pipeline.yaml': stages.replace('json', 'py'), 'p.py': conflict('a = 1', 'a = 2') }),
    `params-unreadable p.py${at}`,
  );
  assert.equal(
    told({ 'pipeline.yaml': stages.replace('json', 'toml'), 'p.toml': conflict('a = 1', 'a = 2') }),
    `params-unreadable p.toml${at}`,
  );
  const dvc = { '.dvc/config': '', 'dvc.yaml': 'stages: {s: {cmd: x}}\n' };
  assert.equal(
    told({
      ...dvc,
      'dvc.lock': `schema: '2.0'\nstages:\n${conflict('  a:\n    cmd: x', '  a:\n    cmd: y')}`,
    }),
    'lock-conflict dvc.lock:3:1 the lock file has unresolved merge conflicts',
  );
  assert.equal(
    told({ ...dvc, 'a.dvc': `outs:\n${conflict('- md5: a', '- md5: b')}` }),
    'yaml-syntax a.dvc:2:1 the file has unresolved merge conflicts',
  );
  assert.equal(
    told({ 'pipeline.yaml': 'stages:\n  s:\n    cmd:\n    - |\n      cat <<E\n      <<<<<<< x\n      E\n' }),
    '',
  );
});

test('a lock file that DVC would refuse is refused when the pipeline is loaded', () => {
  const codes = (lock: string): readonly string[] =>
    problemsOf({ '.dvc/config': '', 'dvc.yaml': 'stages: {a: {cmd: x}}\n', 'dvc.lock': lock }).map(
      ({ code }) => code,
    );
  const lock = "schema: '2.0'\nstages:\n  a:\n    cmd: x\n";
  assert.deepEqual(codes(lock), []);
  assert.deepEqual(codes(`${lock}    nope: 1\n`), ['bad-dvc-file']);
  assert.deepEqual(codes(`${lock}    outs:\n    - path: o\n      nope: 1\n`), ['bad-dvc-file']);
  assert.deepEqual(codes(lock.replace('2.0', '3.0')), ['bad-dvc-file']);
  for (const list of ['deps', 'outs'])
    for (const entry of ['nope: 1', 'size: 2x', 'nfiles: 1.5', 'isexec: yes'])
      assert.deepEqual(
        codes(`${lock}    ${list}:\n    - path: o\n      ${entry}\n`),
        ['bad-dvc-file'],
        entry,
      );
  // Of each pipeline file the one beside it.
  const inFolder = (name: string): readonly string[] =>
    problemsOf({
      '.dvc/config': '',
      'dvc.yaml': 'stages: {a: {cmd: x}}\n',
      'sub/dvc.yaml': 'stages: {a: {cmd: x}}\n',
      'dvc.lock': lock,
      [name]: `${lock}    nope: 1\n`,
    }).map(({ code, place }) => `${code} ${place?.file}`);
  assert.deepEqual(inFolder('sub/dvc.lock'), ['bad-dvc-file sub/dvc.lock']);
  assert.deepEqual(inFolder('sub/dvc.lock/in'), ['bad-dvc-file sub/dvc.lock']);
  assert.deepEqual(inFolder('other/dvc.lock'), []);
});

test('an empty pipeline.yaml is refused; one without stages is not, nor is an empty dvc.yaml', () => {
  const empty = 'pipeline-empty pipeline.yaml:undefined:undefined the pipeline file is empty';
  for (const source of ['', '\n', '# nothing\n', '---\n', 'null\n', '\uFEFF'])
    assert.equal(told({ 'pipeline.yaml': source }), empty, JSON.stringify(source));
  for (const source of ['stages: {}\n', 'vars: [{a: 1}]\n', '{}\n'])
    assert.equal(told({ 'pipeline.yaml': source }), '', source);
  assert.equal(
    told({ 'pipeline.yaml': 'stages: {}\n', 'sub/pipeline.yaml': '' }),
    empty.replace(' ', ' sub/'),
  );
  assert.equal(told({ '.dvc/config': '', 'dvc.yaml': '' }), '');
});

testInWhole('a file of many megabytes is read', () => {
  const stages = Array.from(
    { length: 20_000 },
    (_, i) => `  s${i}:\n    cmd: echo ${i} ${'x'.repeat(200)}\n    outs:\n    - o${i}\n`,
  );
  const source = `stages:\n${stages.join('')}`;
  assert.ok(source.length > 4 * 2 ** 20);
  assert.equal(
    withProject({ '.dvc/config': '', 'dvc.yaml': source }, (project) => project.stages.length),
    20_000,
  );
  const params = `l:\n${'- [1, 2, 3]\n'.repeat(200_000)}`;
  assert.equal(told({ 'pipeline.yaml': 'stages: {}\n', 'params.yaml': params }), '');
});

test('members of mappings are never lost for the kind of their keys', () => {
  const params =
    'models: {0.3: {lr: 1}, 5: {lr: 2}, true: {lr: 3}, null: {lr: 4}, 2020-01-01: {lr: 5}}\nflags: {1: a, b: {2.5: c}, false: d}\n';
  const inline = params.split('\n')[0]!.slice('models: '.length);
  const members = (foreach: string): object =>
    commandsOf({
      'params.yaml': params,
      'pipeline.yaml': `stages: {t: {foreach: ${foreach}, do: {cmd: "\${key} \${item.lr}"}}}\n`,
    });
  assert.deepEqual(members('"${models}"'), members(inline));
  assert.equal(Object.keys(members(inline)).length, 5);
  const files = (body: string): Files => ({
    'params.yaml': params,
    'pipeline.yaml': `stages: {s: ${body}}\n`,
  });
  assert.deepEqual(commandsOf(files('{cmd: "x ${flags}"}')), { s: 'x --1 a --b.2.5 c --false d' });
  assert.deepEqual(Object.keys(commandsOf(files('{matrix: {m: "${models}"}, cmd: x}'))), [
    's@0.3',
    's@5',
    's@true',
    's@None',
    's@2020-01-01',
  ]);
  assert.match(
    told(files('{matrix: ["${models}"], cmd: x}')),
    /^bad-expansion .*:1:\d+ a key of a matrix must be a string, got 0.3/,
  );
  assert.match(
    told(files('{matrix: {a: [1]}, defaults: "${flags}", cmd: x}')),
    /^bad-expansion .* a key of 'defaults' must be a string, got 1/,
  );
  assert.match(
    told({
      'params.yaml': 'm: {1: a, "1": b}\n',
      'pipeline.yaml': 'stages: {t: {foreach: "${m}", do: {cmd: x}}}\n',
    }),
    /^bad-expansion .* two members of this foreach have the name '1'/,
  );
  assert.match(
    told({ 'p.yaml': '1: a\n"1": b\n', 'pipeline.yaml': 'stages: {s: {cmd: x, params: [{p.yaml: }]}}\n' }),
    /^params-unreadable p.yaml:2:1 two keys of the file have the same text: 1/,
  );
  assert.match(
    told({ 'params.yaml': 'm: {1: a}\n', 'pipeline.yaml': 'vars: [{m: {1: b}}]\nstages: {}\n' }),
    /^vars-redefined pipeline.yaml:1:\d+ cannot redefine 'm.1'/,
  );
});

test('in a dvc.yaml they are left out of templates, as DVC leaves them out', () => {
  const files = (stages: string): Files => ({
    '.dvc/config': '',
    'params.yaml': 'models: {0.3: {lr: 1}, a: {lr: 2}}\nm: {1: a}\n',
    'dvc.yaml': `vars: [{m: {1: b}}]\nstages: {t: ${stages}}\n`,
  });
  assert.deepEqual(Object.keys(commandsOf(files('{foreach: "${models}", do: {cmd: x}}'))), ['t@a']);
  assert.deepEqual(commandsOf(files('{cmd: "x ${models}"}')), { t: 'x --a.lr 2' });
  assert.deepEqual(commandsOf(files('{foreach: {b: {1: c, d: e}}, do: {cmd: "x ${item}"}}')), {
    't@b': 'x --d e',
  });
});

test('a whole file as parameters has the keys of every kind', () => {
  withProject(
    {
      'p.py': 'A = {1: 2, (3, 4): b"x"}\n',
      'pipeline.yaml': 'stages: {s: {cmd: x, params: [{p.py: [A]}]}}\n',
    },
    (project) => {
      const value = project.params(project.stages[0]!.params[0]!).get('A');
      assert.ok(isMap(value));
      assert.deepEqual(
        [...value],
        [
          [1n, 2n],
          ['(3, 4)', "b'x'"],
        ],
      );
    },
  );
});
