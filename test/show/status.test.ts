// `pipe status`: reasons, data, and the same as JSON.

import assert from 'node:assert/strict';
import test from 'node:test';
import type { Value } from '../../src/base/base.ts';
import type { Reason } from '../../src/plan/plan.ts';
import { dataStatusText, statusJson, statusText, type StageStatus } from '../../src/show/show.ts';
import { address, makeStage } from './stages.ts';
import { blocked, cmd, dep, fresh, isNew, report, run, select, text, trainings } from './status-report.ts';

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
