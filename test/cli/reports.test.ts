// What `status` and `why` say of one project, in words and as JSON: states and reasons.
import assert from 'node:assert/strict';
import { chmodSync, existsSync, statSync } from 'node:fs';
import { test } from 'node:test';
import { makeHere } from './here.ts';
import { project, changed } from './reports-project.ts';

test('status and why: every state with its reasons, and the exit code of --check', async (t) => {
  const before = await project(t);
  assert.equal(
    await before.out(1, 'status', '--check'),
    'cold: frozen; out missing: cold.txt\nnever: new\n\n2 stale, 3 fresh\n',
  );
  assert.match(
    await before.out(0, 'status', '-v', '--check', 'train@1'),
    /^prep: fresh\ntrain@1: fresh\n\nData and pipelines are up to date\. 2 fresh\n$/,
  );
  assert.equal(await before.out(0, 'status', '-q'), '');
  const declared = before.read('pipeline.yaml');
  before.write('pipeline.yaml', declared.slice(0, declared.indexOf('  train:')));
  assert.equal(
    await before.out(1, 'status', '--check'),
    'train: 2 no longer declared\n\n1 fresh, 2 no longer declared\n',
  );
  const gone = JSON.parse(await before.out(0, 'status', '--json')) as Readonly<Record<string, unknown>>;
  assert.deepEqual(
    [gone['counts'], gone['vanished']],
    [
      { fresh: 1, stale: 0, blocked: 0, vanished: 2 },
      ['2', '1'].map((lr) => ({ name: `train@${lr}`, paths: [`w-${lr}.bin`, `m-${lr}.json`] })),
    ],
  );
  // Until a run takes what they made, it can be restored.
  assert.match(await before.out(0, 'gc', '-w', '--dry'), /^Would remove 0 objects /m);
  const { out, json, err, write, read } = await changed(t);
  assert.equal(
    await out(0, 'status'),
    `prep: deps: raw.csv modified
train: all 2 deps: raw.csv modified; params: size 1 → 2; wait for prep
cold: frozen; out missing: cold.txt
never: new

3 stale, 2 blocked, 0 fresh
`,
  );
  const { counts, stages, run, updates } = (await json('status')) as {
    readonly stages: readonly Readonly<Record<string, unknown>>[];
  } & Readonly<Record<string, unknown>>;
  assert.deepEqual([counts, run, updates], [{ fresh: 0, stale: 3, blocked: 2, vanished: 0 }, null, []]);
  assert.deepEqual(
    stages.map(({ name, state, decision, waits_for }) => [name, state, decision, waits_for]),
    [
      ['prep', 'stale', 'run', undefined],
      ['train@2', 'blocked', 'blocked', ['prep']],
      ['train@1', 'blocked', 'blocked', ['prep']],
      ['cold', 'stale', 'frozen', undefined],
      ['never', 'stale', 'run', undefined],
    ],
  );
  assert.deepEqual((stages[1]!['reasons'] as readonly unknown[])[1], {
    kind: 'param',
    key: ['params.yaml', 'size'],
    status: 'modified',
    old: 1,
    new: 2,
    text: 'params: size 1 → 2',
  });
  const why = await out(0, 'why', 'train@2');
  assert.equal(
    why.replace(/last ran \d{4}-\d\d-\d\d \d\d:\d\d in [\d.]+ m?s/, 'last ran WHEN'),
    `train@2 is blocked: what it reads is made by stages that are stale themselves.

  = cmd    echo "trained 2"; printf 200 > w-2.bin; echo "{\\"loss\\": 2.25}" > m-2.json
  = wdir   .
  ? dep    d/one                 to be made by prep
  ≠ dep    raw.csv               911169ddaa → a3a5e715f0
  ≠ param  params.yaml:size      1 → 2
  = param  params.yaml:opt.deep  0.5
  = out    m-2.json
  = out    w-2.bin

what comes before it:
  prep: deps: raw.csv modified

last ran WHEN, because: new
`,
  );
  const { fields, upstream, recorded, last } = (await json('why', 'train@1')) as {
    readonly fields: readonly Readonly<Record<string, unknown>>[];
    readonly upstream: readonly { readonly name: string }[];
    readonly last: { readonly what: string; readonly why: string };
  } & Readonly<Record<string, unknown>>;
  assert.deepEqual(
    [recorded, last.what, last.why, upstream.map(({ name }) => name)],
    [true, 'ran', 'new', ['prep']],
  );
  assert.deepEqual(
    fields.map(({ kind, key, changed: is, made_by }) => [kind, (key as string[]).join(':'), is, made_by]),
    [
      ['cmd', '', false, undefined],
      ['wdir', '', false, undefined],
      ['dep', 'd/one', true, ['prep']],
      ['dep', 'raw.csv', true, []],
      ['param', 'params.yaml:size', true, undefined],
      ['param', 'params.yaml:opt.deep', false, undefined],
      ['out', 'm-1.json', false, undefined],
      ['out', 'w-1.bin', false, undefined],
    ],
  );
  assert.match(await err(1, 'why', 'train'), /'train' names 2 stages; [^]*stages {2}train@2, train@1\n/);
  write('pipeline.yaml', read('pipeline.yaml').replace('outs: [d]', 'outs: [d]\n    frozen: true'));
  assert.match(await out(0, 'why', 'train@2'), /≠ dep +d\/one +\w+ → /, 'a frozen stage makes nothing');
});

test('why names all stages that are to make what is read, whichever comes first', async (t) => {
  const { json } = makeHere(t, {
    'pipeline.yaml': `stages:
  a: {cmd: mkdir -p d; echo > d/x, outs: [d/x]}
  b: {cmd: mkdir -p d; echo > d/y, outs: [d/y]}
  c: {cmd: echo > e, outs: [e]}
  read: {cmd: cat d/* e, deps: [d, e]}
`,
  });
  const { fields } = (await json('why', 'read')) as {
    readonly fields: readonly { readonly kind: string; readonly made_by?: readonly string[] }[];
  };
  assert.deepEqual(
    fields.flatMap(({ kind, made_by }) => (kind === 'dep' ? [made_by] : [])),
    [['a', 'b'], ['c']],
  );
});

test('what a frozen stage depends on does not run for it', async (t) => {
  const { out, path } = makeHere(t, {
    'pipeline.yaml':
      'stages:\n  a: {cmd: echo > a, outs: [a]}\n  b: {cmd: cp a b, deps: [a], outs: [b], frozen: true}\n',
    b: '',
  });
  await out(0, 'repro', '-q', 'b');
  assert.ok(!existsSync(path('a')));
  assert.equal(await out(0, 'repro', '--dry', 'b'), 'Everything is up to date. 1 fresh\n');
});

test('inputs that are not as recorded; outputs that are recorded, restored and lost', async (t) => {
  const { out, json, err, write, read, remove, path } = await changed(t);
  assert.equal(
    await out(1, 'verify', '--inputs'),
    `changed: raw.csv (read by prep, train@2, train@1)
changed: d/one (read by train@2, train@1)
2 inputs (8 B) hashed; 2 not as recorded.
\`pipe status\` says what is stale.
`,
  );
  assert.deepEqual(await json('stage', 'list', 'none').catch(() => 'refused'), 'refused');
  write('raw.csv', 'a\nb\n');
  chmodSync(path('raw.csv'), 0o755);
  assert.match(
    await out(1, 'verify', '--inputs'),
    /^changed: raw\.csv .*\n.*\n2 inputs .*; 2 not/,
    'its mode',
  );
  chmodSync(path('raw.csv'), 0o644);
  const { stdout } = await (await changed(t)).both(1, 'verify', '--inputs', '--json');
  assert.deepEqual((JSON.parse(stdout) as { differing: unknown[] }).differing[1], {
    path: 'd/one',
    state: 'changed',
    readers: ['train@2', 'train@1'],
  });
  assert.match(
    await err(1, 'commit', 'prep'),
    /'prep' differs from its record\n[^]*differs {2}out modified: d\n/,
  );
  const apart = await changed(t);
  assert.equal(await apart.out(0, 'commit', '-f', 'train@1'), 'Recorded: train@1\n', 'and not what it reads');
  assert.equal(await out(0, 'commit', '-f', 'prep'), 'Recorded: prep\n');
  assert.match(
    await err(1, 'commit'),
    /^error\S* 'train@2' differs from its record\n[^]*error\S* 'train@1' differs from its record\n/,
  );
  assert.equal(await out(0, 'commit', 'prep'), 'Nothing to record: the workspace matches the lock file.\n');
  for (const name of ['w-1.bin', 'w-2.bin']) write(name, 'mine');
  assert.match(
    await err(1, 'checkout'),
    /'w-2\.bin' of 'train@2' was changed by hand[^]*'w-1\.bin' of 'train@1' was changed by hand/,
  );
  assert.equal(read('w-1.bin'), 'mine');
  remove('w-2.bin');
  assert.match(
    await out(0, 'checkout', '-f'),
    /^saved\tw-1\.bin\tno stage made it: `pipe cache restore \w+ w-1\.bin\.saved` brings it back \(90 days\)\nA\tw-2\.bin\nM\tw-1\.bin\n$/,
  );
  assert.deepEqual([read('w-1.bin'), read('w-2.bin'), read('d/one')], ['100', '200', 'edited']);
  remove('d');
  assert.deepEqual(await json('checkout', 'd'), {
    checkout: [{ what: 'added', path: 'd', stage: 'prep' }],
    saved: [],
    missing: [],
  });
  assert.equal(await out(0, 'checkout'), 'Everything is as the lock file records it.\n');
  remove('d/one');
  assert.equal(await out(0, 'checkout'), 'M\td\n', 'a folder of which the cache has all that is left');
  chmodSync(path('w-1.bin'), 0o755);
  assert.equal(await out(0, 'checkout'), 'M\tw-1.bin\n');
  assert.equal(statSync(path('w-1.bin')).mode & 0o100, 0);
  const raw = read('raw.csv');
  remove('raw.csv');
  assert.match(await err(1, 'commit', '-f', 'prep'), /dep-missing/);
  write('raw.csv', raw);
  // Nothing names the first list of `d` any more.
  const dry = (await json('gc', '-w', '--dry')) as { readonly removed: readonly { readonly kind: string }[] };
  assert.match(
    await out(0, 'gc', '-w', '--dry'),
    /^record +127 B {2}runs\/\S+ \(in part\)\nobject +125 B {2}objects\/\S+\.dir\nWould remove 1 object \(125 B\), 1 result of earlier runs \(127 B\), 0 leftovers \(0 B\) and 0 saved outputs \(0 B\): 252 B\.\nKept 7 objects: 171 B\.\n$/,
  );
  const both = (await json('gc', '--keep', '1w', '--max-size', '1', '--dry')) as typeof dry;
  assert.ok(
    both.removed.some(({ kind }) => kind === 'object'),
    'too large, however young',
  );
  const now = (await json('gc', '--keep', '0m', '--dry')) as typeof dry;
  assert.ok(
    now.removed.some(({ kind }) => kind === 'object'),
    'of no age at all',
  );
  assert.ok(existsSync(path('cache/objects')));
  const kept = (await json('gc', '-w')) as typeof dry & { readonly bytes: number; readonly kept: unknown };
  for (const { removed } of [dry, kept])
    assert.deepEqual(
      removed.map(({ kind }) => kind),
      ['record', 'object'],
    );
  assert.deepEqual([kept.bytes, kept.kept], [252, { objects: 7, bytes: 171 }]);
  remove('cache/objects');
  remove('w-1.bin');
  assert.match(
    await err(1, 'checkout', 'train@1'),
    /^error.*the cache does not have the recorded output 'w-1\.bin' of 'train@1'/,
  );
  assert.match(await err(0, 'checkout', 'train@1', '--allow-missing'), /^warning.*the cache does not have/);
});
