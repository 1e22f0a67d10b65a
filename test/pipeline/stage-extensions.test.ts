// What stages say besides commands and paths: their needs, how they are repeated, and what is noted about their outputs.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Stage } from '../../src/pipeline/pipeline.ts';
import { problemsOf, withProject } from './project-folder.ts';

/** Of one stage with these lines. */
function read<Key extends keyof Stage>(text: string, ...keys: readonly Key[]): readonly Stage[Key][] {
  return withProject({ 'pipeline.yaml': `stages:\n  s: {cmd: x, ${text}}\n` }, ({ stages: [stage] }) =>
    keys.map((key) => stage![key]),
  );
}

test('resources: numbers, sizes of each unit in any letters, kinds of GPUs, pools and each mutex', () => {
  const resources = (text: string): unknown => read(`resources: {${text}}`, 'resources')[0];
  assert.deepEqual(
    resources("cpus: 0.5, memory: 1.5g, gpus: 'a100:2', pools: {net: 2, disk: '1'}, mutex: [a, b]"),
    {
      cpus: 0.5,
      memory: 1.5 * 2 ** 30,
      gpus: 2,
      gpuType: 'a100',
      pools: { net: 2, disk: 1, 'mutex:a': 1, 'mutex:b': 1 },
    },
  );
  for (const [size, bytes] of [
    ['512', 512],
    ['2k', 2048],
    ['3 MiB', 3 * 2 ** 20],
    ['4GB', 4 * 2 ** 30],
    ['1T', 2 ** 40],
    ['0.3B', 0],
  ] as const)
    assert.deepEqual(resources(`memory: '${size}'`), { memory: bytes, pools: {} }, size);
  assert.deepEqual(resources('cpus: 0, gpus: 0.25, mutex: one'), {
    cpus: 0,
    gpus: 0.25,
    pools: { 'mutex:one': 1 },
  });
  assert.deepEqual(
    problemsOf({
      'pipeline.yaml':
        "stages:\n  s: {cmd: x, resources: {cpus: ' ', memory: 4X, gpus: 1.5, pools: {a: '-1'}}}\n",
    }).map(({ title }) => title),
    [
      'expected a number of 0 or more, got " "',
      'expected a size such as 4G or 512M, got "4X"',
      'expected whole GPUs, or a share of one such as 0.25, got 1.5',
      'expected a number of 0 or more, got "-1"',
    ],
  );
});

test('a stage is repeated as often as it says, after the usual time where it says none', () => {
  const retry = (text: string): unknown => read(`retry: ${text}`, 'retry')[0];
  assert.deepEqual(retry('3'), { times: 3, delay: 1, backoff: 2 });
  assert.deepEqual(retry('{times: 2}'), { times: 2, delay: 1, backoff: 2 });
  assert.deepEqual(retry('{times: 2, delay: 0, backoff: 1.5}'), { times: 2, delay: 0, backoff: 1.5 });
  assert.deepEqual(retry('{times: 1, delay: 1m}'), { times: 1, delay: 60, backoff: 2 });
});

test('settings of Slurm are texts, as they are written', () => {
  assert.deepEqual(
    read(
      'slurm: {partition: gpu, account: 42, qos: 1.0, constraint: "a&b", args: [--x, 1, 2.0], batch: 3}',
      'slurm',
    ),
    [{ partition: 'gpu', account: '42', qos: '1.0', constraint: 'a&b', args: ['--x', '1', '2.0'], batch: 3 }],
  );
  assert.deepEqual(read('slurm: {qos: high}', 'slurm'), [{ qos: 'high' }]);
});

test('nothing is noted about an output where nothing is said', () => {
  const [outs] = read(
    "outs: [{a: {desc: '', type: '', labels: [], meta: {}, remote: far}}, {b: {desc: d, labels: [l, m], meta: [0]}}]",
    'outs',
  );
  assert.deepEqual(
    outs!.map(({ path, remote, desc, type, labels, meta }) => [path, remote, desc, type, labels, meta]),
    [
      ['a', 'far', undefined, undefined, undefined, undefined],
      ['b', null, 'd', undefined, ['l', 'm'], [0n]],
    ],
  );
});
