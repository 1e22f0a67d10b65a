// What the machine has, and what can never be given.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { capacityFor, detectCapacity, impossibleRequests } from '../../src/run/run.ts';
import type { Resources, Stage } from '../../src/pipeline/pipeline.ts';
import { makeStage } from '../show/stages.ts';
import { makeWorkspace } from '../workspace.ts';

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

test('batch systems share the smaller of their limits, and pools with this machine', () => {
  const stage = (name: string, executor: 'slurm' | 'command' | 'local'): Stage =>
    makeStage(name, { executor, resources: { memory: 2 ** 60, pools: { licence: 2 } } });
  const config = { pools: { licence: 1 }, executor: 'local', maxJobs: { slurm: 9, command: 3 } } as const;
  const stages = [stage('here', 'local'), stage('one', 'slurm'), stage('two', 'command')];
  const { capacity, impossible } = capacityFor(stages, undefined, config);
  assert.equal(capacity.batchJobs, 3);
  assert.deepEqual(
    impossible.map(({ title }) => /'(\w+)' asks for \d+ (\w+)/.exec(title)!.slice(1)),
    [
      ['here', 'bytes'],
      ['here', 'licence'],
      ['one', 'licence'],
      ['two', 'licence'],
    ],
  );
  assert.equal(capacityFor(stages, 2, config).capacity.batchJobs, 2);
});

function setVariable(t: TestContext, name: string, value: string | undefined): void {
  const before = process.env[name];
  const set = (to: string | undefined): void => {
    if (to === undefined) delete process.env[name];
    else process.env[name] = to;
  };
  set(value);
  t.after(() => set(before));
}

function gpusFor(t: TestContext, visible?: string): readonly string[] {
  setVariable(t, 'CUDA_VISIBLE_DEVICES', visible);
  return detectCapacity([makeStage('s', { resources: { gpus: 1, pools: {} } })], 1, {}).gpus;
}

test('the GPUs are those that are visible to us', (t) => {
  assert.deepEqual(gpusFor(t, '4, 7'), ['4', '7']);
  assert.deepEqual(gpusFor(t, 'GPU-8f2,MIG-1'), ['GPU-8f2', 'MIG-1']);
  assert.deepEqual(gpusFor(t, ''), []);
  assert.deepEqual(gpusFor(t, '-1'), []);
});

test('without such a choice they are those that the driver lists, and none where it fails', (t) => {
  const programs = makeWorkspace(t, {});
  const driver = (script: string): void => programs.write('nvidia-smi', `#!/bin/sh\n${script}\n`);
  setVariable(t, 'PATH', `${programs.root}:${process.env['PATH']}`);
  driver("[ \"$*\" = '--query-gpu=index --format=csv,noheader' ] && printf '0\\n 1 \\n\\n'");
  assert.deepEqual(gpusFor(t), ['0', '1']);
  assert.deepEqual(gpusFor(t, ''), [], 'what was hidden stays so');
  setVariable(t, 'CUDA_VISIBLE_DEVICES', undefined);
  driver('echo "no devices were found"; exit 6');
  assert.deepEqual(gpusFor(t), []);
});
