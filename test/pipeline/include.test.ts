import assert from 'node:assert/strict';
import { test } from 'node:test';
import { problemsOf, withProject, type Files } from './project-folder.ts';

const shared: Files = {
  'pipeline.yaml': `vars: [{where: eu}]
stages:
  last: {cmd: x, deps: [lib/out-a, work/out-b]}
include:
  one: lib/clean.yaml
  two:
    file: lib/clean.yaml
    vars: [{name: b, deep: {x: "\${where}"}, added: 1}]
    wdir: work
`,
  'lib/params.yaml': 'deep: {x: us, y: 2}\n',
  'lib/clean.yaml': `vars: [{name: a}]
stages:
  clean: {cmd: "clean \${deep.x} \${deep.y}", outs: ["out-\${name}"]}
  many: {foreach: [p, q], do: {cmd: "m \${item}", vars: [more.yaml], wdir: in}}
`,
  'lib/in/more.yaml': 'z: 1\n',
  'work/in/more.yaml': 'z: 1\n',
};

test('stages of another file under a prefix, with names laid over its own', () => {
  withProject(shared, ({ stages, files }) => {
    assert.deepEqual(files, ['pipeline.yaml', 'lib/clean.yaml']);
    assert.deepEqual(
      stages.map(({ address, group, cmd, wdir, outs, place }) =>
        [address, group, cmd, wdir, outs[0]?.at, place.file].join(' '),
      ),
      [
        'last  x .  pipeline.yaml',
        'one.clean  clean us 2 lib lib/out-a lib/clean.yaml',
        'one.many@p one.many m p lib/in  lib/clean.yaml',
        'one.many@q one.many m q lib/in  lib/clean.yaml',
        'two.clean  clean eu 2 work work/out-b lib/clean.yaml',
        'two.many@p two.many m p work/in  lib/clean.yaml',
        'two.many@q two.many m q work/in  lib/clean.yaml',
      ],
    );
  });
});

test('an overlay reaches the names of included files, and those that are laid over them', () => {
  withProject(
    shared,
    ({ stages }) => assert.deepEqual([stages[1]!.cmd, stages[4]!.cmd], ['clean zz 2', 'clean zz 2']),
    { set: ['deep.x=zz'] },
  );
});

test('what an included file declares besides its stages counts, in its working folder', () => {
  withProject(
    {
      '.git/': '',
      'sub/dvc.yaml': 'stages: {}\n',
      'pipeline.yaml': 'include: {one: {file: lib/part.yaml, wdir: work}}\nvars: [{n: 1}]\n',
      'lib/part.yaml': `vars: [v.yaml, w.json]
data: [raw, {path: in/x, remote: far, from: ../from}]
metrics: [m.json]
params: [p.yaml, ../q.toml]
stages: {s: {cmd: "echo \${k}", outs: [o]}}
`,
      'lib/v.yaml': 'k: 1\n',
      'lib/w.json': '{}',
    },
    ({ stages, variableFiles, reports }) => {
      assert.deepEqual(
        stages.map(({ address, file, wdir, outs: [out], origin }) => [
          address,
          file,
          wdir,
          out!.path,
          out!.at,
          out!.remote,
          ...(origin?.kind === 'url' ? [origin.at, origin.url] : []),
        ]),
        [
          ['work/raw', 'pipeline.yaml', '.', 'work/raw', 'work/raw', null],
          ['work/in/x', 'pipeline.yaml', '.', 'work/in/x', 'work/in/x', 'far', 'from', '../from'],
          ['one.s', 'pipeline.yaml', 'work', 'o', 'work/o', null],
        ],
      );
      assert.deepEqual(variableFiles, ['lib/v.yaml', 'lib/w.json']);
      assert.deepEqual(
        reports.map(({ file, metrics, params }) => [file, ...metrics, ...params]),
        [['pipeline.yaml'], ['lib/part.yaml', 'work/m.json', 'work/p.yaml', 'q.toml']],
      );
    },
  );
});

test('prefixes of files that include each other add up', () => {
  withProject(
    {
      'pipeline.yaml': 'include: {one: a.yaml}\n',
      'a.yaml': 'include: {two: b/b.yaml}\nstages: {s: {cmd: x}}\n',
      'b/b.yaml': 'stages: {s: {cmd: y}}\n',
    },
    ({ stages }) =>
      assert.deepEqual(stages.map(({ address, cmd, wdir }) => `${address} ${String(cmd)} ${wdir}`).sort(), [
        'one.s x .',
        'one.two.s y b',
      ]),
  );
});

test('a working folder of an included file is relative to that of the file that includes it', () => {
  withProject(
    {
      'pipeline.yaml': 'include: {one: {file: sub/a.yaml, wdir: work}}\n',
      'sub/a.yaml': 'include: {two: {file: b.yaml, wdir: in}}\nstages: {s: {cmd: x}}\n',
      'sub/b.yaml': 'stages: {s: {cmd: y}}\n',
    },
    ({ stages }) =>
      assert.deepEqual(stages.map(({ address, wdir }) => `${address} ${wdir}`).sort(), [
        'one.s work',
        'one.two.s work/in',
      ]),
  );
});

const titles = (files: Files): string[] =>
  problemsOf(files).map(({ code, title, place }) => `${code}: ${title} (${place?.file}:${place?.line})`);

test('what cannot be included', () => {
  assert.deepEqual(
    titles({ 'pipeline.yaml': 'include: {a: b.yaml}\n', 'b.yaml': 'include: {c: pipeline.yaml}\n' }),
    ['bad-include: files include each other in a circle: pipeline.yaml → b.yaml → pipeline.yaml (b.yaml:1)'],
  );
  assert.deepEqual(titles({ 'pipeline.yaml': 'include: {a.b: b.yaml, c: gone.yaml}\n' }), [
    "bad-include: 'a.b' cannot be a prefix: use letters, digits, _ and - (pipeline.yaml:1)",
    "bad-include: the included file 'gone.yaml' does not exist (pipeline.yaml:1)",
  ]);
  assert.deepEqual(
    titles({
      'pipeline.yaml': 'stages: {a.s: {cmd: x}}\ninclude: {a: b.yaml}\n',
      'b.yaml': 'stages: {s: {cmd: x}}\n',
    }),
    ["duplicate-stage: two stages are called 'a.s' (b.yaml:1)"],
  );
  assert.deepEqual(
    titles({
      'pipeline.yaml': 'include: {a: {file: b.yaml, vars: [no.yaml]}, b: b.yaml}\n',
      'b.yaml': 'stages: {s: {cmd: "${nope}"}}\n',
    }),
    [
      "bad-vars: 'no.yaml' does not exist (pipeline.yaml:1)",
      "unknown-name: could not find 'nope' (b.yaml:1)",
    ],
  );
});
