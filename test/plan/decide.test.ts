// What becomes of a stage of a project of our own, from what is recorded, there and stored.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Content, Digest } from '../../src/hash/hash.ts';
import type { LockEntry } from '../../src/lock/lock.ts';
import { ownRules } from '../../src/own/own.ts';
import type { Stage } from '../../src/pipeline/pipeline.ts';
import {
  decide,
  hasReusableResult,
  isFresh,
  isRestorable,
  keepsBytes,
  lockEntry,
  lookupFor,
  type Decision,
  type Inputs,
  type Lookup,
} from '../../src/plan/plan.ts';
import { at, makeOut, makeStage } from '../show/stages.ts';

const content = (digest: string, more: Partial<Content> = {}): Content => ({
  digest: digest as Digest,
  size: 1,
  ...more,
});

const stage = makeStage('s', { deps: ['in'], outs: ['a', 'b'] });
const [a, b] = [
  { path: 'a', content: content('a') },
  { path: 'b', content: content('b', { isexec: true }) },
];
const entry: LockEntry = {
  cmd: 'make s',
  wdir: '.',
  env: {},
  deps: [{ path: 'in', content: content('1') }],
  params: new Map(),
  outs: [a, b],
};
const inputs: Inputs = { ...entry, outs: ['a', 'b'] };

interface Situation {
  readonly stage?: Stage;
  readonly entry?: LockEntry | undefined;
  readonly inputs?: Inputs;
  /** What is in the workspace. */
  readonly outs?: readonly (Content | undefined)[];
  /** Digests that the cache lacks. */
  readonly lacks?: readonly string[];
  readonly earlier?: LockEntry['outs'];
  readonly force?: boolean;
}

function decideIn(situation: Situation): Promise<Decision> {
  const lookup: Lookup = {
    outs: () => Promise.resolve(situation.outs ?? [a.content, b.content]),
    stored: (outs) => outs.every((out) => !situation.lacks?.includes(out.content.digest)),
    earlierRun: () => situation.earlier,
  };
  const recorded = 'entry' in situation ? situation.entry : entry;
  return decide(situation.stage ?? stage, recorded, situation.inputs ?? inputs, lookup, {
    force: situation.force ?? false,
    rules: ownRules,
  });
}

const shown = (decision: Decision): string =>
  [
    decision.kind,
    ...('from' in decision ? [`from ${decision.from}`] : []),
    ...('reasons' in decision
      ? decision.reasons.map((reason) => `${reason.kind}${'path' in reason ? ` ${reason.path}` : ''}`)
      : []),
  ].join(', ');

const changed: Inputs = { ...inputs, cmd: 'make other' };
const plain = content('b');
for (const [what, situation, expected] of [
  ['everything is as recorded', {}, 'fresh'],
  ['it is forced', { force: true }, 'run, forced'],
  ['it always runs', { stage: { ...stage, alwaysChanged: true } }, 'run, always-changed'],
  ['it reads and writes nothing', { stage: makeStage('s') }, 'run, always-changed'],
  [
    'it reads parameters only',
    { stage: { ...makeStage('s'), params: [{ file: 'p.yaml', at: at('p.yaml'), keys: ['n'] }] }, outs: [] },
    'fresh',
  ],
  ['it only writes', { stage: makeStage('s', { outs: ['a', 'b'] }) }, 'fresh'],
  ['it is frozen, whatever changed', { stage: { ...stage, frozen: true }, inputs: changed }, 'frozen'],
  ['it is frozen, and all are forced', { stage: { ...stage, frozen: true }, force: true }, 'frozen'],
  [
    'it is frozen and has lost an output',
    { stage: { ...stage, frozen: true }, outs: [undefined, b.content] },
    'frozen, out-missing a',
  ],
  ['it never ran', { entry: undefined }, 'run, new'],
  ['another lock file has its result', { entry: undefined, earlier: [a, b] }, 'restore, from run cache, new'],
  ['an input changed', { inputs: changed }, 'run, changed'],
  ['an input went back', { inputs: changed, earlier: [a, b] }, 'restore, from run cache, changed'],
  ['an output is gone', { outs: [undefined, b.content] }, 'restore, from lock, out-missing a'],
  ['an output changed', { outs: [content('x'), b.content] }, 'restore, from lock, out-modified a'],
  ['the bit of an output went', { outs: [a.content, plain] }, 'restore, from lock, out-modified b'],
  [
    'an output got the bit',
    { outs: [content('a', { isexec: true }), b.content] },
    'restore, from lock, out-modified a',
  ],
  ['the cache lacks what is gone', { outs: [undefined, b.content], lacks: ['a'] }, 'run, out-missing a'],
  [
    'the cache lacks one of what is gone',
    { outs: [undefined, undefined], lacks: ['b'] },
    'run, out-missing a, out-missing b',
  ],
  [
    'the cache lacks what is in place',
    { outs: [undefined, b.content], lacks: ['b'] },
    'restore, from lock, out-missing a',
  ],
  ['everything is in place and nothing in the cache', { lacks: ['a', 'b'] }, 'fresh'],
  [
    'the cache lacks it, and has another result',
    { outs: [undefined, b.content], lacks: ['a'], earlier: [a, b] },
    'restore, from run cache, out-missing a',
  ],
] satisfies readonly (readonly [string, Situation, string])[])
  test(`${expected}: ${what}`, async () => assert.equal(shown(await decideIn(situation)), expected));

test('which results may be put back, and which of another run', () => {
  const withOut = (more: Parameters<typeof makeOut>[1]): Stage => ({
    ...stage,
    outs: [makeOut('b'), makeOut('a', more)],
  });
  const table = [
    ['an output', withOut({}), true, true],
    ['one that persists', withOut({ persist: true }), false, false],
    ['one that the cache is not to keep', withOut({ cache: false }), true, false],
    ['such a metric', withOut({ cache: false, metric: true }), true, true],
    ['such a plot', withOut({ cache: false, plot: true }), true, true],
    ['such a plot with properties', withOut({ cache: false, plot: {} }), true, true],
    ['no output', { ...stage, outs: [] }, false, false],
    ['a stage that always runs', { ...withOut({}), alwaysChanged: true }, false, false],
    ['a stage that reads nothing', { ...withOut({}), deps: [] }, true, true],
    [
      'one that reads parameters only',
      { ...withOut({}), deps: [], params: [{ file: 'p', at: at('p'), keys: [] }] },
      true,
      true,
    ],
  ] as const;
  for (const [what, of, restorable, reusable] of table)
    assert.deepEqual(
      [isRestorable(of, ownRules), hasReusableResult(of, ownRules)],
      [restorable, reusable],
      what,
    );
  assert.deepEqual(
    [{}, { cache: false }, { cache: false, metric: true }, { cache: false, plot: true }].map((more) =>
      keepsBytes(makeOut('a', more)),
    ),
    [true, false, true, true],
  );
});

test('data needs a record, a frozen stage none; both need their outputs', async () => {
  const data = await decideIn({ stage: { ...stage, cmd: null }, entry: undefined });
  assert.deepEqual(data, { kind: 'frozen', reasons: [{ kind: 'new' }] });
  const frozen = await decideIn({ stage: { ...stage, frozen: true }, entry: undefined });
  assert.deepEqual(frozen, { kind: 'frozen', reasons: [] });
  const outs = [undefined, b.content];
  const missing = { kind: 'out-missing', path: 'a' };
  const lostData = await decideIn({ stage: { ...stage, cmd: null }, entry: undefined, outs });
  assert.deepEqual(lostData, { kind: 'frozen', reasons: [{ kind: 'new' }, missing] });
  const none = await decideIn({ stage: { ...stage, cmd: null }, entry: undefined, outs: [] });
  const reasons = [{ kind: 'new' }, missing, { kind: 'out-missing', path: 'b' }];
  assert.deepEqual(none, { kind: 'frozen', reasons });
  const lost = await decideIn({ stage: { ...stage, frozen: true }, entry: undefined, outs });
  assert.deepEqual(lost, { kind: 'frozen', reasons: [missing] });
  assert.deepEqual([data, frozen, lostData, lost].map(isFresh), [false, true, false, false]);
});

test('a parameter that is null is recorded, one that is missing is not', () => {
  const params = new Map([
    [
      'p.yaml',
      new Map([
        ['null', null],
        ['gone', undefined],
      ]),
    ],
  ]);
  assert.deepEqual(
    lockEntry({ ...inputs, params }, []).params,
    new Map([['p.yaml', new Map([['null', null]])]]),
  );
});

test('no earlier run gives an output that persists; of several outputs the cache must have all', () => {
  const space = {
    rules: ownRules,
    runCache: { find: () => entry.outs },
    store: { has: ({ digest }: Content) => digest === 'a' },
  } as never;
  const earlier = (of: Stage): unknown => lookupFor(of, space).earlierRun(inputs);
  assert.equal(earlier(stage), entry.outs);
  assert.equal(earlier({ ...stage, outs: [makeOut('a'), makeOut('b', { persist: true })] }), undefined);
  assert.deepEqual(
    [lookupFor(stage, space).stored([a]), lookupFor(stage, space).stored([a, b])],
    [true, false],
  );
});
