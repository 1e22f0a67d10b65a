import assert from 'node:assert/strict';
import test from 'node:test';
import { noOverlay } from '../../src/pipeline/pipeline.ts';
import type { Change, Decision, Field, Reason } from '../../src/plan/plan.ts';
import { whyText, type StageStatus, type WhyStory } from '../../src/show/show.ts';
import { address, makeStage } from './stages.ts';

const train = makeStage('train@1', { deps: ['data', 'train.ts'], outs: ['model'] });

function story(
  decision: Decision,
  more: Partial<WhyStory> & { before?: readonly StageStatus[] } = {},
): WhyStory {
  const { before = [], ...rest } = more;
  return {
    stage: train,
    decision,
    current: [
      { kind: 'cmd', key: [], value: 'node train.ts --epochs 40' },
      { kind: 'wdir', key: [], value: '.' },
      { kind: 'dep', key: ['data'], value: `${'a1'.repeat(16)}.dir` },
      { kind: 'dep', key: ['train.ts'], value: 'b2'.repeat(32) },
      { kind: 'param', key: ['params.yaml', 'lr'], value: 0.1 },
      { kind: 'out', key: ['model'], value: null },
    ] satisfies Field[],
    changes: [],
    makers: new Map(),
    report: {
      stages: [...before, { stage: train, decision }],
      vanished: [],
      overlay: { last: noOverlay, now: noOverlay },
    },
    ...rest,
  };
}

const changes: readonly Change[] = [
  {
    kind: 'cmd',
    key: [],
    status: 'modified',
    old: 'node train.ts --epochs 50',
    new: 'node train.ts --epochs 40',
  },
  { kind: 'dep', key: ['train.ts'], status: 'modified', old: 'c3'.repeat(32), new: 'b2'.repeat(32) },
  { kind: 'param', key: ['params.yaml', 'lr'], status: 'modified', old: 1n, new: 0.1 },
  { kind: 'dep', key: ['old.csv'], status: 'removed', old: 'd4'.repeat(32) },
];
const asReasons = changes.map((change): Reason => ({ kind: 'changed', change }));

test('every field, what changed and what did not, and the last run', () => {
  const last = {
    run: 'r',
    stage: address('train@1'),
    time: '2026-11-24T09:32:10.000Z',
    what: 'ran',
    seconds: 12.3,
    why: 'new',
  } as const;
  assert.equal(
    whyText(story({ kind: 'run', reasons: asReasons }, { changes, last }), { colour: false, zone: 'UTC' }),
    `train@1 is stale: it will run.

  ≠ cmd    --epochs 50 → 40
  = wdir   .
  = dep    data            a1a1a1a1a1 (folder)
  ≠ dep    train.ts        c3c3c3c3c3 → b2b2b2b2b2
  ≠ param  params.yaml:lr  1 → 0.1
  = out    model
  ≠ dep    old.csv         d4d4d4d4d4 → no longer declared

last ran 2026-11-24 09:32 in 12 s, because: new
`,
  );
});

test('a stage that waits: what cannot be judged yet, and the chain of causes', () => {
  const prep = makeStage('prep');
  const split = makeStage('split');
  const before: StageStatus[] = [
    { stage: prep, decision: { kind: 'run', reasons: [asReasons[0]!] } },
    { stage: split, decision: { kind: 'blocked', on: [prep.address], reasons: [] } },
  ];
  assert.equal(
    whyText(
      story(
        { kind: 'blocked', on: [split.address, prep.address], reasons: [] },
        { before, makers: new Map([['data', [split]]]) },
      ),
      { colour: false },
    ),
    `train@1 is blocked: what it reads is made by stages that are stale themselves.

  = cmd    node train.ts --epochs 40
  = wdir   .
  ? dep    data            to be made by split
  = dep    train.ts        b2b2b2b2b2
  = param  params.yaml:lr  0.1
  = out    model

what comes before it:
  split: waits
    prep: cmd: --epochs 50 → 40
`,
  );
});

test('causes of all members of a group, each once; files only where something differs', () => {
  const [prep, more, one, two, three] = ['prep', 'more', 'split@1', 'split@2', 'split@3'].map((name) =>
    makeStage(name),
  );
  const last = makeStage('last');
  const stale: Decision = { kind: 'run', reasons: [asReasons[0]!] };
  const wait = (...on: readonly (typeof train)[]): Decision => ({
    kind: 'blocked',
    on: on.map(({ address: name }) => name),
    reasons: [],
  });
  const before: StageStatus[] = [
    { stage: prep!, decision: stale },
    { stage: more!, decision: { kind: 'run', reasons: [{ kind: 'new' }] } },
    { stage: one!, decision: wait(prep!) },
    { stage: two!, decision: wait(prep!, more!) },
    { stage: three!, decision: { kind: 'run', reasons: [{ kind: 'new' }] } },
    { stage: last, decision: wait(prep!) },
  ];
  const decision = wait(one!, two!, three!, last);
  const explained = story(decision, {
    before,
    current: [
      { kind: 'dep', key: ['data'], value: 'a1'.repeat(32) },
      { kind: 'mode', key: ['data'], value: true },
      { kind: 'links', key: ['data'], value: 'b2'.repeat(32) },
      { kind: 'dep', key: ['same'], value: 'c3'.repeat(32) },
    ] as Field[],
    makers: new Map([['data', [one!, two!]]]),
  });
  const folders = new Map([
    [train.address, new Map([['same', [{ path: 'x', status: 'modified' as const }]]])],
  ]);
  assert.equal(
    whyText({ ...explained, report: { ...explained.report, folders } }, { colour: false }),
    `train@1 is blocked: what it reads is made by stages that are stale themselves.

  ? dep    data  to be made by split (2)
  ? mode   data  to be made by split (2)
  ? links  data  to be made by split (2)
  = dep    same  c3c3c3c3c3

what comes before it:
  split (2): waits
    prep: cmd: --epochs 50 → 40
    more: new
  split@3: new
  last: waits
`,
  );
});

test('a new stage, a lost output, a stage that runs every time', () => {
  const lines = (decision: Decision, more: Partial<WhyStory> = {}): string[] =>
    whyText(story(decision, more), { colour: false }).split('\n');
  const first = lines({ kind: 'run', reasons: [{ kind: 'new' }] }, { changes: undefined });
  assert.equal(first[0], 'train@1 is stale: it will run, because no result of it is recorded.');
  assert.equal(first[2], '  + cmd    node train.ts --epochs 40');

  const lost = lines({
    kind: 'restore',
    reasons: [{ kind: 'out-missing', path: 'model' }],
    outs: [],
    from: 'lock',
  });
  assert.equal(
    lost[0],
    'train@1 is stale: its outputs will be restored from the cache; it does not have to run.',
  );
  assert.ok(lost.includes('  ≠ out    model           missing'));

  const dropped = lines({ kind: 'run', reasons: [{ kind: 'out-not-in-cache', path: 'model' }] });
  assert.ok(dropped.includes('  ≠ out    model           not in cache'));

  const always = lines(
    { kind: 'run', reasons: [{ kind: 'always-changed' }] },
    { stage: { ...train, alwaysChanged: true } },
  );
  assert.ok(always.includes('  ≠ always  always_changed: true'));
  // By what it is, without being declared so, and because somebody asked for it.
  const others = lines({ kind: 'run', reasons: [{ kind: 'always-changed' }, { kind: 'forced' }] });
  assert.ok(others.includes('  ≠ always  a command without deps and outs runs every time'));
  assert.ok(others.includes('  ≠ forced  asked for'), others.join('\n'));
  const gone: readonly Change[] = [
    { kind: 'param', key: ['params.yaml', 'old'], status: 'removed', old: 3n },
    { kind: 'out', key: ['model'], status: 'added' },
  ];
  const reasons = gone.map((change): Reason => ({ kind: 'changed', change }));
  const changed = lines({ kind: 'run', reasons }, { changes: gone });
  assert.deepEqual(
    changed.filter((line) => line.includes('≠')),
    ['  ≠ out    model            newly declared', '  ≠ param  params.yaml:old  3 → no longer declared'],
  );
});

test('a fresh stage shows what it was judged by', () => {
  assert.match(
    whyText(story({ kind: 'fresh' }), { colour: false }),
    /^train@1 is fresh: .*\n\n {2}= cmd {4}node train\.ts --epochs 40\n/,
  );
});

test('of thousands of causes the nearest, and those with reasons of their own', () => {
  const count = 20_000;
  const first = makeStage('s0', { deps: ['data'] });
  const reasons: readonly Reason[] = [
    { kind: 'changed', change: { kind: 'dep', key: ['data'], status: 'modified' } },
  ];
  const before: StageStatus[] = [{ stage: first, decision: { kind: 'run', reasons } }];
  for (let n = 1; n < count; n += 1)
    before.push({
      stage: makeStage(`s${n}`),
      decision: { kind: 'blocked', on: [address(`s${n - 1}`)], reasons: [] },
    });
  const decision: Decision = { kind: 'blocked', on: [address(`s${count - 1}`)], reasons: [] };
  const lines = whyText(story(decision, { before }), { colour: false }).trimEnd().split('\n');
  const causes = lines.slice(lines.indexOf('what comes before it:') + 1);
  assert.equal(causes[0], '  s19999: waits');
  assert.equal(causes[9], `${'  '.repeat(8)}s19990: waits`);
  assert.deepEqual(causes.slice(10), ['  … 19989 more', `${'  '.repeat(8)}s0: deps: data modified`]);
});
