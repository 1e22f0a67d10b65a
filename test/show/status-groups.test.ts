// `pipe status`: stages that are alike are one line.

import assert from 'node:assert/strict';
import test from 'node:test';
import type { Stage } from '../../src/pipeline/pipeline.ts';
import type { Value } from '../../src/base/base.ts';
import type { Decision, Reason } from '../../src/plan/plan.ts';
import { runningText } from '../../src/show/show.ts';
import { makeStage } from './stages.ts';
import { blocked, cmd, dep, fresh, isNew, report, run, select, text, trainings } from './status-report.ts';

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
