// Jobs are awaited until the batch system says that they are gone, and ended by what it takes.
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { openJobJournal, readJobs, type BatchSystem } from '../../../src/run/run.ts';
import { makeSpace } from '../../hash/space.ts';
import { passInTurns, puppetClock } from '../puppet-clock.ts';
import { job, jobOf, openExecutor, PLAIN } from './jobs.ts';

test(
  'a batch system that does not answer ends no job; what its jobs print is asked for, to the end',
  { timeout: 30_000 },
  async (t) => {
    const space = makeSpace(t);
    const clock = puppetClock();
    const submitted: string[] = [];
    const warned: string[] = [];
    const lines: string[] = [];
    let printed = 'öne\ntwo\nthree\n';
    let answers = false;
    const system = {
      ...PLAIN,
      most: 1,
      submit: async (tasks) => {
        const { stage } = tasks[0]!.parts[0]!.request;
        // Killed from here on, the next run looks for it.
        const journaled = [...readJobs(space.path('jobs/jobs.jsonl')).values()];
        if (journaled.some((one) => one.stage === stage)) submitted.push(stage);
        return { kind: 'submitted', ids: ['5'] };
      },
      poll: async () =>
        answers
          ? { kind: 'known', jobs: new Map([['5', { state: 'running' }]]) }
          : { kind: 'unavailable', message: 'busy' },
      cancel: async () => true,
      log: async (id, offset) => Buffer.from(printed).subarray(offset, offset + (id === '5' ? 4 : 0)),
    } satisfies BatchSystem as BatchSystem;
    const warn = ({ code }: { code: string }): void => void warned.push(code);
    const executor = openExecutor(space, clock, system, { warn, batchJobs: 1 });
    const submit = (stage: string) =>
      executor.submit(jobOf(space, stage, stage), {
        line: (_, line) => lines.push(line),
        progress: () => {},
      });
    const [first, queued, last] = ['a', 'b', 'c'].map(submit);
    let end: unknown;
    void first!.exit.then((exit) => (end = exit));
    await passInTurns(clock, 30);
    assert.deepEqual([end, warned, submitted], [undefined, ['batch-unavailable'], ['a']]);
    assert.deepEqual(executor.inFlight().map((id) => id.replace(/\.run.*/, '')), ['5', 'b', 'c']); // prettier-ignore
    answers = true;
    await passInTurns(clock, 25);
    assert.deepEqual(lines, ['öne', 'two', 'three']);
    answers = false;
    printed += '4\n';
    await passInTurns(clock, 5);
    assert.deepEqual(warned, ['batch-unavailable', 'batch-unavailable']);
    // It waits for its turn: nobody has to be asked to end it.
    queued!.cancel('SIGTERM');
    assert.deepEqual(await queued!.exit, { kind: 'signal', signal: 'SIGTERM' });
    const name = readdirSync(space.path('jobs')).find((file) => file.startsWith('a.'))!;
    space.write(`jobs/${name}/started`, '5 n1\n');
    space.write(`jobs/${name}/result`, 'code 0\n');
    space.write(`jobs/done/${name}`, '');
    await passInTurns(clock, 5);
    assert.deepEqual(end, { kind: 'code', code: 0 });
    assert.equal(lines.at(-1), '4');
    assert.deepEqual(submitted, ['a', 'c'], 'the next one that waits');
    last!.cancel('SIGTERM');
  },
);

test('a job that is to end is asked, then forced, and is awaited until the batch system says that it is gone', { timeout: 30_000 }, async (t) => {
  const space = makeSpace(t);
  const clock = puppetClock();
  const asked: string[] = [];
  let polled: Awaited<ReturnType<BatchSystem['poll']>> = { kind: 'unavailable', message: 'busy' };
  const system = {
    ...PLAIN,
    submit: async () => ({ kind: 'submitted', ids: ['5'] }),
    poll: async () => polled,
    cancel: async (_, signal) => asked.push(signal) > 1,
    find: async (key) => (key === 'sent' ? ['8', '9'] : undefined),
  } satisfies BatchSystem as BatchSystem;
  mkdirSync(space.path('jobs'));
  const journal = openJobJournal(space.path('jobs/jobs.jsonl'));
  journal.submitting([
    job('old', { stage: 'old', fingerprint: 'before', id: '5' }),
    // A run died before the answer came.
    job('sent', { stage: 'sent', fingerprint: 'now', key: 'sent', task: 1, tasks: 2 }),
  ]);
  for (const name of ['old', 'sent']) mkdirSync(space.path(`jobs/${name}`));
  const executor = openExecutor(space, clock, system, { run: 'later' });
  let isSettled = false;
  void executor
    .settle('old' as never, { fingerprint: 'now', outputs: ['old'] })
    .then(() => (isSettled = true));
  await passInTurns(clock, 3);
  assert.deepEqual([isSettled, asked], [false, ['SIGTERM', 'SIGKILL']], 'the first call was not answered');
  polled = { kind: 'known', jobs: new Map([['5', { state: 'running' }]]) };
  await passInTurns(clock, 20);
  assert.deepEqual([isSettled, asked], [false, ['SIGTERM', 'SIGKILL', 'SIGKILL', 'SIGKILL']]);
  polled = { kind: 'known', jobs: new Map([['5', { state: 'ended' }]]) };
  await passInTurns(clock, 1);
  assert.equal(isSettled, true);

  const found = executor.attach(jobOf(space, 'sent', 'now'), { line: () => {}, progress: () => {} })!;
  polled = { kind: 'known', jobs: new Map([['9', { state: 'running' }]]) };
  await passInTurns(clock, 3);
  assert.deepEqual(executor.inFlight(), ['9']);
  // It ends as it was asked to, although it leaves no result.
  found.cancel('SIGTERM');
  polled = { kind: 'known', jobs: new Map([['9', { state: 'ended', end: { cause: 'cancelled', message: '' } }]]) };
  await passInTurns(clock, 5);
  assert.deepEqual(await found.exit, { kind: 'signal', signal: 'SIGTERM' });
  assert.deepEqual(executor.cancelled(), ['9']);
}); // prettier-ignore
