// What the machine has, and what can never be given.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { detectCapacity, impossibleRequests } from '../../src/run/run.ts';
import type { Resources } from '../../src/pipeline/pipeline.ts';
import { makeStage } from '../show/stages.ts';

const capacity = { jobs: 2, cpus: 4, memory: 1000, gpus: ['0'], pools: { licence: 1 } };

function refused(resources: Resources): string[] {
  return impossibleRequests([makeStage('s', { resources })], capacity).map(({ title }) => title);
}

test('what is more than there is, of each kind', () => {
  assert.deepEqual(refused({ cpus: 4, memory: 1000, gpus: 1, pools: { licence: 1 } }), []);
  const titles = refused({ cpus: 5, memory: 1001, gpus: 2, pools: { licence: 2, other: 1 } });
  assert.deepEqual(
    titles.map((title) => /asks for (.*), and there (?:is|are) (\d+)/.exec(title)!.slice(1)),
    [
      ['5 cpus', '4'],
      ['2 gpus', '1'],
      ['1001 bytes of memory', '1000'],
      ['2 licence', '1'],
      ['1 other', '0'],
    ],
  );
});

function gpusFor(t: TestContext, visible: string): readonly string[] {
  const before = process.env['CUDA_VISIBLE_DEVICES'];
  process.env['CUDA_VISIBLE_DEVICES'] = visible;
  t.after(() => {
    if (before === undefined) delete process.env['CUDA_VISIBLE_DEVICES'];
    else process.env['CUDA_VISIBLE_DEVICES'] = before;
  });
  return detectCapacity([makeStage('s', { resources: { gpus: 1, pools: {} } })], 1, {}).gpus;
}

test('the GPUs are those that are visible to us', (t) => {
  assert.deepEqual(gpusFor(t, '4, 7'), ['4', '7']);
  assert.deepEqual(gpusFor(t, 'GPU-8f2,MIG-1'), ['GPU-8f2', 'MIG-1']);
  assert.deepEqual(gpusFor(t, ''), []);
  assert.deepEqual(gpusFor(t, '-1'), []);
});
