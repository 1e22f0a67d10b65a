// What is known of the jobs of a batch system: who they are after a crash, what they printed, how they ended, what they used.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { test } from 'node:test';
import {
  accountedJobs,
  asVariable,
  BatchExecutor,
  changedAfter,
  endOf,
  folderName,
  FollowedOutput,
  isJobOver,
  jobRequest,
  jobShare,
  makeCommandSystem,
  makeSlurmSystem,
  makeStop,
  openJobJournal,
  readJobs,
  readMemory,
  readResult,
  readStarted,
  sbatchArgs,
  statusOf,
  submission,
  submitAlone,
  submittedOf,
  SubmittedJobs,
  type BatchSystem,
  type Job,
  type JobStatus,
} from '../../src/run/run.ts';
import type { WorkspacePath } from '../../src/base/base.ts';
import type { Project, Stage } from '../../src/pipeline/pipeline.ts';
import { makeSpace } from '../hash/space.ts';
import { makeOut, makeStage } from '../show/stages.ts';
import { patchFs } from '../patched-fs.ts';
import { passInTurns, puppetClock } from './puppet-clock.ts';

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
  assert.equal(journal.hasOpen(), true);
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
  assert.equal(later.hasOpen(), false);
  later.remove();
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
    () => space.write('folder/in/more', '2'),
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
  // A full disk: it goes on all the same.
  const heal = patchFs(t, 'appendFileSync', (real) => (file, ...rest) => {
    if (file !== space.path('logs/it.log')) return real(file, ...rest);
    throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
  });
  output.take(Buffer.from('three\n'));
  heal();
  assert.equal(lines.pop(), 'three');
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

test('a job that prints nothing has a log once its stage has one, so that no older one is taken for it', (t) => {
  const space = makeSpace(t);
  const follow = (name: string): void => {
    const job = { log: space.path(`logs/stage/${name}.log`) } as Job;
    new FollowedOutput(space.path('job'), job, { line: () => undefined, progress: () => undefined }).end();
  };
  mkdirSync(space.path('job'));
  follow('first');
  assert.ok(!existsSync(space.path('logs')), 'most stages print nothing');
  writeFileSync(space.path('job/output'), 'said');
  follow('second');
  rmSync(space.path('job/output'));
  follow('third');
  assert.deepEqual(readdirSync(space.path('logs/stage')).sort(), ['second.log', 'third.log']);
  // Taken over by another run, which goes on with the same file.
  follow('second');
  assert.equal(readFileSync(space.path('logs/stage/second.log'), 'utf8'), 'said');
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

test('a job gets what its stage reads and what it adds to, as far as that is of the project', () => {
  const stage = {
    ...makeStage('s', { deps: ['in', '/data/x', '../other', 's3://b/k'] }),
    params: [{ file: 'p.yaml', at: 'p.yaml' as WorkspacePath, keys: [] }],
    outs: [makeOut('out'), makeOut('log', { persist: true }), makeOut('/data/out')],
    slurm: { batch: 4, partition: 'own' },
    timeout: 5,
  } as Stage;
  const config = { grace: 3, slurm: { partition: 'p', account: 'a' }, executor: 'slurm' };
  const project = { root: '/project', config } as unknown as Project;
  const { inputs, outputs, slurm, timeout, grace } = jobRequest(stage, project, {
    fingerprint: 'f',
    env: {},
    temporary: false,
  });
  assert.deepEqual(inputs, ['in', 'p.yaml', 'log']);
  assert.deepEqual(outputs, ['out', 'log']);
  assert.deepEqual([slurm, timeout, grace], [{ partition: 'own', account: 'a', batch: 4 }, 5, 3]);
  const share = (executor: string | undefined): number =>
    jobShare({ ...stage, ...(executor && { executor }) } as Stage, project);
  assert.deepEqual([undefined, 'local', 'command', 'slurm'].map(share), [1 / 4, 0, 1, 1 / 4]);
});

test('each stage has a folder of its own, whatever its name', () => {
  const nameOf = (address: string): string => folderName(address as Stage['address']);
  const long = (end: string): string => nameOf(`train@${'x'.repeat(300)}${end}`);
  assert.equal(nameOf('sub/pipeline.yaml:a@b c'), 'sub%2Fpipeline.yaml%3Aa%40b%20c');
  assert.notEqual(long('1'), long('2'));
  assert.ok(long('1').length <= 200);
  for (const dots of ['.', '..']) assert.doesNotMatch(nameOf(dots), /^\.+$/);
});

test('parameters are in the environment as far as the system takes them, counted in bytes', () => {
  const variable = (json: string): string | undefined => asVariable(json);
  const most = 128 * 1024 - 'PIPE_PARAMS='.length - 1;
  assert.equal(variable('x'.repeat(most))?.length, most);
  assert.equal(variable('x'.repeat(most + 1)), undefined);
  assert.equal(variable('é'.repeat(most / 2 + 1)), undefined);
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

/** Slurm that answers as it is told to. @param answers by command: what it prints, or the code and the error. */
function slurm(
  answers: Readonly<Record<string, string | readonly [code: number, stderr: string] | undefined>>,
): {
  system: ReturnType<typeof makeSlurmSystem>;
  calls: string[];
} {
  const calls: string[] = [];
  const system = makeSlurmSystem('/project', async (command, ...args) => {
    calls.push([command, ...args].join(' '));
    const answer = answers[command];
    if (answer === undefined) return { kind: 'missing' };
    const [code, stdout, stderr] = typeof answer === 'string' ? [0, answer, ''] : [answer[0], '', answer[1]];
    return { kind: 'exited', code, stdout: Buffer.from(stdout), stderr };
  });
  return { system, calls };
}

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

/** One stage a job, all of which can be submitted in one call. */
const PLAIN = {
  name: 'the system',
  most: 9,
  partsOf: () => 1,
  groupOf: () => '',
  check: async () => [],
} satisfies Partial<BatchSystem>;

const openExecutor = (
  space: ReturnType<typeof makeSpace>,
  clock: ReturnType<typeof puppetClock>,
  system: BatchSystem,
  more: Partial<ConstructorParameters<typeof BatchExecutor>[0]> = {},
): BatchExecutor =>
  new BatchExecutor({
    system,
    root: space.root,
    area: space.path('jobs'),
    run: 'run',
    clock,
    stop: makeStop(1, clock),
    warn: () => {},
    batchJobs: 9,
    latencyWait: 0,
    ...more,
  });

/** Of a stage that writes a file of its name. */
const jobOf = (
  space: ReturnType<typeof makeSpace>,
  stage: string,
  fingerprint: string,
  more: object = {},
): Job => ({
  commands: ['true'],
  cwd: space.root,
  env: { inherited: {}, own: {} },
  log: space.path(`${stage}.log`),
  stdin: false,
  params: '{}',
  request: request({
    stage,
    fingerprint,
    inputs: [],
    outputs: [stage],
    wdir: '.',
    env: {},
    root: space.root,
    ...more,
  }),
});

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

test('jobs of one call have ids of their own; on copies, what is linked is a file, and a result replaces what was there', async (t) => {
  const space = makeSpace(t);
  const clock = puppetClock();
  const calls: string[][] = [];
  space.write('real/file', 'linked\n');
  symlinkSync('real/file', space.path('in'));
  space.write('out/old', 'of before');
  const system = {
    ...PLAIN,
    most: 2,
    groupOf: ({ stage }) => (stage === 'other' ? 'other' : ''),
    submit: async (tasks) => {
      calls.push(tasks.map(({ parts }) => parts[0]!.request.stage));
      for (const { parts } of tasks) spawnSync('sh', [`${parts[0]!.dir}/job.sh`], { stdio: 'ignore' });
      return { kind: 'submitted', ids: tasks.map((_, index) => `${6 + calls.length}_${index}`) };
    },
    poll: async () => ({ kind: 'known', jobs: new Map() }),
    cancel: async () => true,
  } satisfies BatchSystem as BatchSystem;
  const executor = openExecutor(space, clock, system);
  const submit = (stage: string, scratch: boolean, command: string): ReturnType<BatchExecutor['submit']> =>
    executor.submit(
      {
        ...jobOf(space, stage, stage, {
          inputs: ['none', 'in'],
          outputs: ['none', 'out'],
          env: { PIPE_TMP: space.path('tmp'), FOLDER: space.path('folder') },
          scratch,
        }),
        commands: [command],
      },
      { line: () => {}, progress: () => {} },
    );
  const jobs = [
    submit('copies', true, 'sleep 0.1; pwd -P > "$FOLDER"; mkdir out && cp in out/new && ln -s new out/link'),
    submit('other', false, 'true'),
    submit('here', false, 'true'),
  ];
  await passInTurns(clock, 4);
  for (const job of jobs) assert.deepEqual(await job.exit, { kind: 'code', code: 0 });
  assert.deepEqual(
    jobs.map((job) => job.ran!()!.job.id),
    ['7_0', '8_0', '7_1'],
  );
  assert.deepEqual(calls, [['copies', 'here'], ['other']], 'what asks for the same');
  const { seconds } = jobs[0]!.ran!()!;
  assert.ok(seconds! > 0 && seconds! < 90, `${seconds} s`);
  assert.deepEqual(readdirSync(space.path('out')), ['link', 'new']);
  assert.equal(readFileSync(space.path('out/new'), 'utf8'), 'linked\n');
  assert.ok(lstatSync(space.path('out/link')).isSymbolicLink());
  assert.equal(existsSync(readFileSync(space.path('folder'), 'utf8').trim()), false, 'no copy is left');
  await executor.close();
});

test('a job that is not taken at the moment is submitted later; what ended it is said, not how it looked from inside', async (t) => {
  const space = makeSpace(t);
  const clock = puppetClock();
  const warned: string[] = [];
  let calls = 0;
  const system = {
    ...PLAIN,
    submit: async (tasks) => {
      calls += 1;
      if (calls < 3) return { kind: 'unavailable', message: 'busy' };
      for (const { parts } of tasks) {
        const [{ name, dir }] = parts as [(typeof parts)[0]];
        writeFileSync(`${dir}/started`, '5 n1\n');
        writeFileSync(`${dir}/result`, 'code 137\n');
        space.write(`jobs/done/${name}`, '');
      }
      return { kind: 'submitted', ids: tasks.map((_, index) => `5_${index}`) };
    },
    poll: async () => ({ kind: 'known', jobs: new Map([['5_0', { state: 'running' }], ['5_1', { state: 'running' }]]) }),
    cancel: async () => true,
    explain: async ({ id }) => ({ cause: 'out-of-memory', message: `too much memory in ${id}` }),
  } satisfies BatchSystem as BatchSystem;
  const executor = openExecutor(space, clock, system, { warn: ({ code }) => warned.push(code) });
  const exits: unknown[] = [];
  for (const stage of ['a', 'b']) {
    const wanted = jobOf(space, stage, stage);
    const execution = executor.submit(wanted, { line: () => {}, progress: () => {} });
    void execution.exit.then((exit) => exits.push(exit));
  }
  await passInTurns(clock, 30);
  assert.deepEqual([calls, warned], [3, ['batch-unavailable']]);
  const ended = (id: string): object => ({ kind: 'batch', cause: 'out-of-memory', message: `too much memory in ${id}` });
  assert.deepEqual(exits, [ended('5_0'), ended('5_1')]);
}); // prettier-ignore

test('each kind of request is asked about once, before anything runs', async () => {
  const big = request({ stage: 'big', resources: { memory: 2 ** 50 } });
  const { system, calls } = slurm({
    sbatch: [1, 'sbatch: error: Memory specification can not be satisfied'],
  });
  const [problem, ...others] = await system.check([big, { ...big, stage: 'b' as never }]);
  assert.deepEqual([calls.length, others.length], [1, 0]);
  assert.match(problem!.title, /can never run the stage 'big' and 1 more: Memory specification/);
  const later: readonly [number, string] = [1, 'sbatch: error: Unable to contact slurm controller'];
  assert.deepEqual(await slurm({ sbatch: later }).system.check([big]), []);
  await assert.rejects(slurm({}).system.check([big]), /sbatch is not installed/);
});

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

test('what is refused together is asked for one by one', { timeout: 30_000 }, async (t) => {
  const space = makeSpace(t);
  const clock = puppetClock();
  const cancelled: unknown[] = [];
  let asked = 0;
  let polls = 0;
  const system = {
    ...PLAIN,
    submit: async (tasks) => {
      const stages = tasks.map(({ parts }) => parts[0]!.request.stage);
      if (stages.length > 1) return { kind: 'refused', message: 'too many' };
      return stages[0] === ('b' as never)
        ? { kind: 'refused', message: 'too large' }
        : { kind: 'submitted', ids: [`of ${stages[0]}`] };
    },
    // At the first question it does not know them yet.
    poll: async (ids) => ({ kind: 'known', jobs: new Map((polls += 1) === 1 ? [] : ids.map((id) => [id, { state: 'queued', reason: 'Priority' }])) }),
    // At first it does not answer.
    cancel: async (jobs, signal) => {
      cancelled.push([signal, ...jobs.map(({ id }) => id)]);
      return (asked += 1) > 1;
    },
  } satisfies BatchSystem as BatchSystem; // prettier-ignore
  const executor = openExecutor(space, clock, system);
  const states: unknown[] = [];
  const [first, refused, last] = ['a', 'b', 'c'].map((stage) =>
    executor.submit(jobOf(space, stage, stage), {
      line: () => {},
      progress: () => {},
      state: ({ id, state, reason }) => states.push([id, state, reason]),
    }),
  );
  await passInTurns(clock, 4);
  assert.deepEqual(await refused!.exit, {
    kind: 'batch',
    cause: 'refused',
    message: 'the system did not accept the job: too large',
  });
  assert.deepEqual(executor.inFlight(), ['of a', 'of c']);
  assert.deepEqual(states.slice(2), [
    ['of a', 'queued', 'Priority'],
    ['of c', 'queued', 'Priority'],
  ]);
  for (const execution of [first!, last!]) execution.cancel('SIGTERM');
  await passInTurns(clock, 4);
  const both = ['of a', 'of c'];
  assert.deepEqual(
    cancelled.splice(0),
    [
      ['SIGTERM', ...both],
      ['SIGTERM', ...both],
    ],
    'together, until it answers',
  );
  for (const execution of [first!, last!]) execution.cancel('SIGKILL');
  await passInTurns(clock, 4);
  assert.deepEqual(cancelled, [['SIGKILL', ...both]]);
  // The next run looks for those that are left.
  await executor.close();
  const left = [...readJobs(space.path('jobs/jobs.jsonl')).values()].flatMap(({ id }) => id ?? []);
  assert.deepEqual(left, ['of a', 'of c']);
});

test(
  'of more jobs than there is room for the first go; those of folders that go end with their run',
  { timeout: 30_000 },
  async (t) => {
    const space = makeSpace(t);
    const clock = puppetClock();
    const calls: string[] = [];
    const cancelled: string[] = [];
    const system = {
    ...PLAIN,
    most: 2,
    partsOf: ({ stage }) => (stage.startsWith('shared') ? 2 : 1),
    groupOf: ({ stage }) => stage.replace(/-.*/, ''),
    submit: async (tasks) => {
      calls.push(tasks.map(({ parts }) => parts.map(({ request: { stage } }) => stage).join('+')).join());
      return calls.length === 1
        ? { kind: 'refused', message: 'no' }
        : { kind: 'submitted', ids: tasks.map(({ parts }) => `of ${parts[0]!.request.stage}`) };
    },
    poll: async (ids) => ({ kind: 'known', jobs: new Map(ids.map((id) => [id, { state: 'running' }])) }),
    cancel: async (jobs) => cancelled.push(...jobs.map(({ id }) => id)) > 0,
  } satisfies BatchSystem as BatchSystem; // prettier-ignore
    const stop = makeStop(1, clock);
    const executor = openExecutor(space, clock, system, { stop, batchJobs: 3 });
    const [one, two, ...jobs] = ['shared-1', 'shared-2', 'a-1', 'a-2', 'a-3', 'a-4', 'a-5'].map((stage) =>
      executor.submit(jobOf(space, stage, stage, { temporary: stage === 'a-3' }), {
        line: () => {},
        progress: () => {},
      }),
    );
    for (const execution of [one!, two!])
      assert.partialDeepStrictEqual(await Promise.race([execution.exit, passInTurns(clock, 3)]), {
        cause: 'refused',
      });
    await passInTurns(clock, 4);
    assert.deepEqual(calls, ['shared-1+shared-2', 'a-1,a-2', 'a-3']);
    const journaled = [...readJobs(space.path('jobs/jobs.jsonl')).values()];
    assert.deepEqual(
      journaled.flatMap(({ stage, temporary }) => (temporary ? stage : [])),
      ['a-3'],
    );
    stop.request('SIGINT', true);
    const ended: string[] = [];
    for (const execution of jobs.slice(0, 3)) {
      void execution.exit.then(() => ended.push(execution.ran!()!.job.id));
      execution.cancel('SIGTERM');
    }
    await passInTurns(clock, 3);
    assert.deepEqual([ended, cancelled], [['of a-1', 'of a-2'], ['of a-3']]);
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

test(
  'a job runs in the folder of its stage, be that outside of the project, with parameters of any length',
  { timeout: 30_000 },
  async (t) => {
    const space = makeSpace(t);
    const clock = puppetClock();
    mkdirSync(space.path('project'));
    mkdirSync(space.path("out side's"));
    const system = {
      ...PLAIN,
      most: 1,
      submit: async ([task]) => {
        const env = { ...process.env, CUDA_VISIBLE_DEVICES: '3,5' };
        spawnSync('sh', [`${task!.parts[0]!.dir}/job.sh`], { stdio: 'ignore', env });
        return { kind: 'submitted', ids: [task!.parts[0]!.request.stage] };
      },
      poll: async () => ({ kind: 'known', jobs: new Map() }),
      cancel: async () => true,
    } satisfies BatchSystem as BatchSystem;
    space.write('shell', '#!/bin/sh\nMARK=own exec /bin/sh "$@"\n');
    chmodSync(space.path('shell'), 0o755);
    const executor = openExecutor(space, clock, system);
    const params = JSON.stringify({ long: 'x'.repeat(100_000) });
    const it = executor.submit(
      {
        ...jobOf(space, 's', 's'),
        commands: [
          'cp "$PIPE_PARAMS_FILE" params; pwd > where; echo ${UNSET-none} > unset',
          'echo "$PIPE_RUN_ID" "$PIPE_RESOURCES" "$MARK" > has; exit 3',
          'echo > never',
        ],
        cwd: space.path("out side's"),
        env: { inherited: { SHELL: space.path('shell') }, own: {} },
        params,
        request: request({
          stage: 's',
          fingerprint: 's',
          inputs: [],
          outputs: [],
          wdir: "../out side's",
          env: {
            PIPE_TMP: space.path('tmp'),
            UNSET: undefined,
            PIPE_RUN_ID: 'run',
            PIPE_RESOURCES: '{"cpus":2,"gpus":[]}',
          },
          root: space.path('project'),
        }),
      },
      { line: () => {}, progress: () => {} },
    );
    const there = executor.submit(
      {
        ...jobOf(space, 'there', 'there', { wdir: space.path("out side's") }),
        commands: ['pwd > absolute'],
        cwd: space.path("out side's"),
      },
      { line: () => {}, progress: () => {} },
    );
    await passInTurns(clock, 4);
    assert.deepEqual(await there.exit, { kind: 'code', code: 0 });
    assert.ok(existsSync(space.path("out side's/absolute")));
    assert.deepEqual(await it.exit, { kind: 'code', code: 3 });
    assert.equal(existsSync(space.path("out side's/never")), false);
    assert.match(
      readFileSync(space.path("out side's/has"), 'utf8'),
      /^run\.s\S* {"cpus":2,"gpus":\["3","5"\]} own\n$/,
    );
    assert.equal(readFileSync(space.path("out side's/params"), 'utf8'), params);
    assert.equal(readFileSync(space.path("out side's/where"), 'utf8'), `${space.path("out side's")}\n`);
    assert.equal(readFileSync(space.path("out side's/unset"), 'utf8'), 'none\n');
  },
);

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
