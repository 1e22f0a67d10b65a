// How jobs are submitted: together, one by one, later, in the folder of their stage.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { test } from 'node:test';
import { BatchExecutor, makeStop, readJobs, type BatchSystem } from '../../../src/run/run.ts';
import { makeSpace } from '../../hash/space.ts';
import { passInTurns, puppetClock } from '../puppet-clock.ts';
import { jobOf, openExecutor, PLAIN, request, slurm } from './jobs.ts';

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
