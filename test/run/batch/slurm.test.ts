// How Slurm and the commands of `executor: command` are asked, and what their answers mean: states, ends, memory, ids.
import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import { test } from 'node:test';
import {
  accountedJobs,
  endOf,
  isJobOver,
  makeCommandSystem,
  makeSlurmSystem,
  sbatchArgs,
  statusOf,
  submission,
  submitAlone,
  submittedOf,
  SubmittedJobs,
  type BatchSystem,
} from '../../../src/run/run.ts';
import { makeSpace } from '../../hash/space.ts';
import { request, slurm } from './jobs.ts';

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
      '3|CANCELLED|n2||never ran',
      '',
    ];
    return { kind: 'exited', code: 0, stdout: Buffer.from(lines.join('\n')), stderr: '' };
  });
  assert.deepEqual([asked, absent], [['1,2_0'], undefined]);
  assert.deepEqual(Object.fromEntries(jobs), {
    1: { state: 'COMPLETED', node: 'n1', name: 'name|of it', memory: 2 << 20 },
    '2_0': { state: 'OUT_OF_MEMORY', node: 'n2', name: 'b', memory: 1 << 30 },
    3: { state: 'CANCELLED', node: 'n2', name: 'never ran' },
  });
  const many = Array.from({ length: 500 }, (_, id) => String(id));
  asked.length = 0;
  await accountedJobs(many, async (...command) => {
    asked.push(command.at(-1)!);
    return { kind: 'exited', code: 0, stdout: Buffer.from(''), stderr: '' };
  });
  assert.deepEqual(asked, [many.join(',')], 'nothing is asked without an id');
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
  const { script, args } = submission([{ parts: [part('a')] }, { parts: [part('b'), part('c')] }], 'key', space.root);
  assert.ok(args.includes('--export=ALL'));
  assert.match(args[args.indexOf('--output') + 1]!, /%a/, 'each writes to a file of its own');
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

test('jobs of Slurm are those of their id and name', async () => {
  const lines = ['7_0|RUNNING|None|n1|mine', '7_1|PENDING|Priority||mine', '8|RUNNING|None|n2|an|other', ''];
  const { system, calls } = slurm({ squeue: lines.join('\n'), scancel: '' });
  const polled = await system.poll(['7_0', '7_1', '8']);
  assert.equal(calls[0], 'squeue -h -r -t all -o %i|%T|%r|%N|%j -j 7,8');
  assert.ok(polled.kind === 'known');
  assert.deepEqual(Object.fromEntries(polled.jobs), {
    '7_0': { state: 'running', node: 'n1', key: 'mine' },
    '7_1': { state: 'queued', reason: 'Priority', key: 'mine' },
    8: { state: 'running', node: 'n2', key: 'an|other' },
  });
  const jobs = [
    { id: '7_0', key: 'mine' },
    { id: '8', key: 'mine' },
    { id: '9', key: 'mine' },
    { id: '3', key: undefined },
  ];
  assert.equal(await system.cancel(jobs, 'SIGTERM'), true);
  assert.equal(await system.cancel(jobs, 'SIGKILL'), true);
  assert.deepEqual(
    calls.filter((call) => call.startsWith('scancel')),
    ['scancel --quiet 7_0 3', 'scancel --quiet --signal=KILL --full 7_0 3'],
  );
  const many = Array.from({ length: 501 }, (_, index) => String(index));
  await system.poll(many);
  assert.deepEqual(
    calls.slice(-2).map((call) => call.split(',').length),
    [500, 1],
  );

  const passing: readonly [number, string] = [1, 'error: Unable to contact slurm controller'];
  // One call of several that is not answered is enough.
  const halfSilent = makeSlurmSystem('/project', async (command, ...args) => {
    const stderr = command === 'scancel' && args.includes('500') ? passing[1] : '';
    return { kind: 'exited', code: stderr === '' ? 0 : 1, stdout: Buffer.from(''), stderr };
  });
  const unnamed = many.map((id) => ({ id, key: undefined }));
  assert.equal(await halfSilent.cancel(unnamed, 'SIGTERM'), false);
  assert.equal(await halfSilent.cancel(unnamed.slice(0, 500), 'SIGTERM'), true);
  const gone = slurm({ squeue: [1, 'slurm_load_jobs error: Invalid job id specified'] }).system;
  assert.deepEqual(await gone.poll(['7']), { kind: 'known', jobs: new Map() });
  const silent = slurm({ squeue: passing, scancel: passing }).system;
  assert.equal((await silent.poll(['7'])).kind, 'unavailable');
  assert.equal(await silent.cancel(jobs, 'SIGTERM'), false);
  assert.equal(
    await slurm({ squeue: lines.join('\n'), scancel: passing }).system.cancel(jobs, 'SIGTERM'),
    false,
  );
});

test('each line of what `poll` prints is about one job; `cancel` and `log` count where they end well', async (t) => {
  const { root } = makeSpace(t);
  const system = (cancel: string, log = 'false'): BatchSystem =>
    makeCommandSystem(root, {
      submit: 'false',
      poll: 'for id in $PIPE_JOBS; do echo "$id running node$id"; done; echo 3 failed out-of-memory at 2 GiB',
      cancel,
      log,
    });
  const polled = await system('').poll(['1', '2']);
  assert.ok(polled.kind === 'known');
  assert.deepEqual(Object.fromEntries(polled.jobs), {
    1: { state: 'running', node: 'node1' },
    2: { state: 'running', node: 'node2' },
    3: {
      state: 'ended',
      end: { cause: 'out-of-memory', message: 'its job 3 ended: out-of-memory at 2 GiB' },
    },
  });
  const jobs = ['1', '2'].map((id) => ({ id, key: undefined }));
  assert.equal(await system('[ "$PIPE_JOBS $PIPE_SIGNAL" = "1 2 TERM" ]').cancel(jobs, 'SIGTERM'), true);
  assert.equal(await system('exit 3').cancel(jobs, 'SIGTERM'), false);
  const log = async (command: string): Promise<string> => String(await system('', command).log!('1', 7));
  assert.equal(await log('echo $PIPE_JOB $PIPE_JOB_OFFSET'), '1 7\n');
  assert.equal(await log('echo no such job; exit 3'), '');
});

test('the jobs of a run are those of every batch system that it uses', () => {
  const jobs = new SubmittedJobs();
  for (const name of ['slurm', 'command'])
    jobs.add({ cancelled: () => [`${name}-1`], inFlight: () => [`${name}-2`, `${name}-3`] } as never);
  assert.deepEqual(jobs.cancelled(), ['slurm-1', 'command-1']);
  assert.deepEqual(jobs.inFlight(), ['slurm-2', 'slurm-3', 'command-2', 'command-3']);
});

test('a submission whose answer was lost is looked for by its name', async (t) => {
  const { root } = makeSpace(t);
  const task = { parts: [{ name: 'a', dir: '/jobs/a', request: request() }] };
  const lost: readonly [number, string] = [1, 'sbatch: error: Socket timed out on send/recv operation'];
  const found = slurm({ sbatch: lost, squeue: '5|77\n' });
  assert.deepEqual(await found.system.submit([task, task], 'key', root), {
    kind: 'submitted',
    ids: ['77_0', '77_1'],
  });
  assert.match(found.calls[0]!, /^sbatch --parsable .* --no-requeue --job-name key \S+\/key\/job\.sh$/);
  assert.equal(found.calls[1], 'squeue -h -t all -n key -o %A|%F');
  // Nobody says whether it was accepted, and nothing has its name.
  assert.equal(
    (await slurm({ sbatch: lost, squeue: '' }).system.submit([task], 'key', root)).kind,
    'unavailable',
  );
  const refused = slurm({ sbatch: [1, 'sbatch: error: Invalid account'], squeue: '5|77\n' });
  assert.equal((await refused.system.submit([task], 'key', root)).kind, 'refused');
  assert.equal(refused.calls.length, 1);
  assert.deepEqual(await slurm({ sbatch: '12;c\n' }).system.submit([task], 'key', root), {
    kind: 'submitted',
    ids: ['12'],
  });
  assert.equal(await slurm({ squeue: '' }).system.find!('key', 1), undefined);
});

test('how a job ended: the controller says it, else what it printed, else the accounting', async (t) => {
  const space = makeSpace(t);
  const shown = (state: string, more = ''): string =>
    `JobId=7 JobName=mine UserId=u JobState=${state} Reason=None NodeList=n1 StdOut=${space.path('out')} ${more}`;
  const forgotten: readonly [number, string] = [1, 'slurm_load_jobs error: Invalid job id specified'];
  const explain = (answers: Parameters<typeof slurm>[0], key = 'mine') =>
    slurm(answers).system.explain!({ id: '7', key });
  assert.equal(await explain({ scontrol: shown('RUNNING') }), undefined);
  assert.equal(await explain({ scontrol: shown('COMPLETING') }), undefined);
  assert.equal((await explain({ scontrol: shown('NODE_FAIL') }))!.cause, 'node-failure');
  assert.match(
    (await explain({ scontrol: shown('FAILED') }, 'else'))!.message,
    /given this id to another job \(mine\)/,
  );
  space.write('out', 'slurmstepd: error: Detected 1 oom_kill event');
  assert.equal((await explain({ scontrol: shown('FAILED') }))!.cause, 'out-of-memory');
  assert.equal((await explain({ scontrol: shown('COMPLETED') }))!.cause, undefined);
  space.write('out', 'first\nslurmstepd: error: execve(): slurm_script: No such file or directory\n');
  assert.match((await explain({ scontrol: shown('FAILED') }))!.detail!, /^slurmstepd: .* or directory$/);
  space.write('out', '');
  assert.equal((await explain({ scontrol: shown('FAILED') }))!.detail, undefined);
  const launch = shown('FAILED').replace('Reason=None', 'Reason=JobLaunchFailure');
  assert.equal((await explain({ scontrol: launch }))!.detail, 'JobLaunchFailure');
  const line = '7|TIMEOUT|n1||mine\n';
  assert.equal((await explain({ scontrol: forgotten, sacct: line }))!.cause, 'time-limit');
  assert.equal(await explain({ scontrol: forgotten, sacct: line }, 'else'), undefined);
  assert.match((await explain({ scontrol: forgotten }))!.message, /does not answer: sacct is not installed/);
  assert.equal(await explain({ scontrol: [1, 'Unable to contact slurm controller'] }), undefined);
});

test('a run that is itself a job of Slurm: how it is submitted, and whether it is over', async (t) => {
  const space = makeSpace(t);
  const variables = { PATH: space.path('bin'), SLURM_CONF: '/conf', SLURM_JOB_ID: '1' };
  const before = { ...process.env };
  t.after(() => (process.env = before));
  process.env = { ...before, ...variables };
  space.write(
    'bin/squeue',
    `#!/bin/sh
case "$*" in
  *"-j 1") echo RUNNING ;;
  *"-j 2") echo COMPLETED ;;
  *"-j 3") echo PENDING ;;
  *"-j 5") echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1 ;;
  *"-j 6") echo 'Unable to contact slurm controller' >&2; exit 1 ;;
esac
`,
    0o755,
  );
  const over = await Promise.all(['1', '2', '3', '4', '5', '6'].map(isJobOver));
  assert.deepEqual(over, [false, true, false, true, true, false]);
  space.write('bin/sbatch', '#!/bin/sh\necho "$SLURM_CONF ${SLURM_JOB_ID-unset} $PWD $*" >called; echo "12;cluster"\n', 0o755);
  assert.deepEqual(await submitAlone('/it.sh', space.root, '/out', { partition: 'p', batch: 2 }), {
    kind: 'submitted',
    ids: ['12'],
  });
  assert.equal(
    readFileSync(space.path('called'), 'utf8'),
    `/conf unset ${space.root} --parsable --job-name pipe-repro --output /out --cpus-per-task=1 --mem=1G --no-requeue --partition=p /it.sh\n`,
  );
  rmSync(space.path('bin'), { recursive: true });
  assert.equal(await isJobOver('2'), false, 'without Slurm nothing is known');
}); // prettier-ignore

test('stages share a job of Slurm as they are declared, and a call where they ask for the same', () => {
  const { system } = slurm({});
  const [plain, two, large] = [{}, { slurm: { batch: 2 } }, { resources: { cpus: 2 } }].map(request);
  assert.deepEqual(
    [plain!, two!].map((one) => system.partsOf(one)),
    [1, 2],
  );
  const groups = [plain!, two!, large!, request()].map((one) => system.groupOf(one));
  assert.equal(new Set(groups).size, 3);
  assert.equal(groups[0], groups[3]);
});
