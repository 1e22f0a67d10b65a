// What commands say of runs and results, in words and as JSON: sizes, logs, places, what is saved and removed.
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { appendFileSync, existsSync, readdirSync, statSync } from 'node:fs';
import { test } from 'node:test';
import { patchFs } from '../patched-fs.ts';
import { makeHere } from './here.ts';
import { project, changed } from './reports-project.ts';

test('what a run would do, did, and said', async (t) => {
  const { out, json, err } = await changed(t);
  assert.equal(
    await out(0, 'repro', '--dry'),
    `run      never    new
run      prep     deps: raw.csv modified
perhaps  train@2  deps: raw.csv modified; params: size 1 → 2  waits for prep
perhaps  train@1  deps: raw.csv modified; params: size 1 → 2  waits for prep
frozen   cold     out missing: cold.txt
2 to run, 2 that depend on their outputs, 1 frozen but stale
`,
  );
  assert.equal(
    await out(0, 'repro', '--dry', 'cold'),
    'frozen   cold  out missing: cold.txt\n1 frozen but stale\n',
  );
  assert.match(
    await out(0, 'repro', 'train@1'),
    /^saved {4}d {8}no stage made it: `pipe cache restore \w+ d\.saved` brings it back \(90 days\)\n[^]*\n2 ran, /,
  );
  const history = (await out(0, 'history')).split('\n');
  assert.match(history[0]!, /^\d{4}-\d\d-\d\d \d\d:\d\d {2}\S+ m?s {2}3 ran$/);
  assert.match(history[2]!, /^ {2}ran {6}train ×2 +\S+ m?s {2}new$/);
  assert.match(history[4]!, / {2}2 ran$/);
  assert.match(
    history[6]!,
    /^ {2}ran {6}train@1 +\S+ m?s {2}deps: d\/one modified; deps: raw\.csv modified; params: size 1 → 2$/,
  );
  const last = (await out(0, 'history', '--last', '1', '--json')).trimEnd().split('\n');
  assert.deepEqual(
    last.map((line) => (JSON.parse(line) as { readonly stage: string }).stage),
    ['prep', 'train@1'],
  );
  const { last: latest } = (await json('why', 'train@1')) as { readonly last: { readonly why: string } };
  assert.match(latest.why, /raw\.csv modified/);
  assert.equal(await out(0, 'logs', 'train'), 'train@2 | trained 2\ntrain@1 | trained 1\n');
  assert.equal(await out(0, 'logs', 'prep'), 'prepared c\n');
  assert.equal(await out(0, 'logs', 'prep', '--json'), '{"stage":"prep","line":"prepared c"}\n');
  assert.match(await err(1, 'logs', 'never'), /there is no log of 'never'/);
  // What came between the last look and the end of the run is not lost.
  const restoreStats = patchFs(
    t,
    'statSync',
    (real) =>
      ((file: string, ...more: []) => {
        const stats = real(file, ...more);
        if (file.endsWith('.log') && stats.size === 11) appendFileSync(file, 'the last line\n');
        return stats;
      }) as typeof real,
  );
  assert.equal(await out(0, 'logs', 'prep', '--follow'), 'prepared c\nthe last line\n');
  restoreStats();
  // What was saved is put back beside what replaced it, and never over it.
  const [{ id, ...saved }] = (await json('cache', 'saved')) as [Readonly<Record<string, unknown>>];
  assert.deepEqual([saved['path'], saved['stage'], saved['files'], saved['size']], ['d', 'prep', 1, 6]);
  assert.match(
    await out(0, 'cache', 'saved'),
    new RegExp(`^${String(id)}  \\S+ +6 B  d  replaced by prep\n$`),
  );
  assert.match(await err(1, 'cache', 'restore', String(id)), /'d' exists, and is not replaced/);
  assert.match(await err(1, 'cache', 'restore', 'other', 'x'), /no saved output has the id 'other'/);
  assert.equal(await out(0, 'cache', 'restore', String(id), 'back'), 'Put back: back\n');
});

test('a dry run names all that a run would remove, and runs with --force what is fresh', async (t) => {
  const { out, write } = makeHere(t, {
    'pipeline.yaml': 'stages: {a: {cmd: echo > x; echo > y, outs: [x, y]}, b: {cmd: echo > z, outs: [z]}}\n',
  });
  await out(0, 'repro', '-q');
  assert.match(await out(0, 'repro', '--dry', '-f', 'b'), /^run +b +forced\n1 to run\n$/);
  write('pipeline.yaml', 'stages: {b: {cmd: echo > z, outs: [z]}}\n');
  assert.match(
    await out(0, 'repro', '--dry'),
    /^remove +x +a no longer declares it\nremove +y +a no longer declares it\n/,
  );
});

test('outputs of a stage in a folder of its own have their results', async (t) => {
  const files = {
    'pipeline.yaml': 'stages:\n  s: {cmd: printf 12 > o, wdir: sub, outs: [o]}\n',
    'sub/in': '',
  };
  const { at, out } = makeHere(t, files);
  await out(0, 'repro', '-q');
  assert.equal(await out(0, 'results'), 's\n  output   sub/o  2 B\n');
  assert.equal(await at('sub').out(0, 'results', 'o'), 's\n  output   sub/o  2 B\n');
});

test('results of a stage that reads a mapping and a key of it, before or after, are all of the mapping', async (t) => {
  const { json, out } = makeHere(t, {
    'pipeline.yaml': `stages:
  s: {cmd: 'true', params: [net, net.depth, a.b.c, a.b]}
`,
    'params.yaml': 'net: {depth: 3, width: 7}\na: {b: {c: 1, d: 2}, e: 3}\n',
  });
  await out(0, 'repro', '-q');
  const [{ params }] = (await json('results')) as [{ readonly params: unknown }];
  assert.deepEqual(params, { 'params.yaml': { net: { depth: 3, width: 7 }, a: { b: { c: 1, d: 2 } } } });
});

test('results, sizes, places of files and the cache', async (t) => {
  const { out, both, json, err, path, read, remove, write, root } = await project(t);
  assert.equal(
    await out(0, 'results', 'prep', 'train@2', 'cold'),
    `prep
  output   d/  4 B
train@2
  params   params.yaml  {"size":1,"opt":{"deep":0.5}}
  metrics  m-2.json     {"loss":2.25}
  output   w-2.bin      3 B
  output   m-2.json     15 B
cold (no recorded result)
  output   cold.txt
`,
  );
  const digests = readdirSync(path('cache/objects/sha256'), { recursive: true })
    .map(String)
    .filter((name) => name.includes('/'))
    .map((name) => name.replace('/', ''));
  const [result] = (await json('results', 'train@2')) as [
    { readonly outs: readonly Readonly<Record<'path' | 'size' | 'folder' | 'digest', string>>[] },
  ];
  assert.ok(result.outs.every(({ digest }) => digests.includes(digest)));
  assert.deepEqual(
    { ...result, outs: result.outs.map(({ path, size, folder }) => ({ path, size, folder })) },
    {
      stage: 'train@2',
      recorded: true,
      params: { 'params.yaml': { size: 1, opt: { deep: 0.5 } } },
      metrics: { 'm-2.json': { loss: 2.25 } },
      outs: [
        { path: 'w-2.bin', size: 3, folder: false },
        { path: 'm-2.json', size: 15, folder: false },
      ],
    },
  );
  assert.equal(
    await out(0, 'du'),
    '       4 B  d/ (1 file)\n      15 B  m-1.json\n      15 B  m-2.json\n       3 B  w-1.bin\n       3 B  w-2.bin\n      40 B  total\n',
  );
  assert.deepEqual(await json('du', '-s'), { entries: [], bytes: 40 });
  const { entries, bytes } = (await json('du', '.', '.')) as { entries: readonly object[]; bytes: number };
  assert.deepEqual([entries.length, bytes], [5, 40], 'each output once');
  assert.deepEqual(await json('du', 'd'), { entries: [{ path: 'd/one', bytes: 4 }], bytes: 4 });
  assert.equal(await out(0, 'du', '-s', 'd'), '       4 B  d\n');
  assert.deepEqual(await json('cache', 'size'), { objects: 6, bytes: 165 });
  assert.equal(await out(0, 'cache', 'size'), '6 objects, 165 B\n');
  const list = (await out(0, 'cache', 'list')).trimEnd().split('\n');
  assert.deepEqual(
    list.map((line) => line.split(/ +/)[1]),
    ['125', '15', '15', '4', '3', '3'],
    'largest first',
  );
  assert.match(list[0]!, /^[0-9a-f]{64}\.dir +125 {2}\d{4}-\d\d-\d\dT/);
  assert.equal(await out(0, 'cache', 'path'), `${root}/cache\n`);
  assert.equal(await out(0, 'locate', 'd/one'), `${root}/d/one\n`);
  assert.equal(await out(0, 'locate', 'train@1:w-1.bin'), `${root}/w-1.bin\n`);
  remove('d');
  assert.equal(await out(0, 'results', 'prep'), 'prep\n  output   d/  4 B\n');
  const located = (await json('locate', 'd/one')) as Readonly<Record<string, string>>;
  assert.deepEqual([located['source'], located['path'], located['algorithm']], ['cache', 'd/one', 'sha256']);
  assert.equal(read(located['file']!.slice(root.length + 1)), 'a\nb\n');
  for (const [name, why] of [
    ['train@2', /train@2 has 2 outputs\n {2}help: name one: train@2:w-2\.bin, train@2:m-2\.json/],
    ['prep', /d is a folder/],
    ['cache', /cache is a folder/],
    ['none', /none does not exist/],
  ] as const)
    assert.match(await err(1, 'locate', name), why);
  // Nothing is damaged; then one object is.
  assert.deepEqual(await json('verify'), { objects: 6, bytes: 165, damaged: [] });
  const object = located['file']!.slice(root.length + 1);
  remove(object);
  write(object, 'wrong');
  const broken = await both(1, 'verify', '--all', '--json');
  assert.deepEqual(JSON.parse(broken.stdout), { objects: 6, bytes: 166, damaged: [located['digest']] });
  write(object, 'wrong');
  assert.equal(
    await out(1, 'verify'),
    `damaged: ${located['digest']!}
6 objects (166 B) hashed; 1 damaged and set aside.
The stages that made them run again with the next \`pipe repro\`.
`,
  );
  assert.ok(!existsSync(path(object)));
  assert.match(await err(1, 'locate', 'd/one'), /d\/one is not in the cache/);
  const whole = read('m-1.json');
  write('m-1.json', '{');
  const damaged = await both(0, 'results', 'train', '--json');
  assert.match(damaged.stderr, /m-1\.json/);
  assert.deepEqual(
    (JSON.parse(damaged.stdout) as readonly { readonly metrics: object }[]).map(({ metrics }) => metrics),
    [{ 'm-2.json': { loss: 2.25 } }, {}],
    'one that cannot be read hides no other',
  );
  write('m-1.json', whole);
  const nested = makeHere(t, {
    'pipeline.yaml': 'stages: {s: {wdir: sub, cmd: x, outs: [o, p]}, q: {cmd: x, outs: [o, q]}}\n',
    'in/pipeline.yaml': 'stages: {r: {cmd: x, outs: [o, p]}}\n',
    'in/o': '',
    'sub/o': '',
    q: '',
  });
  assert.equal(await nested.out(0, 'locate', 's:o'), `${nested.root}/sub/o\n`);
  assert.equal(await nested.out(0, 'locate', 'in/pipeline.yaml:r:o'), `${nested.root}/in/o\n`);
  assert.equal(await nested.out(0, 'locate', 'q'), `${nested.root}/q\n`, 'the output, not its stage');
});

test('gc as JSON lists everything, however much it is', async (t) => {
  const { out, json, write } = makeHere(t, {
    'pipeline.yaml':
      'stages: {s: {cmd: mkdir d && for n in $(seq 25); do echo $n > d/$n; done, outs: [d]}}\n',
  });
  await out(0, 'repro', '-q');
  write('pipeline.yaml', 'stages: {}\n');
  await out(0, 'repro', '-q');
  for (const name of ['one', 'two']) write(`cache/runs/ab/${name}`, 'of a later version');
  const { removed, unreadable } = (await json('gc', '-w', '--dry')) as {
    readonly removed: readonly { readonly kind: string }[];
    readonly unreadable: readonly string[];
  };
  assert.equal(removed.filter(({ kind }) => kind === 'object').length, 26);
  assert.deepEqual(unreadable.map((path) => path.replace(/^.*\//, '')).toSorted(), ['one', 'two']);
  assert.match(await out(0, 'gc', '-w', '--dry'), /^… and \d more \(-v lists them all\)$/m);
});

test('verify hashes the files of folders too', async (t) => {
  const { out, read, write, path, remove } = makeHere(t, {
    'pipeline.yaml': 'data: [{path: raw}]\n',
    'raw/a': 'a\n',
    'raw/b': 'b\n',
  });
  await out(0, 'commit', '-q');
  assert.match(await out(0, 'verify'), /^3 objects \(/);
  const objects = 'cache/objects/sha256';
  const of = (text: string): string =>
    readdirSync(path(objects), { recursive: true })
      .map((name) => `${objects}/${String(name)}`)
      .find((name) => statSync(path(name)).isFile() && read(name) === text)!;
  const damaged = of('b\n');
  remove(damaged);
  write(damaged, 'B\n');
  assert.match(await out(1, 'verify'), /^damaged: [^]*1 damaged and set aside/);
  // What nothing records any more is looked at where all is.
  for (const text of ['c\n', 'd\n']) {
    write('raw/b', text);
    await out(0, 'commit', '-q');
  }
  const lost = of('c\n');
  remove(lost);
  write(lost, 'C\n');
  await out(0, 'verify');
  const needed = of('d\n');
  remove(needed);
  write(needed, 'D\n');
  const { damaged: both } = JSON.parse(await out(1, 'verify', '--all', '--json')) as Record<string, unknown>;
  assert.deepEqual(
    (both as string[]).toSorted(),
    ['c\n', 'd\n'].map((text) => hash('sha256', text)).toSorted(),
  );
});
