// Who held the run lock on another machine, and why it cannot be taken.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import { PipeError, type Problem } from '../../src/base/base.ts';
import { acquireRunLock } from '../../src/session/session.ts';
import { makeSpace } from '../hash/space.ts';

function locking(t: TestContext) {
  const space = makeSpace(t);
  const takenOver: Problem[] = [];
  const acquire = (breakLock = false): ReturnType<typeof acquireRunLock> =>
    acquireRunLock({
      folder: space.path('state'),
      run: 'this',
      wait: false,
      breakLock,
      onWait: () => {},
      onTakeOver: (problem) => void takenOver.push(problem),
      stopped: () => false,
    });
  const owner = (): Record<string, unknown> =>
    JSON.parse(readFileSync(space.path('state/run.owner.json'), 'utf8')) as Record<string, unknown>;
  return { space, acquire, takenOver, owner };
}

const refused =
  (code: string, text: RegExp) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof PipeError);
    const [problem] = error.problems;
    assert.equal(problem!.code, code);
    assert.match(`${problem!.hint} ${JSON.stringify(problem!.facts)}`, text);
    return true;
  };

test('a run that was a job of Slurm on another machine has ended with its job, as far as Slurm says so', async (t) => {
  const { space, acquire, takenOver, owner } = locking(t);
  const before = process.env;
  t.after(() => (process.env = before));
  process.env = { ...before, PATH: space.path('bin'), SLURM_JOB_ID: '7' };
  delete process.env['SLURMD_NODENAME'];
  const state = `case "$*" in
  *"-j 1") echo RUNNING ;;
  *"-j 2") echo COMPLETED ;;
  *) echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1 ;;
esac`;
  space.write('bin/squeue', `#!/bin/sh\n${state}\n`, 0o755);
  const leave = (job?: string): void =>
    void space.write(
      'state/run.owner.json',
      JSON.stringify({ pid: 1, started: '1', host: 'elsewhere', since: 'yesterday', run: 'old', job }),
    );
  for (const job of ['1', undefined]) {
    leave(job);
    await assert.rejects(
      acquire(),
      refused('run-locked-elsewhere', job ? /in job 1 of Slurm/ : /on elsewhere,/),
    );
  }
  assert.deepEqual(takenOver, []);
  leave('2');
  const lock = await acquire();
  assert.deepEqual(
    takenOver.map(({ code, facts }) => [code, facts]),
    [['run-died', [['owner', 'process 1 on elsewhere in job 2 of Slurm, started yesterday']]]],
  );
  assert.deepEqual(
    [owner()['run'], owner()['job']],
    ['this', undefined],
    'a shell of salloc outlives its job',
  );
  lock!.release();
  process.env['SLURMD_NODENAME'] = 'n1';
  leave();
  const own = await acquire(true);
  assert.equal(owner()['job'], '7');
  own!.release();
});

test('a file in the place of the lock that is none is named, with what to do', async (t) => {
  const { space, acquire } = locking(t);
  space.write('state/run.lock', 'no database'.repeat(100));
  await assert.rejects(acquire(), refused('run-lock-unavailable', /delete this file[^]*run\.lock/));
  const other = locking(t);
  mkdirSync(other.space.path('state/run.lock'), { recursive: true });
  await assert.rejects(other.acquire(), refused('file-in-the-way', /run\.lock|EISDIR/));
});
