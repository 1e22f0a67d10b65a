import assert from 'node:assert/strict';
import test from 'node:test';
import { noOverlay, type Stage } from '../../src/pipeline/pipeline.ts';
import type { Value } from '../../src/base/base.ts';
import type { Decision, Reason } from '../../src/plan/plan.ts';
import {
  dataStatusText,
  runningText,
  statusJson,
  statusText,
  type StageStatus,
  type StatusReport,
} from '../../src/show/show.ts';
import { address, makeStage } from './stages.ts';

const fresh: Decision = { kind: 'fresh' };
const run = (...reasons: Reason[]): Decision => ({ kind: 'run', reasons });
const blocked = (on: readonly Stage[], ...reasons: Reason[]): Decision => ({
  kind: 'blocked',
  on: on.map((stage) => stage.address),
  reasons,
});
const isNew: Reason = { kind: 'new' };
const cmd = (old: string, now: string): Reason => ({
  kind: 'changed',
  change: { kind: 'cmd', key: [], status: 'modified', old, new: now },
});
const dep = (path: string): Reason => ({
  kind: 'changed',
  change: { kind: 'dep', key: [path], status: 'modified' },
});

function report(stages: readonly StageStatus[], more: Partial<StatusReport> = {}): StatusReport {
  return { stages, vanished: [], overlay: { last: noOverlay, now: noOverlay }, ...more };
}

const text = (of: StatusReport, verbose = false): string => statusText(of, { verbose, colour: false });

/** 18 configurations × 5 folds, one of two learning rates in each. */
const trainings = ['0.001', '0.002'].flatMap((rate) =>
  Array.from({ length: 45 }, (_, index) =>
    makeStage(`train@${index}-${rate}`, {
      item: new Map<string, Value>([
        ['config', BigInt(index)],
        ['learning_rate', Number(rate)],
        ['epochs', 50n],
      ]),
    }),
  ),
);
const select = makeStage('select');

test('nothing is stale', () => {
  assert.equal(
    text(report([{ stage: select, decision: fresh }])),
    'Data and pipelines are up to date. 1 fresh\n',
  );
});

test('one stage: a reason on its line, more on lines of their own', () => {
  const stages = [
    { stage: makeStage('prep'), decision: run(cmd('prep.py --epochs 50', 'prep.py --epochs 40')) },
    {
      stage: makeStage('count'),
      decision: run(dep('Data/x'), { kind: 'out-missing', path: 'n.txt' }),
    },
    { stage: select, decision: blocked([makeStage('prep')]) },
  ];
  assert.equal(
    text(report(stages)),
    `prep: cmd: --epochs 50 → 40
count: deps: Data/x modified; out missing: n.txt
select: waits for prep

2 stale, 1 blocked, 0 fresh
`,
  );
});

test('a replaced value of the grid: half of the group is new, half of the old one vanished', () => {
  const stages = [
    ...trainings.map((stage, index) => ({ stage, decision: index < 45 ? fresh : run(isNew) })),
    { stage: select, decision: blocked(trainings.slice(45)) },
  ];
  const vanished = Array.from({ length: 45 }, (_, index) => ({
    name: `train@${index}-0.0001`,
    paths: [`m${index}`],
  }));
  assert.equal(
    text(report(stages, { vanished })),
    `train: 45 of 90 new (learning_rate 0.002), 45 no longer declared
select: waits for train (45)

45 stale, 1 blocked, 45 fresh, 45 no longer declared
`,
  );
});

test('of a section and of a list that are parameters, the values that differ', () => {
  const change = (old: Value, now: Value): Reason => ({
    kind: 'changed',
    change: { kind: 'param', key: ['params.yaml', 'fit'], status: 'modified', old, new: now },
  });
  const line = (old: Value, now: Value): string =>
    text(report([{ stage: select, decision: run(change(old, now)) }])).split('\n')[0]!;
  const old = new Map<string, Value>([['a', 1n], ['b', 2n], ['c', [1n, 2n]]]);
  const now = new Map<string, Value>([['a', 1n], ['c', [1n, 3n]], ['d', 4n]]);
  assert.equal(line(old, now), 'select: params: fit.b removed, fit.c[1] 2 → 3, fit.d added (4)');
  assert.equal(line([1n], [1n, 2n]), 'select: params: fit [1] → [1, 2]');
}); // prettier-ignore

test('members that differ only in paths and words are one line', () => {
  const stages = trainings.map((stage, index) => ({
    stage,
    decision: run(
      cmd(`train.ts --config ${index} --epochs 50`, `train.ts --config ${index} --epochs 40`),
      dep(`Data/${index}`),
    ),
  }));
  assert.equal(
    text(report(stages)),
    `train: all 90 cmd: --epochs 50 → 40; deps modified

90 stale, 0 fresh
`,
  );
});

test('unlike members are listed by likeness, a single one by its name', () => {
  const stages = trainings.map((stage, index) => ({
    stage,
    decision:
      index === 3 ? run({ kind: 'out-missing', path: 'm3' }) : index < 45 ? run(dep('code.ts')) : fresh,
  }));
  assert.equal(
    text(report(stages)),
    `train:
  44 of 90 deps: code.ts modified
  train@3-0.001: out missing: m3

45 stale, 45 fresh
`,
  );
});

test('of what a stage waits for, only the nearest is told', () => {
  const retrain = makeStage('retrain@0.3');
  const stages = [
    { stage: trainings[0]!, decision: run(isNew) },
    { stage: select, decision: blocked([trainings[0]!]) },
    { stage: retrain, decision: blocked([trainings[0]!, select]) },
    { stage: makeStage('report'), decision: blocked([select, retrain, trainings[0]!], cmd('a', 'b')) },
  ];
  assert.equal(
    text(report(stages)),
    `train@0-0.001: new
select: waits for train@0-0.001
retrain@0.3: waits for select
report: cmd: a → b; waits for retrain@0.3

1 stale, 3 blocked, 0 fresh
`,
  );
});

test('members in which other variables or parameters changed are not alike', () => {
  const change = (kind: 'env' | 'param', ...key: readonly string[]): Reason => ({
    kind: 'changed',
    change: { kind, key, status: 'modified', old: '1', new: '2' },
  });
  const members = [
    change('env', 'A'),
    change('env', 'B'),
    change('param', 'p.yaml', 'x'),
    change('param', 'p.yaml', 'y'),
  ].map((reason, at) => ({ stage: makeStage(`fit@${at}`), decision: run(reason) }));
  assert.equal(
    text(report(members)),
    `fit:
  fit@0: env: A 1 → 2
  fit@1: env: B 1 → 2
  fit@2: params: p.yaml:x 1 → 2
  fit@3: params: p.yaml:y 1 → 2

4 stale, 0 fresh
`,
  );
});

test('what members have in common where their reasons differ in words', () => {
  type Kind = Extract<Reason, { kind: 'changed' }>['change']['kind'];
  const change = (kind: Kind, key: readonly string[], at: string): Reason => ({
    kind: 'changed',
    change: { kind, key, status: 'modified', old: '1', new: `new in ${at}` },
  });
  const removed = (kind: Kind, at: string): Reason => ({
    kind: 'changed',
    change: { kind, key: [at], status: 'removed', old: '1' },
  });
  const members = ['a', 'b'].map((at) => ({
    stage: makeStage(`fit@${at}`),
    decision: run(
      change('cmd', [], at),
      change('wdir', [], at),
      change('env', ['HOME', 'of'], at),
      change('param', ['p.yaml', 'lr'], at),
      change('dep', [at], at),
      removed('mode', at),
      change('links', [at], at),
      removed('out', at),
      { kind: 'out-missing', path: at },
      { kind: 'out-modified', path: at },
      { kind: 'out-not-in-cache', path: at },
      { kind: 'forced' },
    ),
  }));
  assert.equal(
    text(report(members)),
    `fit: all 2 cmd changed; wdir changed; env: HOME changed; params: lr changed; deps modified; deps: executable bits changed; deps: what links lead to changed; outs no longer declared; out missing; out modified; out not in cache; forced

2 stale, 0 fresh
`,
  );
});

test('members that wait each for its own member of another group', () => {
  const pairs = ['0.3', '0.5'].map(
    (level) => [makeStage(`retrain@${level}`), makeStage(`evaluate@${level}`)] as const,
  );
  const stages = [
    ...pairs.map(([retrain]) => ({ stage: retrain, decision: run(isNew) })),
    ...pairs.map(([retrain, evaluate]) => ({ stage: evaluate, decision: blocked([retrain]) })),
  ];
  assert.equal(
    text(report(stages)),
    `retrain: all 2 new
evaluate: all 2 wait for retrain

2 stale, 2 blocked, 0 fresh
`,
  );
});

test('one member that waits for several of a group: how many they are in all', () => {
  const makes = ['a', 'b'].map((name) => makeStage(`make@${name}`));
  const stages = [
    ...makes.map((stage) => ({ stage, decision: run(isNew) })),
    { stage: makeStage('sum@one'), decision: blocked(makes.slice(0, 1)) },
    { stage: makeStage('sum@two'), decision: blocked(makes) },
  ];
  assert.match(text(report(stages)), /^sum: all 2 wait for make \(2\)$/m);
  // Beside a stage that all wait for, each for its own.
  const one = makeStage('one');
  const also = [
    { stage: one, decision: run(isNew) },
    ...makes.map((stage) => ({ stage, decision: run(isNew) })),
    ...makes.map((make, index) => ({ stage: makeStage(`use@${index}`), decision: blocked([one, make]) })),
  ];
  assert.match(text(report(also)), /^use: all 2 wait for one, make$/m);
});

test('like reasons are alike in any order and number; what is waited for, and how a parameter changed, is not', () => {
  const [a, b, c] = ['a', 'b', 'c'].map((key) => makeStage(`s@${key}`)) as [Stage, Stage, Stage];
  const [one, two] = [makeStage('one'), makeStage('two')];
  const isRun = { decision: run(isNew) };
  const lost: Reason = { kind: 'out-missing', path: 'o' };
  const param = (status: 'modified' | 'added'): Reason => ({
    kind: 'changed',
    change: { kind: 'param', key: ['p', 'lr'], status, old: 1n, new: 2n },
  });
  const lines = (...decisions: readonly [Decision, Decision, Decision?]): readonly string[] => {
    const members = [a, b, c].flatMap((stage, index) => {
      const decision = decisions[index];
      return decision ? [{ stage, decision }] : [];
    });
    const before = [
      { stage: one, ...isRun },
      { stage: two, ...isRun },
    ];
    return text(report([...before, ...members]))
      .split('\n\n')[0]!
      .split('\n')
      .slice(2);
  };
  assert.deepEqual(lines(run(dep('x'), lost), run(lost, dep('x'), dep('y'))), [
    's: all 2 deps modified; out missing: o',
  ]);
  assert.deepEqual(lines(run(param('modified')), run(param('added'))), [
    's:',
    '  s@a: params: p:lr 1 → 2',
    '  s@b: params: p:lr added (2)',
  ]);
  assert.deepEqual(lines(blocked([one, two]), blocked([one]), blocked([two, one])), [
    's:',
    '  2 of 3 wait for one, two',
    '  s@b: waits for one',
  ]);
});

test('new members are set apart by values that no other member has', () => {
  const member = (name: string, rate: number, depth: number): Stage =>
    makeStage(`fit@${name}`, { item: new Map<string, Value>([['rate', rate], ['depth', depth]]) });
  const stages = [
    { stage: member('a', 0.5, 1), decision: fresh },
    { stage: member('b', 0.25, 1), decision: run(isNew) },
    { stage: member('c', 0.25, 2), decision: run(isNew) },
  ];
  assert.match(text(report(stages)), /^fit: 2 of 3 new \(rate 0\.25\)$/m, 'one of the depths is known');
}); // prettier-ignore

test('data: what happened to each path, and what to do about it', () => {
  assert.equal(dataStatusText({ unchanged: [] }, false), 'No changes.\n');
  const changes = { modified: ['a'], renamed: [{ old: 'b', new: 'c' }] };
  assert.equal(
    dataStatusText({ committed: changes, not_in_cache: ['d'] }, false),
    `Not in the cache:
  (\`pipe fetch PATH\` gets them)
    d

Recorded, and not committed to git:
  (\`git commit\` the lock file, or the .dvc files)
    modified: a
    renamed: b → c
`,
  );
});

test('a run that goes on: stages alike in group, state and reason are one line', () => {
  const stages = Array.from({ length: 12 }, (_, at) => ({
    name: `fit@${at}`,
    state: at < 4 ? ('running' as const) : ('queued' as const),
    ...(at >= 8 && { reason: 'Priority' }),
  }));
  const of = (count: number, verbose = false): string =>
    runningText({ host: 'big', pid: 7, since: '', stages: stages.slice(0, count) }, verbose, false);
  const head = 'a run goes on (process 7 on big)';
  assert.equal(of(12), `${head}:\n  running  fit ×4\n  queued  fit ×4\n  queued  fit ×4  Priority\n`);
  assert.equal(of(12, true).split('\n').length, 14);
  assert.equal(of(10).split('\n').length, 12, 'up to ten are named');
  assert.equal(of(0), `${head}\n`);
});

test('frozen stages, restores, and a vanished stage of no group', () => {
  const stages: StageStatus[] = [
    { stage: makeStage('cold', { frozen: true }), decision: { kind: 'frozen', reasons: [] } },
    {
      stage: makeStage('lost', { frozen: true }),
      decision: { kind: 'frozen', reasons: [{ kind: 'out-missing', path: 'x' }] },
    },
    {
      stage: select,
      decision: { kind: 'restore', reasons: [cmd('s -a 1', 's -a 2')], outs: [], from: 'run cache' },
    },
  ];
  assert.equal(
    text(report(stages, { vanished: [{ name: 'old', paths: ['old.txt'] }] })),
    `lost: frozen; out missing: x
select: cmd: -a 1 → 2 (restorable from the cache)
old: no longer declared

2 stale, 1 fresh, 1 no longer declared
`,
  );
});

test('an overlay that the last run had and this command has not', () => {
  const last = { files: ['quick start.yaml', 'more.yaml'], set: ['base.epochs=5', 'n=2'] };
  const told = (now: typeof last): string =>
    text(report([{ stage: select, decision: fresh }], { overlay: { last, now } }));
  const end = 'Data and pipelines are up to date. 1 fresh\n';
  assert.equal(
    told({ files: [], set: [] }),
    `note: the last run was given --params 'quick start.yaml' --params more.yaml -S base.epochs=5 -S n=2; status with the same flags compares like with like\n${end}`,
  );
  assert.match(
    told({ ...last, set: ['base.epochs=6'] }),
    /^note: the last run was given -S base\.epochs=5 -S n=2; /,
  );
  const { overlay } = statusJson(report([], { overlay: { last, now: { ...last, set: [] } } })) as unknown as {
    readonly overlay: { readonly missing_flags: unknown };
  };
  assert.deepEqual(overlay.missing_flags, ['-S', 'base.epochs=5', '-S', 'n=2']);
  assert.equal(told(last), end);
  assert.equal(told({ ...last, set: ['base.epochs=5', 'm=1', 'n=2'] }), end);
});

test('of the files that changed in a folder the first ten', () => {
  const files = Array.from({ length: 13 }, (_, index) => ({ path: `f${index}`, status: 'added' as const }));
  const told = (count: number): string =>
    text(
      report([{ stage: select, decision: run(dep('Data')) }], {
        folders: new Map([[select.address, new Map([['Data', files.slice(0, count)]])]]),
      }),
    );
  assert.equal(
    told(2),
    'select: deps: Data modified\n    added     f0\n    added     f1\n\n1 stale, 0 fresh\n',
  );
  assert.equal(told(11).match(/added/g)?.length, 11);
  assert.match(told(13), /f9\n {4}and 3 more of 13\n/);
});

test('of several folders each file is told with its folder; of unlike members none', () => {
  const reasons = run(dep('a'), dep('b'));
  const changed = (path: string) => [{ path, status: 'modified' as const }];
  const two = new Map([
    ['a', changed('x')],
    ['b', changed('y')],
  ]);
  const stages = trainings.slice(0, 2).map((stage) => ({ stage, decision: reasons }));
  const told = (first: ReadonlyMap<string, ReturnType<typeof changed>>): string =>
    text(
      report(stages, {
        folders: new Map([
          [stages[0]!.stage.address, first],
          [stages[1]!.stage.address, two],
        ]),
      }),
    );
  assert.match(told(two), /modified\n {4}modified {2}a\/x\n {4}modified {2}b\/y\n\n/);
  assert.doesNotMatch(told(new Map([['a', changed('z')]])), /^ {4}modified/m);
});

test('verbose: every stage by its name', () => {
  const stages = [
    { stage: trainings[0]!, decision: run(isNew) },
    { stage: trainings[1]!, decision: run(isNew, dep('code.ts')) },
    { stage: makeStage('join'), decision: blocked(trainings.slice(0, 2)) },
    { stage: select, decision: fresh },
  ];
  const vanished = [
    { name: 'old', paths: ['old.txt', 'old.log'] },
    { name: 'older', paths: [] },
  ];
  assert.equal(
    text(report(stages, { vanished }), true),
    `train@0-0.001: new
train@1-0.001: new; deps: code.ts modified
join: waits for train@0-0.001, train@1-0.001
select: fresh
old: no longer declared
  leaves old.txt
  leaves old.log
older: no longer declared

2 stale, 1 blocked, 1 fresh, 2 no longer declared
`,
  );
});

test('colour marks names and counts', () => {
  assert.equal(
    statusText(report([{ stage: select, decision: run(isNew) }]), { verbose: false, colour: true }),
    '\u001b[33mselect\u001b[39m: new\n\n\u001b[33m1 stale\u001b[39m, \u001b[32m0 fresh\u001b[39m\n',
  );
  const vanished = ['fit@1', 'fit@2'].map((name) => ({ name, paths: [] }));
  const colours = statusText(report([], { vanished }), { verbose: false, colour: true });
  assert.equal(colours.split('\n')[0], '\u001b[33mfit\u001b[39m: 2 no longer declared');
});

test('JSON has the fields and the words', () => {
  const param: Reason = {
    kind: 'changed',
    change: { kind: 'param', key: ['params.yaml', 'n'], status: 'modified', old: 2n ** 64n, new: 1.0 },
  };
  const stages = [
    { stage: trainings[0]!, decision: run(param) },
    { stage: select, decision: blocked([trainings[0]!]) },
  ];
  assert.equal(
    JSON.stringify(statusJson(report(stages)), null, 1),
    JSON.stringify(
      {
        counts: { fresh: 0, stale: 1, blocked: 1, vanished: 0 },
        stages: [
          {
            name: 'train@0-0.001',
            group: 'train',
            state: 'stale',
            decision: 'run',
            reasons: [
              {
                kind: 'param',
                key: ['params.yaml', 'n'],
                status: 'modified',
                old: 'OLD',
                new: 'NEW',
                text: 'params: n 18446744073709551616 → 1.0',
              },
            ],
          },
          {
            name: 'select',
            group: null,
            state: 'blocked',
            decision: 'blocked',
            reasons: [],
            waits_for: [address('train@0-0.001')],
          },
        ],
        vanished: [],
        overlay: { last: { files: [], set: [] }, now: { files: [], set: [] }, missing_flags: [] },
      },
      null,
      1,
    )
      .replace('"OLD"', '18446744073709551616')
      .replace('"NEW"', '1.0'),
  );
});
