// What commands say of jobs of Slurm, whose programs are stand-ins here.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { test, type TestContext } from 'node:test';
import { startOf } from '../../src/base/base.ts';
import { makeHere, type Here } from './here.ts';

function standIns(t: TestContext, programs: Readonly<Record<string, string>>): Here {
  const here = makeHere(t, {
    'pipeline.yaml': `config: {executor: slurm, slurm: {partition: p}}
stages:
  a: {cmd: x, outs: [a]}
  b: {cmd: x, outs: [b]}
  c: {cmd: x, outs: [c], executor: local}
  d: {cmd: x, outs: [d], executor: command}
`,
    ...Object.fromEntries(
      Object.entries(programs).map(([name, text]) => [`bin/${name}`, `#!/bin/sh\n${text}\n`]),
    ),
  });
  for (const name of Object.keys(programs)) chmodSync(here.path(`bin/${name}`), 0o755);
  const before = process.env;
  t.after(() => (process.env = before));
  process.env = { ...before, PATH: `${here.path('bin')}:${before['PATH']}` };
  return here;
}

const linesOf = (values: readonly object[]): string =>
  values.map((value) => `${JSON.stringify(value)}\n`).join('');

test('beside a run, status says which of its jobs wait, and why, and where the others run', async (t) => {
  const { out, write } = standIns(t, {});
  const owner = {
    pid: process.pid,
    started: startOf(process.pid),
    host: hostname(),
    since: '2026-01-01T00:00:00.000Z',
  };
  write('cache/state/run.owner.json', JSON.stringify({ ...owner, run: 'this' }));
  const job = { type: 'job', time: 1, system: 'Slurm' };
  const events = (run: string): string =>
    linesOf([
      { type: 'run-start', run, time: 1, stages: 3, jobs: 3 },
      { type: 'start', stage: 'c', time: 1 },
      { ...job, stage: 'a', id: '7', state: 'queued', reason: 'Priority' },
      { ...job, stage: 'b', id: '8', state: 'queued' },
      { ...job, stage: 'b', id: '8', state: 'running', node: 'n1' },
      { type: 'failed', stage: 'c', time: 2, seconds: 1 },
    ]);
  const lastLines = async (count: number): Promise<readonly string[]> =>
    (await out(0, 'status')).trimEnd().split('\n').slice(-count);
  const head = `a run goes on (process ${process.pid} on ${hostname()})`;
  write('cache/state/run.jsonl', events('this'));
  assert.deepEqual(await lastLines(3), [
    `${head}:`,
    '  queued  a  job 7 Priority',
    '  running  b  job 8 on n1',
  ]);
  write('cache/state/run.jsonl', events('of before'));
  assert.deepEqual(await lastLines(1), [head], 'it has not begun to write');
});

test('history asks the accounting for the memory of jobs that no run has seen', async (t) => {
  const { both, out, path, read, remove, write } = standIns(t, {
    sacct: 'echo "$*" >asked; echo "7|COMPLETED|n1|2M|a"; echo "7.batch|COMPLETED|n1|3M|batch"',
  });
  const entry = { run: 'r', time: '2026-01-01T00:00:00.000Z', what: 'ran', seconds: 1, why: 'new' };
  write(
    'cache/state/history.jsonl',
    linesOf([
      { ...entry, stage: 'a', job: { id: '7', node: 'n1' } },
      { ...entry, stage: 'b', job: { id: '8', memory: 5 } },
      { ...entry, stage: 'c', job: { id: '9' } },
      { ...entry, stage: 'd', job: { id: '10' } },
    ]),
  );
  const memories = async (): Promise<unknown> =>
    (await out(0, 'history', '--json'))
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { job: { memory?: number } }).job.memory);
  assert.deepEqual(await memories(), [3 * 2 ** 20, 5, undefined, undefined]);
  assert.match(read('asked'), / -j 7\n$/);
  remove('bin/sacct');
  write('bin/sacct', '#!/bin/sh\necho "sacct: error: storage is disabled" >&2; exit 1\n');
  chmodSync(path('bin/sacct'), 0o755);
  assert.deepEqual(await memories(), [undefined, 5, undefined, undefined]);
  const { stdout, stderr } = await both(0, 'history');
  assert.match(stdout, /^ +ran +a .*\(job 7 on n1\)$/m);
  assert.match(stderr, /The memory of 1 job is unknown: [^]*\(sacct: error: storage is disabled\)/);
});

test('a run can be a small job of Slurm of its own', async (t) => {
  const { out, err, path, read, remove, write } = standIns(t, { sbatch: 'echo "$PWD $*" >asked; echo 12' });
  const { argv } = process;
  t.after(() => (process.argv = argv));
  process.argv = [argv[0]!, "/it's/pipe.js", 'repro', '--detach-job', 'a', '-S', 'x=$HOME'];
  write('cache/state/detached.events', 'of before');
  assert.equal(
    await out(0, 'repro', '--detach-job', 'a'),
    'The run goes on in job 12 of Slurm. `pipe attach` follows it; `scancel --batch --signal=TERM 12` ends it.\n',
  );
  const state = path('cache/state');
  assert.equal(
    read('asked'),
    `${path('.')} --parsable --job-name pipe-repro --output ${state}/detached.log --cpus-per-task=1 --mem=1G --no-requeue --partition=p ${state}/detached.sh\n`,
  );
  assert.ok(!existsSync(path('cache/state/detached.events')), 'nobody follows the run of before');
  assert.equal(statSync(`${state}/detached.sh`).mode & 0o777, 0o700);
  // What the job runs.
  write('node', '#!/bin/sh\nprintf "%s\\n" "$PIPE_DETACHED_EVENTS" "$@"\n');
  chmodSync(path('node'), 0o755);
  const script = read('cache/state/detached.sh').replace(argv[0]!, path('node'));
  assert.deepEqual(execFileSync('sh', ['-c', script], { encoding: 'utf8' }).trimEnd().split('\n'), [
    `${state}/detached.events`,
    "/it's/pipe.js",
    'repro',
    'a',
    '-S',
    'x=$HOME',
  ]);
  remove('bin/sbatch');
  write('bin/sbatch', '#!/bin/sh\necho "sbatch: error: Invalid account" >&2; exit 1\n');
  chmodSync(path('bin/sbatch'), 0o755);
  assert.match(
    await err(1, 'repro', '--detach-job'),
    /did not accept the job of the run: Invalid account[^]*`pipe repro --detach` runs it in the background/,
  );
});
