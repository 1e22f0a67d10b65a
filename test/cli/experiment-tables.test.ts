// What `pipe exp show` and `pipe exp diff` print, option by option.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FILES, project, namesIn, withoutIds } from './experiments-project.ts';

test('show: a table by commit, and the same as CSV, Markdown and JSON', async (t) => {
  const { out, json, git, read } = await project(t);
  const commit = git('rev-parse', '--short', 'HEAD').trim();
  assert.equal(
    await out(0, 'exp', 'show'),
    `experiment  state            lr   acc  deep.loss  note  score  out/s.yaml:extra
main, v1  ${commit}  First
├─ killed   interrupted 1/2   4     -          -  -         -                 -
├─ grid-1   done             10  10.5        -10  n        10                 5
├─ grid-2   done              2   2.5         -2  n         2                 5
└─ grid-3   failed           13     -          -  -         -                 -
`,
  );
  assert.equal(
    await out(0, 'exp', 'show', '--md', '--only', 'lr|acc', 'grid-1', 'killed'),
    `| experiment | state | lr | acc |
| --- | --- | --- | --- |
| grid-1 | done | 10 | 10.5 |
| killed | interrupted | 4 | - |
`,
  );
  assert.equal(
    withoutIds(await out(0, 'exp', 'show', '--csv', 'grid-2', 'grid-3')),
    `name,state,revision,started,lr,model.depth,model.kind,pipeline.yaml:extra,size,acc,deep.loss,note,score,out/s.yaml:extra
grid-2,done,REVISION,TIME,2,2,a,1,2,2.5,-2,n,2,5
grid-3,failed,REVISION,TIME,13,2,a,1,2,,,,,
`,
  );
  assert.deepEqual(await json('exp', 'show', 'grid-2', 'killed'), [
    {
      name: 'grid-2',
      state: 'done',
      params: {
        'params.yaml': { lr: 2, model: { depth: 2, kind: 'a' } },
        'pipeline.yaml': { extra: 1, size: 2 },
      },
      metrics: {
        'metrics.json': { acc: 2.5, deep: { loss: -2 }, note: 'n', list: [1] },
        'more/a.yaml': { score: 2 },
        'out/s.yaml': { extra: 5 },
      },
    },
    {
      name: 'killed',
      state: 'interrupted',
      params: {
        'params.yaml': { lr: 4, model: { depth: 2, kind: 'a' } },
        'pipeline.yaml': { extra: 1, size: 2 },
      },
      metrics: {},
    },
  ]);
  const record = JSON.parse(read('cache/exps/grid-2.json')) as Record<string, unknown>;
  assert.equal(record['revision'], git('rev-parse', 'HEAD').trim());
  assert.deepEqual([record['overlays'], record['targets'], record['group']], [['lr=2'], [], 'grid']);
  assert.ok(!('dirty' in record) && !('runner' in record));
});

test('show: which rows and columns, in which order, and the best one', async (t) => {
  const { out, json, err, write, read, remove, at } = await project(t);
  const rows = async (...args: readonly string[]): Promise<readonly string[]> => {
    const lines = (await out(0, 'exp', 'show', '--md', ...args)).trimEnd().split('\n');
    return lines.filter((_, index) => index !== 1).map((line) => line.slice(2, -2).replaceAll(' | ', ' '));
  };
  assert.deepEqual(await rows('--sort', 'acc', '--only', '^acc$'), [
    'experiment state acc',
    'grid-2 done 2.5',
    'grid-1 done 10.5',
    'killed interrupted -',
    'grid-3 failed -',
  ]);
  for (const direction of ['desc', 'max'])
    assert.deepEqual(
      (await rows('--sort', `acc:${direction}`)).map((row) => row.split(' ')[0]),
      ['experiment', 'grid-1', 'grid-2', 'killed', 'grid-3'],
    );
  assert.deepEqual(namesIn(await json('exp', 'show', '--sort', 'lr')), [
    'grid-2',
    'killed',
    'grid-1',
    'grid-3',
  ]);
  assert.deepEqual(await rows('--drop', 'deep|note', '--drop', 'score', 'grid-2', 'grid-1'), [
    'experiment lr acc',
    'grid-2 2 2.5',
    'grid-1 10 10.5',
  ]);
  assert.deepEqual(
    (await rows('-a', 'grid-1'))[0],
    'experiment lr model.depth model.kind pipeline.yaml:extra size acc deep.loss note score out/s.yaml:extra',
  );
  assert.deepEqual(
    (await rows('grid-1'))[0],
    'experiment acc deep.loss note score out/s.yaml:extra',
    'one: its metrics',
  );
  assert.equal(await out(0, 'exp', 'show', '--best', 'acc'), 'grid-1  lr=10  acc=10.5\n');
  assert.equal(await out(0, 'exp', 'show', '--best', 'loss'), 'grid-1  lr=10  deep.loss=-10\n');
  assert.equal(await out(0, 'exp', 'show', '--best', 'loss:desc'), 'grid-2  lr=2  deep.loss=-2\n');
  assert.deepEqual(namesIn(await json('exp', 'show', '--best', 'acc:asc')), ['grid-2']);
  assert.equal(await out(0, 'exp', 'show', '--best', 'acc', '-q'), '');
  write('cache/exps/grid-10.json', read('cache/exps/grid-3.json').replaceAll('"grid-3"', '"grid-10"'));
  assert.deepEqual(namesIn(await json('exp', 'show', '--best', 'acc')), ['grid-1']);
  remove('cache/exps/grid-10.json');
  write('cache/exps/grid-4.json', '{}');
  assert.equal(
    (await at('sub').out(1, 'exp', 'ls', 'grid-1', '--csv')).split('\n').length,
    3,
    'one is damaged',
  );
  assert.match(await err(1, 'exp', 'show', 'grid-1'), /record of the experiment 'grid-4' cannot/);
  assert.match(
    await err(1, 'exp', 'run', 'grid-4', '-S', 'lr=3'),
    /record of the experiment 'grid-4' cannot/,
  );
  assert.equal(read('cache/exps/grid-4.json'), '{}');
  write('cache/exps/new-2.json', '{}');
  assert.match(await err(1, 'exp', 'run', 'new', '-S', 'lr=3,4'), /record of the experiment 'new-2' cannot/);
  remove('cache/exps/new-2.json');
  // Nothing changes where not everything can be restored.
  remove('cache/objects');
  assert.match(await err(1, 'exp', 'apply', 'grid-1'), /the cache does not have 'model\.txt' of 'train'/);
  assert.equal(read('params.yaml'), FILES['params.yaml']);
  const recorded = (await json('results', 'train', '--rev', 'grid-1')) as [{ readonly metrics: object }];
  assert.ok('metrics.json' in recorded[0].metrics, 'a record has its metrics itself');
  write(
    'pipeline.yaml',
    read('pipeline.yaml').replace('train:\n', 'train:\n    resources: {memory: 9000T}\n'),
  );
  assert.match(await err(1, 'exp', 'run', 'big', '--dry'), /asks for \d+ bytes of memory/);
});

test('diff: as a table, as Markdown and JSON, and with the workspace', async (t) => {
  const { at, out, json, err, remove, write, git } = await project(t);
  // A branch of the name has other values.
  git('branch', 'grid-1');
  assert.equal(
    await out(0, 'exp', 'diff', 'grid-1', 'grid-2', '-a'),
    `Path         Param        grid-1  grid-2
params.yaml  lr               10       2
params.yaml  model.depth       2       2
params.yaml  model.kind        a       a

Path          Metric     grid-1  grid-2  Change
metrics.json  acc          10.5     2.5    -8.0
metrics.json  deep.loss     -10      -2       8
metrics.json  note            n       n       -
more/a.yaml   score          10       2      -8
out/s.yaml    extra           5       5       0
report.yaml   all             7       7       0
`,
  );
  assert.equal(
    await out(0, 'exp', 'diff', 'grid-2', 'grid-1', '--md', '--precision', '0'),
    `| Path | Param | grid-2 | grid-1 |
|---|---|--:|--:|
| params.yaml | lr | 2 | 10 |

| Path | Metric | grid-2 | grid-1 | Change |
|---|---|--:|--:|--:|
| metrics.json | acc | 2.0 | 10.0 | 8.0 |
| metrics.json | deep.loss | -2 | -10 | -8 |
| more/a.yaml | score | 2 | 10 | 8 |
`,
  );
  const { params, metrics } = (await json('exp', 'diff', 'grid-1')) as Record<'params' | 'metrics', unknown>;
  assert.deepEqual(params, { 'params.yaml': { lr: { old: 10, new: 1, diff: -9 } } });
  assert.deepEqual(metrics, {
    'metrics.json': {
      acc: { old: 10.5, new: null },
      'deep.loss': { old: -10, new: null },
      note: { old: 'n', new: null },
    },
    'more/a.yaml': { score: { old: 10, new: null } },
    'out/s.yaml': { extra: { old: 5, new: null } },
  });
  assert.match(await err(0, 'exp', 'diff', 'grid-1'), /some metrics could not be read at: workspace/);
  assert.match(await at('sub').out(0, 'exp', 'diff', 'grid-1', 'grid-2'), /^\.\.\/params\.yaml +lr /m);
  write('params.yaml', 'lr: 1.25\n');
  assert.match(await out(0, 'exp', 'diff', 'grid-1', '--precision', '1'), / lr +10 +1\.25$/m);
  write('params.yaml', '{');
  assert.match(await err(0, 'exp', 'diff', 'grid-1'), /some parameters could not be read at: .*workspace$/m);
  git('checkout', '-q', 'params.yaml');
  // Outside of git the data of experiments is what their records name.
  remove('.git');
  const { modified, added } = (await json('diff', 'grid-1', 'grid-2')) as Readonly<
    Record<string, readonly { readonly path: unknown; readonly size: unknown }[]>
  >;
  assert.deepEqual(
    [added, modified!.map(({ path, size }) => [path, size])],
    [
      [],
      [
        ['model.txt', { old: 8, new: 7 }],
        ['more/', { old: 12, new: 11 }],
        ['more/a.yaml', { old: 9, new: 8 }],
      ],
    ],
  );
});
