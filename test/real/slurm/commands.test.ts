// The commands of everyday work with stages as jobs of a real Slurm.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, globSync } from 'node:fs';
import { test } from 'node:test';
import { makeWorkspace, runPipe, type TestWorkspace } from '../../workspace.ts';
import { config, ofCluster, resultOf, until } from './jobs.ts';

const cluster = ofCluster();
const { repro } = cluster;

test('a failed stage is repeated as declared, and -k runs what does not depend on one that failed', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': `${config}stages:
  flaky: {cmd: 'echo $SLURM_JOB_ID >> jobs; echo try; [ $(wc -l < jobs) -eq 3 ] && echo > flaky', outs: [flaky], retry: {times: 2, delay: 0.2}}
  hopeless: {cmd: echo x >> tries; exit 3, outs: [nothing], retry: 1}
  needs: {cmd: "true", deps: [nothing], outs: [never]}
  fine: {cmd: cp flaky fine, deps: [flaky], outs: [fine]}
`,
  });
  const run = await repro(workspace, '-k');
  assert.deepEqual(
    [run.code, run.of('ran'), run.of('failed'), run.of('skipped')],
    [1, ['fine', 'flaky'], ['hopeless'], ['needs']],
  );
  assert.equal(run.of('start').filter((stage) => stage === 'flaky').length, 3);
  const jobs = workspace.read('jobs').trim().split('\n');
  assert.equal(jobs.length, 3);
  assert.equal(workspace.read('tries'), 'x\nx\n');
  const { stdout: history, stderr: notes } = await runPipe(workspace.root, ['history'], cluster.env);
  assert.match(
    notes,
    /The memory of \d+ jobs is unknown: Slurm's accounting does not answer \(.*accounting storage is disabled/,
  );
  assert.match(history, new RegExp(`ran +flaky .*\\(job \\S+ on n[12]`));
  assert.match(history, /failed +hopeless .*exit code 3 {2}\(job \d+\S* on n[12]\)/);
  const second = await repro(workspace);
  assert.deepEqual(
    [second.of('ran'), second.of('failed'), second.of('fresh')],
    [[], ['hopeless'], ['fine', 'flaky']],
  );
});

test('status says what is queued and why, and what runs where; logs -f follows a job', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': `${config}stages:
  runs: {cmd: 'echo begun; touch runs; until [ -e go ]; do sleep 0.1; done; echo ended', slurm: {args: [--exclusive]}}
  waits: {cmd: 'touch waits', deps: [there], outs: [waited]}
  second: {cmd: 'true', slurm: {args: [--dependency=singleton, --begin=now+1hour]}}
`,
  });
  const run = cluster.begin(t, workspace, 'repro', 'runs', 'second');
  await until(() => existsSync(workspace.path('runs')));
  type Now = { run: { stages: { name: string; state: string; node?: string; reason?: string }[] } | null };
  const now = async (): Promise<Now['run']> =>
    (JSON.parse((await workspace.expect(0, 'status', '--json')).stdout) as Now).run;
  // Slurm is asked every few seconds.
  for (;;) {
    const stages = new Map((await now())?.stages.map((stage) => [stage.name, stage]));
    if (stages.get('runs')?.state === 'running' && stages.get('second')?.reason) {
      assert.match(String(stages.get('runs')!.node), /^n[12]$/);
      assert.deepEqual([stages.get('second')!.state, stages.get('second')!.reason], ['queued', 'BeginTime']);
      break;
    }
  }
  const { stdout } = await workspace.expect(0, 'status');
  assert.match(stdout, /a run goes on \(process \d+ on \S+\):\n/);
  assert.match(stdout, /^ {2}running {2}runs {2}job \d+ on n[12]$/m);
  assert.match(stdout, /^ {2}queued {2}second {2}job \d+ BeginTime$/m);
  const logs = cluster.begin(t, workspace, 'logs', '-f', 'runs');
  await until(() => logs.printed().includes('begun'));
  workspace.write('go', '');
  await until(() => logs.printed().includes('ended'));
  run.kill('SIGINT');
  assert.equal(await run.ended, 130);
  await cluster.noJobs();
  assert.equal(await now(), null);
});

test('watch runs stages as jobs after each change, and ends with no job left', async (t) => {
  const workspace = makeWorkspace(t, {
    in: '1\n',
    'pipeline.yaml': `${config}stages:
  one: {cmd: 'cat in > one; echo $SLURM_JOB_ID >> jobs', deps: [in], outs: [one]}
`,
  });
  const run = cluster.begin(t, workspace, 'watch');
  const isMade = (text: string): boolean =>
    existsSync(workspace.path('pipeline.lock')) &&
    existsSync(workspace.path('one')) &&
    workspace.read('one') === text;
  const ran = (times: number): boolean => run.printed().split(/\bran +one\b/).length === times + 1;
  await until(() => isMade('1\n') && ran(1));
  workspace.write('in', '2\n');
  await until(() => isMade('2\n') && ran(2));
  run.kill('SIGINT');
  await run.ended;
  assert.equal(workspace.read('jobs').trim().split('\n').length, 2, run.printed());
  await cluster.noJobs();
});

test('experiments run beside each other as jobs, and one that fails is named', async (t) => {
  const workspace = makeWorkspace(t, {
    'params.yaml': 'size: 1\n',
    'pipeline.yaml': `${config}stages:
  sized:
    cmd: '[ \${size} != 3 ] || exit 5; echo $SLURM_JOB_ID > job; echo "{\\"size\\": \${size}}" > sized.json'
    params: [size]
    outs: [job]
    metrics: [sized.json]
`,
  });
  const run = await runPipe(workspace.root, ['exp', 'run', 'grid', '-S', 'size=2,3,4'], cluster.env);
  assert.equal(run.code, 1, run.stdout + run.stderr);
  const shown = (await workspace.expect(0, 'exp', 'show', '--json')).stdout;
  assert.equal((shown.match(/"done"/g) ?? []).length, 2, shown);
  assert.equal((shown.match(/"failed"/g) ?? []).length, 1, shown);
  assert.ok(!existsSync(workspace.path('job')), 'the workspace is as it was');
  await cluster.noJobs();
});

test('a submission that Slurm accepted and whose answer was lost is neither repeated nor failed', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': `${config}stages:
  s: {matrix: {n: [1, 2, 3]}, cmd: 'echo \${item.n} $SLURM_JOB_ID >> ran; echo > \${item.n}', outs: ['\${item.n}']}
`,
    'bin/sbatch':
      '#!/bin/sh\ncase "$*" in *--test-only*) exec "$REAL" "$@" ;; esac\n"$REAL" "$@" > /dev/null\nexit 1\n',
  });
  chmodSync(workspace.path('bin/sbatch'), 0o755);
  const real = execFileSync('sh', ['-c', 'command -v sbatch'], { encoding: 'utf8' }).trim();
  const env = { ...cluster.env, REAL: real, PATH: `${workspace.path('bin')}:${process.env['PATH']}` };
  const run = await runPipe(workspace.root, ['repro'], env);
  assert.equal(run.code, 0, run.stdout + run.stderr);
  assert.equal(workspace.read('ran').trim().split('\n').length, 3);
});

test('jobs that end well cost no question but the look at the queue; the history asks for their memory', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': `${config}stages:
  s: {matrix: {n: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]}, cmd: 'sleep 0.\${item.n}; echo > \${item.n}', outs: ['\${item.n}']}
  fails: {cmd: exit 3, resources: {memory: 60M}}
`,
    // So the script of the job sees no memory itself.
    'bin/ps': '#!/bin/sh\n',
  });
  chmodSync(workspace.path('bin/ps'), 0o755);
  const env = { ...cluster.env, ...counting(workspace, 'scontrol', 'sacct') };
  const run = await runPipe(workspace.root, ['repro', '-k'], env);
  assert.equal(run.code, 1, run.stdout + run.stderr);
  assert.match(run.stdout, /12 ran/);
  // Of the one that failed, the state and the messages say whether a limit was the cause.
  assert.deepEqual(
    linesOf(workspace, 'scontrol').filter((line) => !/^-o show job \d+$/.test(line)),
    [],
  );
  assert.deepEqual(linesOf(workspace, 'sacct'), []);
  await runPipe(workspace.root, ['history'], env);
  assert.equal(linesOf(workspace, 'sacct').length, 1);
});

test('an id that Slurm gave to another job is neither believed nor cancelled', async (t) => {
  for (const [isChanged, retry] of [
    [true, 0],
    [false, 1],
  ] as const) {
    const workspace = makeWorkspace(t, {
      in: '1\n',
      'pipeline.yaml': `${config}stages:
  one: {cmd: 'echo one >> starts; touch runs; [ $(wc -l < starts) = 2 ] || sleep 60; cp in out', deps: [in], outs: [out], retry: ${retry}}
`,
    });
    const run = cluster.begin(t, workspace, 'repro');
    await until(() => existsSync(workspace.path('runs')));
    run.kill('SIGKILL');
    await run.ended;
    const [own] = cluster.jobs();
    cluster.slurm('scancel', '--signal=KILL', '--full', own!);
    await cluster.noJobs();
    // As after the loss of its state: nothing is known of the job, and its id is that of somebody else's.
    for (const path of globSync('cache/state/jobs/slurm/{*/result,done/*}', { cwd: workspace.root }))
      workspace.remove(path);
    const other = cluster.slurm('sbatch', '--parsable', '--output=/dev/null', '--wrap', 'sleep 120').trim();
    const journal = 'cache/state/jobs/slurm/jobs.jsonl';
    workspace.write(journal, workspace.read(journal).replace(`"ids":["${own}"]`, `"ids":["${other}"]`));
    if (isChanged) workspace.write('in', '2\n');
    const next = await repro(workspace);
    assert.equal(next.code, 0, next.stderr + JSON.stringify(next.events));
    assert.deepEqual(cluster.jobs(), [other]);
    assert.equal(workspace.read('out'), isChanged ? '2\n' : '1\n');
    cluster.slurm('scancel', other);
    await cluster.noJobs();
  }
});

test('where stages share jobs, `max_jobs` counts the jobs', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': `config: {executor: slurm, gitignore: false, slurm: {max_jobs: 2, batch: 4}}
stages:
  s:
    matrix: {n: ${JSON.stringify(Array.from({ length: 20 }, (_, index) => index))}}
    cmd: sleep 0.1; echo > s-\${item.n}
    outs: ['s-\${item.n}']
`,
  });
  const run = await repro(workspace);
  assert.equal(run.code, 0, run.stderr);
  const live = new Set<string>();
  let most = 0;
  for (const event of run.events) {
    if (event.type === 'job') live.add(event.stage!);
    if (event.type === 'ran') live.delete(event.stage!);
    most = Math.max(most, live.size);
  }
  assert.ok(most > 2, `${most} stages in two jobs`);
});

test('stages that share jobs and become ready one by one are not more jobs than `max_jobs`', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': `config: {executor: slurm, gitignore: false, slurm: {max_jobs: 2, batch: 4}}
stages:
  ready:
    matrix: {n: [1, 2, 3]}
    cmd: until [ -e go-\${item.n} ]; do sleep 0.1; done; echo > ready-\${item.n}
    outs: ['ready-\${item.n}']
    executor: local
  next:
    matrix: {n: [1, 2, 3]}
    cmd: echo > runs-\${item.n}; until [ -e end ]; do sleep 0.1; done; echo > next-\${item.n}
    deps: ['ready-\${item.n}']
    outs: ['next-\${item.n}']
`,
  });
  const run = cluster.begin(t, workspace, 'repro', '--json');
  for (const n of [1, 2]) {
    workspace.write(`go-${n}`, '');
    await until(() => existsSync(workspace.path(`runs-${n}`)));
  }
  workspace.write('go-3', '');
  await until(() => /"start"[^\n]*"next@3"/.test(run.printed()));
  // Long enough for a submission.
  for (let looks = 0; looks < 3; looks += 1) await workspace.expect(0, 'status', '--json');
  const ended = Date.now();
  workspace.write('end', '');
  assert.equal(await run.ended, 0, run.printed());
  const queued = resultOf(0, run.printed(), '').events.find(
    ({ type, stage, state }) => type === 'job' && stage === 'next@3' && state === 'queued',
  ) as { readonly time?: number } | undefined;
  assert.ok(queued!.time! >= ended, 'submitted once another job had ended');
});

/** Programs before those of Slurm that note with what they were called. */
function counting(workspace: TestWorkspace, ...names: readonly string[]): NodeJS.ProcessEnv {
  for (const name of names) {
    const real = execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim();
    const file = `bin/${name}`;
    workspace.write(file, `#!/bin/sh\necho "$*" >> '${workspace.path(name)}'\nexec ${real} "$@"\n`);
    chmodSync(workspace.path(file), 0o755);
  }
  return { PATH: `${workspace.path('bin')}:${process.env['PATH']}` };
}

const linesOf = (workspace: TestWorkspace, name: string): readonly string[] =>
  existsSync(workspace.path(name)) ? workspace.read(name).trim().split('\n') : [];
