// What earlier runs left in a batch system: taken over, ended, or submitted again.
import assert from 'node:assert/strict';
import { existsSync, lstatSync, mkdirSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import {
  BatchExecutor,
  openJobJournal,
  readJobs,
  type BatchSystem,
  type JobStatus,
} from '../../../src/run/run.ts';
import { makeSpace } from '../../hash/space.ts';
import { patchFs } from '../../patched-fs.ts';
import { passInTurns, puppetClock } from '../puppet-clock.ts';
import { job, jobOf, openExecutor, PLAIN } from './jobs.ts';

test('a job whose id another one has by now is gone, and is not ended', async (t) => {
  const space = makeSpace(t);
  const clock = puppetClock();
  const events: string[] = [];
  let status: JobStatus = { state: 'running', key: 'of another user' };
  const system = {
    ...PLAIN,
    most: 1,
    submit: async () => ({ kind: 'submitted', ids: ['5'] }),
    poll: async () => ({ kind: 'known', jobs: new Map([['5', status]]) }),
    cancel: async (jobs, signal) => events.push(`${signal} ${jobs.map(({ id }) => id).join()}`) > 0,
  } satisfies BatchSystem as BatchSystem;
  const open = (run: string): BatchExecutor => openExecutor(space, clock, system, { run });
  const pass = (seconds: number): Promise<void> => passInTurns(clock, seconds);
  const job = jobOf(space, 's', 'f');
  const listener = { line: () => {}, progress: () => {} };
  const first = open('one').submit(job, listener);
  await pass(40);
  assert.partialDeepStrictEqual(await first.exit, { kind: 'batch', cause: 'lost' });
  assert.deepEqual(events, []);
  first.forget!();

  status = { state: 'running' };
  const left = open('two');
  left.submit({ ...job, request: { ...job.request!, fingerprint: 'old' } }, listener);
  await pass(3);
  // The next run needs another result, and the job is gone at the first question.
  const next = open('three');
  status = { state: 'running', key: 'of another user' };
  const settled = next.settle('s' as never, { fingerprint: 'new', outputs: [] });
  await pass(3);
  await settled;
  assert.deepEqual(events, ['SIGTERM 5']);
});

test('what earlier runs left: taken over for the same inputs, ended otherwise, submitted again where that is unknown', async (t) => {
  const space = makeSpace(t);
  const clock = puppetClock();
  const asked: string[] = [];
  const statuses = new Map<string, JobStatus>();
  const system = {
    ...PLAIN,
    submit: async (tasks) => {
      asked.push(`submit ${tasks.map(({ parts }) => parts[0]!.name).join()}`);
      return { kind: 'submitted', ids: ['90'] };
    },
    poll: async () => ({ kind: 'known', jobs: statuses }),
    cancel: async (jobs, signal) => asked.push(`${signal} ${jobs.map(({ id }) => id).join()}`) > 0,
  } satisfies BatchSystem as BatchSystem;
  const left = (
    name: string,
    id: string | undefined,
    files: Readonly<Record<string, string>>,
    more = {},
  ): void => {
    journal.submitting([
      job(name, { stage: name, fingerprint: 'now', ...(id !== undefined && { id }), ...more }),
    ]);
    mkdirSync(space.path(`jobs/${name}`));
    for (const [file, text] of Object.entries(files)) space.write(`jobs/${name}/${file}`, text);
  };
  const DONE = { started: '1 n1\n', result: 'code 0\n' };
  mkdirSync(space.path('jobs'));
  const journal = openJobJournal(space.path('jobs/jobs.jsonl'));
  space.write('whole', 'of before its result');
  left('whole', '1', DONE);
  left('other', '2', {}, { fingerprint: 'before' });
  left('other again', '21', {}, { stage: 'other', fingerprint: 'long before' });
  for (const [name, id] of [
    ['gone', '30'],
    ['gone too', '31'],
  ] as const)
    left(name, id, {});
  left('own folder', '32', {}, { temporary: true });
  // Submitted twice: the job whose id is known had nothing to do.
  left('second', '20', { started: '10 n1 one\n' }, { fingerprint: 'before' });
  left('folder', '3', DONE, { temporary: true });
  left('changed', '4', DONE);
  left('lost', '5', { started: '5 n1\n' });
  left('cancelled', '6', { started: '6 n1\n' });
  left('unlaunched', '7', {});
  left('of a lost node', '11', { started: '11 n1\n' });
  left('failed', '9', {});
  // Whether these were accepted was not seen.
  left('started', undefined, { started: '8 n1 one\n' });
  left('nameless', undefined, { started: '- n1\n' });
  left('nameless, ended', undefined, { started: '- n1\n' });
  left('twice', undefined, {});
  const end = (id: string): void =>
    void statuses.set(id, { state: 'ended', end: { cause: 'cancelled', message: 'by hand', node: 'n1' } });
  for (const id of ['6', '7']) end(id);
  statuses.set('11', { state: 'ended', end: { cause: 'node-failure', message: '', node: 'n1' } });
  statuses.set('9', { state: 'ended', end: { message: 'it failed', node: 'n1' } });
  for (const id of ['1', '2', '8', '10', '90']) statuses.set(id, { state: 'running' });

  // Scripts of calls: of one with jobs that are left, and of one without.
  for (const key of ['one', 'of before']) mkdirSync(space.path(`jobs/${key}`));
  const executor = openExecutor(space, clock, system, { run: 'later', batchJobs: 99 });
  assert.deepEqual(
    ['one', 'of before'].filter((key) => existsSync(space.path(`jobs/${key}`))),
    ['one'],
  );
  const pass = (seconds: number): Promise<void> => passInTurns(clock, seconds);
  const resultOf = lstatSync(space.path('jobs/changed/result')).ctimeMs;
  while (Date.now() < resultOf + 20) space.write('tick', '');
  space.write('changed', 'by hand');

  /** @returns what becomes of it, once that is known. */
  const ends = new Map<string, unknown>();
  const attached: ReturnType<BatchExecutor['submit']>[] = [];
  const attach = async (stage: string, settles = true): Promise<boolean> => {
    const settled =
      settles && executor.settle(stage as never, { fingerprint: 'now', outputs: ['none', stage] });
    if (stage === 'other' || stage === 'second') {
      await pass(2);
      statuses.delete(stage === 'other' ? '2' : '10');
      await pass(2);
    }
    await settled;
    const wanted = jobOf(space, stage, 'now');
    const execution = executor.attach(wanted, { line: () => {}, progress: () => {} });
    if (execution) attached.push(execution);
    void execution?.exit.then((exit) => {
      ends.set(stage, [('cause' in exit ? exit.cause : undefined) ?? exit.kind, execution.ran!()?.job.id]);
    });
    return execution !== undefined;
  };
  // Nothing of these is of use.
  assert.equal(await attach('folder', false), false);
  for (const stage of ['other', 'second', 'folder', 'changed']) {
    assert.equal(await attach(stage), false, stage);
    assert.ok(!readJobs(space.path('jobs/jobs.jsonl')).has(stage), `${stage} is forgotten`);
  }
  assert.deepEqual(asked.splice(0), ['SIGTERM 2', 'SIGTERM 21', 'SIGTERM 10']);
  const taken = [
    'whole',
    'lost',
    'cancelled',
    'unlaunched',
    'of a lost node',
    'failed',
    'started',
    'nameless',
    'twice',
    'nameless, ended',
  ];
  for (const stage of taken) assert.equal(await attach(stage), true, stage);
  space.write('jobs/done/whole', '');
  await pass(6);
  assert.deepEqual(asked, ['submit twice']);
  assert.deepEqual(Object.fromEntries(ends), {
    whole: ['code', '1'],
    cancelled: ['cancelled', '6'],
    unlaunched: ['node-failure', '7'],
    failed: ['node-failure', '9'],
  });
  // The batch system cannot end one whose id is not known: its own script does.
  attached.at(-1)!.cancel('SIGTERM');
  await attached.at(-1)!.exit;
  assert.ok(existsSync(space.path('jobs/nameless, ended/fenced')));
  // One that may run yet is told to end, and another attempt begins once it has ended.
  assert.ok(existsSync(space.path('jobs/lost/fenced')));
  for (const stage of ['lost', 'of a lost node']) space.write(`jobs/${stage}/gone`, '');
  // Of two jobs for one attempt, the first runs it.
  space.write('jobs/twice/started', '- n1\n');
  statuses.delete('90');
  await pass(16);
  assert.deepEqual(ends.get('lost'), ['lost', '5']);
  assert.deepEqual(ends.get('of a lost node'), ['node-failure', '11']);
  for (const stage of ['started', 'nameless', 'twice']) {
    assert.equal(ends.get(stage), undefined, stage);
    space.write(`jobs/${stage}/result`, 'code 0\n');
    space.write(`jobs/done/${stage}`, '');
  }
  await pass(3);
  assert.deepEqual(
    ['started', 'nameless', 'twice'].map((stage) => ends.get(stage)),
    [
      ['code', '8'],
      ['code', undefined],
      ['code', undefined],
    ],
  );
  // What belongs to no stage any more, or to a folder that is gone.
  asked.length = 0;
  await executor.settleOthers(new Set(['own folder']));
  assert.deepEqual(asked.sort(), ['SIGTERM 30', 'SIGTERM 31', 'SIGTERM 32']);
  // A folder of a call that made an array. Killed before the journal goes, the next run would look for it.
  mkdirSync(space.path('jobs/of-a-call'));
  let isSwept: boolean | undefined;
  patchFs(t, 'rmSync', (real) => (path, options) => {
    if (path === space.path('jobs/jobs.jsonl')) isSwept = !existsSync(space.path('jobs/of-a-call'));
    real(path, options);
  });
  assert.deepEqual(executor.cancelled(), []);
  for (const execution of attached) execution.forget!();
  await executor.close();
  assert.equal(isSwept, true);
});

test('a result that comes after the end of its job counts', { timeout: 30_000 }, async (t) => {
  const space = makeSpace(t);
  const clock = puppetClock();
  const system = {
    ...PLAIN,
    submit: async () => ({ kind: 'submitted', ids: ['5'] }),
    poll: async () => ({ kind: 'known', jobs: new Map([['5', { state: 'ended', end: { message: 'ended' } }]]) }),
    cancel: async () => true,
  } satisfies BatchSystem as BatchSystem; // prettier-ignore
  const executor = openExecutor(space, clock, system);
  const late = executor.submit(jobOf(space, 's', 's'), { line: () => {}, progress: () => {} });
  let isRead = 0;
  const name = readdirSync(space.path('jobs')).find((file) => file.startsWith('s.'))!;
  patchFs(t, 'existsSync', (real) => (path) => {
    // Looked for twice each time; it is there at the second time after the end is known.
    if (path === space.path(`jobs/${name}/result`) && (isRead += 1) === 7)
      space.write(`jobs/${name}/result`, 'code 3\n');
    return real(path);
  });
  await passInTurns(clock, 8);
  assert.deepEqual(await late.exit, { kind: 'code', code: 3 });
});
