// The graph in each format, and stages as they are declared, added and frozen.
import assert from 'node:assert/strict';
import { existsSync, symlinkSync, linkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeHere } from './here.ts';
import { project } from './reports-project.ts';

test('the graph as text, JSON, Graphviz and Mermaid; stages as they are declared, added and frozen', async (t) => {
  const { at, out, json, read, write, err } = await project(t);
  assert.equal(
    await out(0, 'dag'),
    `  ┌──────┐     ┌───────┐
  │ prep │     │ never │
  └───┬──┘     └───────┘
      ▼
┌──────────┐
│ train ×2 │
└─────┬────┘
      ▼
  ┌──────┐
  │ cold │
  └──────┘
`,
  );
  assert.deepEqual(await json('dag', 'cold'), {
    nodes: [{ name: 'prep' }, { name: 'train@2' }, { name: 'cold' }],
    edges: [
      ['train@2', 'prep'],
      ['cold', 'train@2'],
    ],
  });
  assert.match(await out(0, 'dag', '--expand'), /│ train@1 │/);
  assert.equal(
    await out(0, 'dag', 'prep', '--full', '--mermaid'),
    'flowchart TD\n\tnode1["cold"]\n\tnode2["prep"]\n\tnode3["train@1"]\n\tnode4["train@2"]\n\tnode2-->node3\n\tnode2-->node4\n\tnode4-->node1\n',
  );
  assert.equal(
    await out(0, 'dag', 'train@2', '--dot'),
    'strict digraph {\n"prep";\n"train@2";\n"prep" -> "train@2";\n}\n',
  );
  assert.deepEqual(((await json('dag', '--outs')) as { readonly edges: unknown }).edges, [
    ['w-2.bin', 'd'],
    ['m-2.json', 'd'],
    ['w-1.bin', 'd'],
    ['m-1.json', 'd'],
    ['cold.txt', 'w-2.bin'],
  ]);
  assert.equal(
    await out(0, 'stage', 'list'),
    `prep     Outputs d
train@2  Outputs w-2.bin; Reports m-2.json
train@1  Outputs w-1.bin; Reports m-1.json
cold     Kept as it is
never    Outputs never.txt
`,
  );
  const [cold] = (await json('stage', 'list', 'cold')) as [Readonly<Record<string, unknown>>];
  assert.deepEqual(
    [cold['frozen'], cold['desc'], cold['deps'], cold['cmd'], cold['group']],
    [true, 'Kept as it is', [{ path: 'w-2.bin' }], 'echo c > cold.txt', null],
  );
  const declared = read('pipeline.yaml');
  await out(0, 'freeze', 'train', '-q');
  await at('d').out(0, 'freeze', '../pipeline.yaml:never');
  assert.match(read('pipeline.yaml'), /train:\n {4}frozen: true\n[^]*never: \{[^}]*frozen: true/);
  await out(0, 'unfreeze', 'train', 'never');
  assert.equal(read('pipeline.yaml'), declared);
  const flags = [
    '-d',
    'raw.csv',
    '-p',
    'size,opt.deep',
    '-p',
    'more.yaml:a,b',
    '-p',
    'whole.yaml:',
    '-o',
    'o1',
  ];
  const outs = ['-O', 'o2', '--outs-persist', 'o3', '--outs-persist-no-cache', 'o4', '-m', 'm1', '-M', 'm2'];
  const rest = ['--plots', 'p1', '--plots-no-cache', 'p2', '-w', 'sub', '--always-changed', '--desc', 'D'];
  assert.equal(
    await out(0, 'stage', 'add', '-n', 'new', ...flags, ...outs, ...rest, 'echo', 'hi'),
    "Added stage 'new' to pipeline.yaml.\n",
  );
  assert.equal(
    read('pipeline.yaml'),
    `${declared}  new:
    desc: D
    cmd: echo hi
    wdir: sub
    deps:
    - raw.csv
    params:
    - size
    - opt.deep
    - more.yaml:
      - a
      - b
    - whole.yaml: null
    outs:
    - o1
    - o2:
        cache: false
    - o3:
        persist: true
    - o4:
        cache: false
        persist: true
    metrics:
    - m1
    - m2:
        cache: false
    plots:
    - p1
    - p2:
        cache: false
    always_changed: true
`,
  );
  assert.match(await err(1, 'stage', 'add', '-n', 'new', 'echo'), /new/);
  write('pipeline.yaml', declared);
  await out(0, 'stage', 'add', '-n', 'more', '-o', 'more.txt', '--run', '-q', 'echo m > more.txt');
  assert.equal(read('more.txt'), 'm\n');
  assert.ok(!existsSync(join('never.txt')));
});

test('a link beside many files of a folder leads to the stage that makes what it leads to', async (t) => {
  const names = Array.from({ length: 40 }, (_, index) => `in/f${index}`);
  const { out, path } = makeHere(t, {
    'pipeline.yaml': `stages:
  make: {cmd: echo x > out.txt, outs: [out.txt]}
  read: {cmd: cat in/link > read.txt, deps: [${[...names, 'in/link'].join(', ')}], outs: [read.txt]}
`,
    ...Object.fromEntries(names.map((name) => [name, ''])),
  });
  symlinkSync('../out.txt', path('in/link'));
  assert.match(await out(0, 'dag', 'read', '--dot'), /"make" -> "read"/);
});

test('a stage of an included file is edited there, unless that file is included several times', async (t) => {
  const lib = 'stages:\n  s:\n    cmd: x\n';
  const { at, out, err, path, read, write } = makeHere(t, {
    'pipeline.yaml': 'include: {one: lib.yaml, two: lib.yaml, other: own.yaml}\n',
    'lib.yaml': lib,
    'own.yaml': lib,
  });
  assert.match(await err(1, 'freeze', 'one.s'), /included several times[^]*one\.s, two\.s/);
  assert.equal(read('lib.yaml'), lib);
  // Whoever reads it meanwhile has the whole of the old one or of the new one.
  linkSync(path('own.yaml'), path('old'));
  await out(0, 'freeze', 'other.s');
  assert.equal(read('old'), lib);
  assert.equal(read('own.yaml'), 'stages:\n  s:\n    frozen: true\n    cmd: x\n');
  write('a:b/pipeline.yaml', `${lib}  t:\n    cmd: x\n`);
  await at('a:b').out(0, 'freeze', '../a:b/pipeline.yaml:s', 'pipeline.yaml:t');
  assert.equal(read('a:b/pipeline.yaml').match(/frozen: true/g)?.length, 2);
});

test('a trace of a run has each of its stages; of a failed one it is known what it used, and that it ran', async (t) => {
  const { out, err, read, write, at } = makeHere(t, {
    'sub/x': '',
    'pipeline.yaml':
      'stages:\n  a: {cmd: echo > a, outs: [a]}\n  b: {cmd: cat a > b, deps: [a], outs: [b]}\n',
  });
  await at('sub').out(0, 'repro', '-q', '-P', '--profile', 'trace.json');
  const { traceEvents } = JSON.parse(read('sub/trace.json')) as { traceEvents: readonly { name: string }[] };
  const names = new Set(traceEvents.map(({ name }) => name));
  assert.ok(names.has('a') && names.has('b'), [...names].join());
  write(
    'pipeline.yaml',
    'stages:\n  bad: {cmd: exit 3, outs: [x]}\n  now: {cmd: sleep 9, outs: [y]}\n  never: {cmd: x, outs: [z]}\n',
  );
  // What could never start is said, and not waited for.
  const whole = read('pipeline.yaml');
  write('pipeline.yaml', whole.replace('exit 3,', 'exit 3, resources: {cpus: 99999},'));
  assert.match(await err(1, 'repro', 'bad'), /asks for 99999 cpus/);
  write('pipeline.yaml', whole);
  await out(1, 'repro', '-q', 'bad');
  const history = (await out(0, 'history', '--json')).trimEnd().split('\n');
  const entries = history.map((line) => JSON.parse(line) as { readonly what: string });
  assert.deepEqual(
    entries.map(({ what }) => what),
    ['ran', 'ran', 'failed'],
  );
  assert.equal(new Set(entries.map((entry) => 'used' in entry)).size, 1, 'as far as the system says it');
  // Its run goes on, and neither has printed anything.
  write('cache/state/run.jsonl', `${JSON.stringify({ type: 'start', stage: 'now', time: 1, attempt: 1 })}\n`);
  for (const name of ['bad', 'now']) assert.equal(await out(0, 'logs', name), '');
  await out(1, 'logs', 'never');
});

test('a dependency that is missing is named where it is written, in its own stage', async (t) => {
  const { out } = makeHere(t, {
    'pipeline.yaml': `stages:
  a:
    cmd: x
    deps:
    - there
    - lost
  b:
    cmd: y
    deps:
    - there
    - lost
  c:
    foreach: [1]
    do:
      cmd: z \${item}
      deps:
      - there
      - lost
      - gone\${item}
`,
    there: '',
  });
  for (const [stage, path, line] of [
    ['b', 'lost', 11],
    ['a', 'lost', 6],
    ['c@1', 'lost', 18],
    ['c@1', 'gone1', 19],
  ] as const) {
    const said = await out(1, 'repro', '-s', stage);
    assert.match(said, new RegExp(`'${path}'[^]*?pipeline\\.yaml:${line}:`), said);
  }
});
