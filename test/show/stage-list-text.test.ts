import assert from 'node:assert/strict';
import test from 'node:test';
import { stageJson, stageListText } from '../../src/show/show.ts';
import { at, makeOut, makeStage } from './stages.ts';

// What DVC 3.67.1 prints for the same stages.
test('names in a column, then the description or what is written or read', () => {
  const stages = [
    {
      ...makeStage('prep', { outs: ['a.txt', 'b/c.txt'] }),
      outs: [
        makeOut('a.txt'),
        makeOut('b/c.txt'),
        makeOut('m.json', { metric: true }),
        makeOut('p.csv', { plot: true }),
      ],
    },
    makeStage('onlydeps', { deps: ['a.txt', 'm.json'] }),
    makeStage('multi', { deps: ['a.txt'], desc: 'one\n\ntwo' }),
    makeStage('long', { outs: ['a'.repeat(51), 'b'.repeat(38), 'c'.repeat(32)] }),
    makeStage('params', { params: [{ file: 'params.yaml', at: at('params.yaml'), keys: ['x'] }] }),
    makeStage('nothing'),
  ];
  assert.equal(
    stageListText(stages),
    `prep      Outputs a.txt, b/c.txt; Reports m.json, p.csv
onlydeps  Depends on a.txt, m.json
multi     one
long      Outputs aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, bbbbbbbbbbbbbbbbbb…
params    Depends on params.yaml
nothing   No outputs or dependencies
`,
  );
});

test('as JSON: resources where any is asked for', () => {
  const none = { pools: {} };
  for (const resources of [
    { ...none, cpus: 2 },
    { ...none, memory: 1000 },
    { ...none, gpus: { count: 1 } },
    { pools: { licence: 1 } },
  ])
    assert.deepEqual(stageJson(makeStage('a', { resources } as never))['resources'], resources);
  assert.equal('resources' in stageJson(makeStage('a', { resources: none })), false);
});

test('as JSON: what a stage and its paths have of their own', () => {
  const plain = makeStage('a', { deps: ['lib'], outs: ['o'] });
  const told = stageJson({
    ...plain,
    deps: [...plain.deps, { path: 'a.py', at: at('a.py'), imports: true }],
    outs: [makeOut('o', { push: false, cache: false, persist: true, hash: 'abc', remote: 'far' })],
    alwaysChanged: true,
    retry: { times: 3, delay: 2, backoff: 1.5 },
  } as never);
  assert.deepEqual(told['deps'], [{ path: 'lib' }, { path: 'a.py', imports: true }]);
  assert.deepEqual(told['outs'], [
    {
      path: 'o',
      cache: false,
      persist: true,
      push: false,
      remote: 'far',
      metric: false,
      plot: false,
      hash: 'abc',
    },
  ]);
  assert.deepEqual(
    [told['always_changed'], told['frozen'], told['retry']],
    [true, false, { times: 3, delay: 2, backoff: 1.5 }],
  );
});
