// What is ours on a stage and on data, and what is refused there.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { problemsOf, withProject } from './project-folder.ts';

test('what is ours on a stage', () => {
  const files = {
    'params.yaml': 'threads: 3\n',
    'pipeline.yaml': `config:
  {grace: 1m, pools: {db: 2}, cache: {dir: /big, links: [copy]}, executor: slurm, slurm: {account: 42, max_jobs: 5}}
stages:
  s:
    cmd: x
    env: {A: 1, B: "t\${threads}", C: true}
    resources: {cpus: "\${threads}", memory: 1.5G, gpus: 'a100:1', pools: {db: 2}, mutex: [one, two]}
    retry: {times: 3, delay: 500ms, backoff: 1.5}
    timeout: 1h30m
    executor: local
    slurm: {partition: gpu, args: [--exclusive], batch: 8}
    scratch: true
  t: {cmd: x, scratch: false, retry: 2, timeout: 90, resources: {memory: 512, gpus: 0.25, mutex: one}}
`,
    'cache/config.yaml': 'grace: 5\nlatency_wait: 2m\npools: {gpu: 1}\n',
  };
  withProject(files, ({ config, stages: [s, t] }) => {
    assert.deepEqual(config, {
      cache: { dir: '/big', links: ['copy'] },
      executor: 'slurm',
      gitignore: true,
      grace: 5,
      latencyWait: 120,
      maxJobs: { slurm: 5, command: 200 },
      slurm: { account: '42' },
      pools: { db: 2, gpu: 1, 'mutex:one': 1, 'mutex:two': 1 },
    });
    assert.deepEqual(s!.env, { A: '1', B: 't3', C: 'true' });
    assert.deepEqual(s!.resources, {
      cpus: 3,
      memory: 1.5 * 2 ** 30,
      gpus: 1,
      gpuType: 'a100',
      pools: { db: 2, 'mutex:one': 1, 'mutex:two': 1 },
    });
    assert.deepEqual([s!.retry, s!.timeout], [{ times: 3, delay: 0.5, backoff: 1.5 }, 5400]);
    assert.deepEqual(
      [s!.executor, s!.slurm, s!.scratch],
      ['local', { partition: 'gpu', args: ['--exclusive'], batch: 8 }, true],
    );
    assert.deepEqual([t!.executor, t!.slurm, t!.scratch], [null, {}, false]);
    assert.deepEqual(
      [t!.retry, t!.timeout, t!.resources],
      [{ times: 2, delay: 1, backoff: 2 }, 90, { memory: 512, gpus: 0.25, pools: { 'mutex:one': 1 } }],
    );
  });
});

test('settings that are off, 0 or shared are not those that are left out', () => {
  const settings = '{grace: 0, latency_wait: 0, gitignore: false, cache: {shared: group}}';
  withProject({ 'pipeline.yaml': `config: ${settings}\nstages: {}\n` }, ({ config }) =>
    assert.deepEqual(
      [config.grace, config.latencyWait, config.gitignore, config.cache],
      [0, 0, false, { shared: true }],
    ),
  );
});

test('what is ours may stand under meta.pipe in a dvc.yaml, and is checked there', () => {
  withProject(
    { 'dvc.yaml': 'stages:\n  s: {cmd: x, meta: {pipe: {retry: 1, env: {A: b}}}}\n' },
    ({ stages: [s] }) => {
      assert.deepEqual([s!.retry?.times, s!.env], [1, { A: 'b' }]);
    },
  );
  const member = '{cmd: x, meta: {pipe: {retries: 1}}}';
  const problems = problemsOf({
    'dvc.yaml': `stages:\n  s: ${member}\n  m: {foreach: [1], do: ${member}}\n`,
  });
  assert.deepEqual(
    problems.map(({ title, place }) => `${place?.line}:${place?.column} ${title}`),
    [
      "2:29 unknown key 'retries' in stages.s.meta.pipe",
      "3:48 unknown key 'retries' in stages.m.do.meta.pipe",
    ],
  );
});

test('data from another repository has all that is declared of where it comes from', () => {
  const from = '{repo: ../up, path: out, rev: v1, remote: far}';
  withProject({ 'pipeline.yaml': `data: [{path: a, from: ${from}}]\nstages: {}\n` }, ({ stages: [a] }) => {
    assert.deepEqual(a!.origin, { kind: 'repository', url: '../up', path: 'out', rev: 'v1', remote: 'far' });
  });
});

test('one item of a list can name several paths; what is drawn is no metric', () => {
  const pipeline = `stages:
  s:
    cmd: x
    deps: [{a.py: {imports: true}, b.py: {}}]
    params: [{p.yaml: [k], q.yaml: [l], r.yaml: null}]
    desc: what it does
    outs: [{o: {cache: false}, o2: {persist: true, push: false}}]
    metrics: [m]
    plots: [q]
`;
  withProject({ 'pipeline.yaml': pipeline, 'a.py': '', 'b.py': '' }, ({ stages: [s] }) => {
    assert.deepEqual(
      s!.deps.map(({ path, imports }) => [path, imports]),
      [
        ['a.py', true],
        ['b.py', undefined],
      ],
    );
    assert.deepEqual(
      s!.params.map(({ file, keys }) => [file, ...keys]),
      [['p.yaml', 'k'], ['q.yaml', 'l'], ['r.yaml']],
    );
    assert.deepEqual(
      s!.outs.map(({ path, cache, persist, push, metric, plot }) => [
        path,
        cache,
        persist,
        push,
        metric,
        plot,
      ]),
      [
        ['o', false, false, true, false, false],
        ['o2', true, true, false, false, false],
        ['m', true, false, true, true, false],
        ['q', true, false, true, false, true],
      ],
    );
    assert.deepEqual([s!.desc, s!.alwaysChanged, s!.frozen], ['what it does', false, false]);
  });
});

test('every entry of data that cannot be is refused', () => {
  const problems = problemsOf({ 'pipeline.yaml': "data: ['${nope}', ../x, {path: ../y, desc: d}, z]\n" });
  assert.deepEqual(
    problems.map(({ title }) => title),
    [
      "could not find 'nope'",
      "the output '../x' is outside of the project",
      "the output '../y' is outside of the project",
    ],
  );
});

test('values without a meaning are refused', () => {
  const pipeline = `config: {grace: soon}
stages:
  s: {cmd: x, timeout: 2 hours, retry: -1, resources: {memory: big, cpus: "a"}, env: {A: [1]}}
  t: {cmd: x, env: {"A-B": 1}}
`;
  const titles = problemsOf({ 'pipeline.yaml': pipeline }).map(({ title }) => title);
  assert.equal(titles.length, 3);
  const valid = problemsOf({
    'pipeline.yaml':
      'stages:\n  s: {cmd: x, timeout: 2 hours, resources: {memory: big, cpus: "a", gpus: 1.5}, retry: 1.5}\n',
  });
  assert.deepEqual(
    valid.map(({ title }) => title),
    [
      'expected a duration such as 90s or 2h, got "2 hours"',
      'expected a size such as 4G or 512M, got "big"',
      'expected a number of 0 or more, got "a"',
      'expected whole GPUs, or a share of one such as 0.25, got 1.5',
      'expected a whole number, got 1.5',
    ],
  );
});
