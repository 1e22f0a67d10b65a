// What is known of the jobs of a batch system: who they are after a crash, what they printed, how they ended, what they used.
import assert from 'node:assert/strict';
import {
  appendFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { test } from 'node:test';
import {
  accountedJobs,
  changedAfter,
  endOf,
  FollowedOutput,
  openJobJournal,
  readJobs,
  readMemory,
  readResult,
  readStarted,
  sbatchArgs,
  statusOf,
  submission,
  submittedOf,
  type Job,
} from '../../src/run/run.ts';
import { makeSpace } from '../hash/space.ts';

const job = (name: string, more: object = {}): Parameters<ReturnType<typeof openJobJournal>['submitting']>[0][0] => ({
  name,
  stage: `stage of ${name}`,
  fingerprint: `inputs of ${name}`,
  temporary: false,
  key: 'one',
  task: 0,
  tasks: 1,
  ...more,
}); // prettier-ignore

test('a later run finds each job that was submitted by its own id', (t) => {
  const file = makeSpace(t).path('jobs.jsonl');
  const journal = openJobJournal(file);
  journal.submitting([
    job('a', { tasks: 3 }),
    job('b', { task: 1, tasks: 3 }),
    job('c', { task: 2, tasks: 3 }),
    // Shares the job of c.
    job('d', { task: 2, tasks: 3 }),
  ]);
  journal.submitted('one', ['7_0', '7_1', '7_2']);
  journal.submitting([job('e', { key: 'two' }), job('f', { key: 'three' })]);
  journal.submitted('three', ['9']);
  journal.forget('b');
  assert.equal(journal.close(), false);
  const ids = (): unknown => Object.fromEntries([...readJobs(file)].map(([name, { id }]) => [name, id]));
  const left = { a: '7_0', c: '7_2', d: '7_2', e: undefined, f: '9' };
  assert.deepEqual(ids(), left);

  // Killed while it wrote the last line.
  appendFileSync(file, '\n{"what":"ended","na');
  const later = openJobJournal(file);
  assert.deepEqual([...later.left.keys()], Object.keys(left));
  assert.deepEqual(ids(), left, 'opening it changes nothing');
  // A submission whose end was not seen, of this name: only those without an id get one.
  later.submitted('two', ['8']);
  later.submitted('three', ['10']);
  assert.deepEqual(ids(), { ...left, e: '8' });
  for (const name of Object.keys(left)) later.forget(name);
  assert.equal(later.close(), true);
  assert.equal(existsSync(file), false);
  assert.equal(readJobs(file).size, 0);
});

test('an output that changed after the result is seen, however deep it is', (t) => {
  const space = makeSpace(t);
  const outs = ['file', 'folder', 'folder/in', 'folder/in/deep', 'folder/in/more'];
  const newest = (): number => Math.max(...outs.map((out) => lstatSync(space.path(out)).ctimeMs));
  const isSeen = (change: () => void): boolean => {
    for (const out of ['file', 'folder/in/deep', 'folder/in/more']) space.write(out, '1');
    const time = newest();
    const isChanged = (): boolean => changedAfter(time, space.root, ['file', 'folder', 'missing']);
    assert.equal(isChanged(), false);
    // Until the clock of the file system is later.
    while (Date.now() < time + 20) space.write('tick', '');
    change();
    return isChanged();
  };
  space.write('older', '2');
  utimesSync(space.path('older'), 1000, 1000);
  const changes: readonly (() => void)[] = [
    () => space.write('file', '2'),
    () => space.write('folder/in/deep', '2'),
    () => space.write('folder/in/new', ''),
    () => rmSync(space.path('folder/in/more')),
    () => renameSync(space.path('older'), space.path('file')),
  ];
  for (const change of changes) assert.equal(isSeen(change), true, String(change));
});

test('what a job prints goes on line by line, and whole into the log', (t) => {
  const space = makeSpace(t);
  mkdirSync(space.path('job'));
  const lines: string[] = [];
  const progress: unknown[] = [];
  const output = new FollowedOutput(space.path('job'), { log: space.path('logs/it.log') } as Job, {
    line: (_, line, more) => void lines.push(more ? `${line}…` : line),
    progress: (one) => void progress.push(one.done),
  });
  output.read();
  assert.deepEqual(lines, []);
  writeFileSync(space.path('job/output'), 'one\ntwo h');
  output.read();
  appendFileSync(space.path('job/output'), 'alf\n');
  writeFileSync(space.path('job/progress'), '{"done": 1}\n{"done": ');
  output.read();
  assert.deepEqual([lines, progress], [['one', 'two half'], [1]]);
  appendFileSync(space.path('job/progress'), '2}\nno JSON\n');
  // More than is read at a time.
  const many = Array.from({ length: 300_000 }, (_, at) => `line ${at}`);
  appendFileSync(space.path('job/output'), many.join('\n'));
  output.end();
  assert.equal(lines.length, 2 + many.length);
  assert.equal(lines.at(-1), 'line 299999', 'without a line end, too');
  assert.deepEqual(output.tail, many.slice(-20));
  assert.deepEqual(progress, [1, 2]);
  assert.ok(readFileSync(space.path('logs/it.log')).equals(readFileSync(space.path('job/output'))));
});

test('the files of a job count once they are whole', (t) => {
  const space = makeSpace(t);
  const [dir, write] = [space.root, (name: string, text: string) => space.write(name, text)];
  assert.deepEqual([readStarted(dir), readResult(dir), readMemory(dir)], [undefined, undefined, undefined]);
  write('started', '12_3 node');
  write('result', 'code 0');
  assert.deepEqual([readStarted(dir), readResult(dir)], [undefined, undefined]);
  write('started', '12_3 node7 key\n');
  write('memory', '2048\n');
  assert.partialDeepStrictEqual(readStarted(dir), { id: '12_3', node: 'node7', key: 'key' });
  assert.equal(readMemory(dir), 2 << 20);
  for (const [text, exit] of [
    ['code 0', { kind: 'code', code: 0 }],
    ['code 137', { kind: 'code', code: 137 }],
    ['timeout 0.5', { kind: 'timeout', seconds: 0.5 }],
    ['start no room on disk', { kind: 'not-started', message: 'no room on disk' }],
  ] as const) {
    write('result', `${text}\n`);
    assert.deepEqual(readResult(dir)!.exit, exit, text);
  }
});

test('the memory of a job is the most that one of its steps used', async () => {
  const asked: string[] = [];
  const { jobs, absent } = await accountedJobs(['1', '2_0'], async (...command) => {
    asked.push(command.at(-1)!);
    const lines = [
      '1|COMPLETED|n1||name|of it',
      '1.batch|COMPLETED|n1|2048K|batch',
      '1.0|COMPLETED|n1|1.5M|step',
      '2_0|OUT_OF_MEMORY|n2||b',
      '2_0.batch|OUT_OF_MEMORY|n2|1G|batch',
      '2_0.extern|COMPLETED|n2|0|extern',
      '',
    ];
    return { kind: 'exited', code: 0, stdout: Buffer.from(lines.join('\n')), stderr: '' };
  });
  assert.deepEqual([asked, absent], [['1,2_0'], undefined]);
  assert.deepEqual(Object.fromEntries(jobs), {
    1: { state: 'COMPLETED', node: 'n1', name: 'name|of it', memory: 2 << 20 },
    '2_0': { state: 'OUT_OF_MEMORY', node: 'n2', name: 'b', memory: 1 << 30 },
  });
  const none = await accountedJobs(['1'], async () => ({ kind: 'missing' }));
  assert.deepEqual([none.jobs.size, none.absent], [0, 'sacct is not installed']);
});

test('the states of Slurm: what waits, runs and ended, and by what', () => {
  const status = (state: string, reason = ''): string => statusOf('5', state, reason, 'n1').state;
  for (const state of ['PENDING', 'REQUEUED', 'SPECIAL_EXIT']) assert.equal(status(state), 'queued', state);
  for (const state of ['RUNNING', 'COMPLETING', 'SUSPENDED', 'STAGE_OUT']) assert.equal(status(state), 'running', state); // prettier-ignore
  for (const state of ['COMPLETED', 'FAILED', 'CANCELLED', 'TIMEOUT', 'NODE_FAIL', 'PREEMPTED'])
    assert.equal(status(state), 'ended', state);
  assert.deepEqual(statusOf('5', 'PENDING', 'Priority', ''), { state: 'queued', reason: 'Priority' });
  for (const [state, cause] of [
    ['COMPLETED', undefined],
    ['FAILED', undefined],
    ['OUT_OF_MEMORY', 'out-of-memory'],
    ['TIMEOUT', 'time-limit'],
    ['DEADLINE', 'time-limit'],
    ['NODE_FAIL', 'node-failure'],
    ['PREEMPTED', 'preempted'],
    ['CANCELLED by 1000', 'cancelled'],
    ['CANCELLED+', 'cancelled'],
  ] as const)
    assert.equal(endOf('5', state, '', '').cause, cause, state);
  assert.match(endOf('5', 'CANCELLED by 1000', '', 'n1').message, /^its job 5 was cancelled \(on n1, by user 1000\)$/); // prettier-ignore
});

const request = (more: object = {}): Parameters<typeof sbatchArgs>[0] =>
  ({ resources: {}, slurm: {}, timeout: null, grace: 10, ...more }) as Parameters<typeof sbatchArgs>[0];

test('what a stage asks for reaches Slurm rounded up, and the time of all that share a job', () => {
  assert.deepEqual(sbatchArgs(request(), 1), ['--no-requeue']);
  const resources = { cpus: 2.5, memory: 1.5 * 2 ** 20, gpus: 2, gpuType: 'a100' };
  const slurm = { partition: 'p', account: 'a', args: ['--exclusive'] };
  assert.deepEqual(sbatchArgs(request({ resources, slurm, timeout: 50 }), 3), [
    '--no-requeue',
    '--partition=p',
    '--account=a',
    '--cpus-per-task=3',
    '--mem=2M',
    '--gres=gpu:a100:2',
    '--time=4',
    '--exclusive',
  ]);
});

test('several tasks are one array, whose script starts each its own; what sbatch answers', (t) => {
  const space = makeSpace(t);
  const part = (name: string): Parameters<typeof submission>[0][0]['parts'][0] => ({
    name,
    dir: `/jobs/${name}`,
    request: request(),
  });
  const { script } = submission([{ parts: [part('a')] }, { parts: [part('b'), part('c')] }], 'key', space.root);
  const text = readFileSync(script, 'utf8');
  assert.match(text, /^0\) exec sh '?\/jobs\/a\/job\.sh'? ;;$/m);
  assert.match(text, /^1\) sh '?\/jobs\/b\/job\.sh'?; sh '?\/jobs\/c\/job\.sh'? ;;$/m);
  assert.equal(submission([{ parts: [part('a')] }], 'key', space.root).script, '/jobs/a/job.sh');
  const answer = (code: number, stdout: string, stderr = ''): ReturnType<typeof submittedOf> =>
    submittedOf({ kind: 'exited', code, stdout: Buffer.from(stdout), stderr }, 2);
  assert.deepEqual(answer(0, '17;cluster\n'), { kind: 'submitted', ids: ['17_0', '17_1'] });
  assert.deepEqual(answer(1, '', 'sbatch: error: Batch job submission failed: Invalid account'), {
    kind: 'refused',
    message: 'Invalid account',
  });
  for (const passing of ['Unable to contact slurm controller', 'Socket timed out on send/recv', 'QOSMaxSubmitJobPerUserLimit'])
    assert.equal(answer(1, '', `sbatch: error: ${passing}`).kind, 'unavailable', passing);
}); // prettier-ignore
