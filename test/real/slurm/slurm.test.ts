// `executor: slurm` against a real Slurm: what a user gets, and what happens when jobs, nodes, the controller or pipe itself fail.
// PIPE_KILLS: how often pipe is killed (default 30).
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { makeWorkspace, runPipe, startPipe } from '../../workspace.ts';
import { config, failure, ofCluster, resultOf, single, starts, until } from './jobs.ts';

const KILLS = Number(process.env['PIPE_KILLS'] ?? 30);
/** Of the 90 jobs of the matrix, in one file a line. */
const MEMBERS = 90;

const cluster = ofCluster();
const { repro } = cluster;

test('a matrix of 90: cold, again, after one edit, with one that fails', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': `${config}stages:
  member:
    matrix: {n: ${JSON.stringify(Array.from({ length: MEMBERS }, (_, index) => index))}}
    cmd: sh member.sh \${item.n} > out/\${item.n}
    deps: ["in/\${item.n}", member.sh]
    outs: ["out/\${item.n}"]
  all:
    cmd: cat out/* > all
    deps: [out]
    outs: [all]
`,
    'member.sh': 'grep . in/$1 | grep -v bad',
  });
  for (let index = 0; index < MEMBERS; index += 1) workspace.write(`in/${index}`, `${index}\n`);
  workspace.write('out/.keep', '');
  const cold = await repro(workspace);
  assert.equal(cold.code, 0, cold.stderr);
  assert.equal(cold.of('ran').length, MEMBERS + 1);
  assert.equal(workspace.read('all').trim().split('\n').length, MEMBERS);
  const jobs = cold.events.filter(({ type, state }) => type === 'job' && state === 'running');
  assert.equal(new Set(jobs.map(({ stage }) => stage)).size, MEMBERS + 1);
  const again = await repro(workspace);
  assert.deepEqual([again.of('ran'), again.of('fresh').length], [[], MEMBERS + 1]);
  workspace.write('in/7', 'seven\n');
  assert.deepEqual((await repro(workspace)).of('ran'), ['all', 'member@7']);
  workspace.write('in/7', 'seven\n\n');
  const cut = await repro(workspace);
  assert.deepEqual([cut.of('ran'), cut.of('fresh').includes('all')], [['member@7'], true], 'early cut-off');
  workspace.write('in/8', 'bad\n');
  workspace.write('in/9', 'nine\n');
  const failing = await repro(workspace, '-k');
  assert.deepEqual([failing.code, failing.of('failed'), failing.of('ran')], [1, ['member@8'], ['member@9']]);
  workspace.write('in/8', '8\n');
  workspace.write('in/9', '9\n');
  workspace.write('in/7', '7\n');
  const back = await repro(workspace);
  assert.deepEqual(back.of('ran'), [], 'the run cache has all of it');
  const history = (await workspace.expect(0, 'history', '--json')).stdout;
  assert.match(history, /"job":\{"id":"\d+(?:_\d+)?","node":"n[12]"/);
});

test('what a stage asks for is what its job gets, and its environment is that of a local run', async (t) => {
  const workspace = makeWorkspace(t, {
    'params.yaml': 'rate: 3\n',
    'pipeline.yaml': `${config}stages:
  asks:
    cmd:
      - scontrol -o show job $SLURM_JOB_ID > job
      - printf '%s\\n' "$CUDA_VISIBLE_DEVICES" "$PIPE_RESOURCES" "$PIPE_STAGE" "$GREETING" "$OMP_NUM_THREADS" > seen
      - cat $PIPE_PARAMS_FILE > params
      - echo to the log; echo '{"done":1,"total":2}' >&$PIPE_PROGRESS_FD
    params: [rate]
    outs: [job, seen, params]
    env: {GREETING: "it's $HOME"}
    resources: {cpus: 2, memory: 300M, gpus: "fake:1"}
    timeout: 5m
`,
  });
  const run = await repro(workspace);
  assert.equal(run.code, 0, run.stderr + JSON.stringify(run.events));
  const job = workspace.read('job');
  assert.match(job, /NumCPUs=2 .*mem=300M/);
  assert.match(job, /TimeLimit=00:0[67]:00/);
  assert.match(job, /Requeue=0/);
  const [gpus, resources, ...rest] = workspace.read('seen').trim().split('\n');
  assert.equal(gpus, '0');
  assert.deepEqual((JSON.parse(resources!) as { gpus: unknown }).gpus, ['0']);
  assert.deepEqual(rest, ['asks', "it's $HOME", '2']);
  assert.deepEqual(JSON.parse(workspace.read('params')), { params: { 'params.yaml': { rate: 3 } } });
  assert.ok(run.events.some(({ type, line }) => type === 'output' && line === 'to the log'));
  assert.ok(run.events.some(({ type }) => type === 'progress'));
  assert.match((await workspace.expect(0, 'logs', 'asks')).stdout, /to the log/);
});

test('failures are named', async (t) => {
  const cases: readonly (readonly [stage: string, title: RegExp])[] = [
    ['{cmd: exit 7}', /exit code 7/],
    ['{cmd: sleep 60, timeout: 1}', /not done after its timeout of 1 s/],
    [
      `{cmd: 'python3 -c "import time; a = bytearray(500 << 20); time.sleep(30)"', resources: {memory: 60M}}`,
      /used more memory than it asked for/,
    ],
    ['{cmd: scancel $SLURM_JOB_ID; sleep 30}', /was cancelled/],
    ['{cmd: "true", outs: [nothing]}', /did not write its output 'nothing'/],
  ];
  await Promise.all(
    cases.map(async ([stage, title]) => {
      const run = await repro(single(t, stage));
      assert.equal(run.code, 1);
      assert.match(failure(run), title, stage);
    }),
  );
});

test('what Slurm can never run is refused before anything starts', async (t) => {
  for (const [stage, title] of [
    ['{cmd: "true", resources: {cpus: 5000}}', /can never run the stage 'one': /],
    ['{cmd: "true", resources: {memory: 900G}}', /can never run the stage 'one': /],
    ['{cmd: "true", resources: {gpus: "a100:1"}}', /can never run the stage 'one': /],
    ['{cmd: "true", slurm: {partition: nowhere}}', /invalid partition/i],
  ] as const) {
    const workspace = makeWorkspace(t, {
      'pipeline.yaml': `${config}stages:\n  first: {cmd: echo > first, outs: [first], executor: local}\n  one: ${stage}\n`,
    });
    const run = await repro(workspace);
    assert.equal(run.code, 1, stage);
    assert.match(run.stderr, title, stage);
    assert.ok(!existsSync(workspace.path('first')), 'nothing started');
  }
});

test('a stage whose node was lost runs again, and the lost attempt writes nothing more', async (t) => {
  const workspace = single(
    t,
    '{cmd: "echo one >> starts; if [ -e again ]; then echo right > out; else touch again; echo $SLURMD_NODENAME > node; sleep 8; echo late > out; fi", outs: [out]}',
  );
  const run = startPipe(workspace.root, ['repro', '--json'], cluster.env);
  let stdout = '';
  run.stdout!.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  await until(() => existsSync(workspace.path('node')) && workspace.read('node') !== '');
  const node = workspace.read('node').trim();
  cluster.do('kill-node', node);
  const [code] = (await once(run, 'close')) as [number];
  cluster.do('revive-node', node);
  assert.equal(code, 0, stdout);
  assert.deepEqual(resultOf(code, stdout, '').of('start'), ['one', 'one']);
  assert.equal(starts(workspace).get('one'), 2);
  assert.equal(workspace.read('out'), 'right\n');
});

test('a stage whose job cannot start on its node runs as another job', async (t) => {
  const workspace = single(t, '{cmd: "echo one >> starts; echo > out", outs: [out]}');
  const last = cluster.slurm('sbatch', '--parsable', '--output=/dev/null', '--wrap', 'true');
  await cluster.noJobs();
  // The question whether it can run at all takes an id too.
  cluster.do('break-job', String(Number(last) + 2));
  const run = await repro(workspace);
  cluster.do('resume-nodes');
  assert.equal(run.code, 0, run.stderr);
  assert.deepEqual(run.of('start'), ['one', 'one']);
  assert.equal(starts(workspace).get('one'), 1);
});

test('a stage whose job fails before its first step runs again, and what keeps failing is named', async (t) => {
  for (const isMended of [true, false]) {
    const workspace = makeWorkspace(t, {});
    const output = workspace.path('logs/job.out');
    workspace.write(
      'pipeline.yaml',
      `${config}stages:\n  one: {cmd: "echo one >> starts; echo > out", outs: [out], slurm: {args: ["--output=${output}"]}}\n`,
    );
    const run = cluster.begin(t, workspace, 'repro', '--json');
    if (isMended) {
      await until(() => run.printed().includes('"type":"job"'));
      const [, id] = /"id":"(\d+)"/.exec(run.printed())!;
      await until(() => cluster.slurm('scontrol', 'show', 'job', id!).includes('JobState=FAILED'));
      workspace.write('logs/other', '');
    }
    const code = await run.ended;
    const result = resultOf(code, run.printed(), '');
    assert.deepEqual(
      [code, result.of('start')],
      isMended ? [0, ['one', 'one']] : [1, ['one', 'one', 'one', 'one']],
      run.printed(),
    );
    assert.equal(starts(workspace).get('one') ?? 0, isMended ? 1 : 0);
    if (!isMended) assert.match(failure(result), /its job \d+ could not start on n[12]: JobLaunchFailure$/);
  }
});

test(`${KILLS} times pipe is killed at a random moment: every stage runs once`, async (t) => {
  const names = Array.from({ length: 12 }, (_, index) => `s${index}`);
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': `${config}stages:
  s:
    foreach: [${names.join(', ')}]
    do:
      cmd: echo \${item} \${turn} >> starts; sleep 0.3; echo \${turn} > \${item}
      outs: ["\${item}"]
  all:
    cmd: echo all \${turn} >> starts; cat ${names.join(' ')} > all
    deps: [${names.join(', ')}]
    outs: [all]
`,
    'params.yaml': 'turn: 0\n',
  });
  let killed = 0;
  let turn = 0;
  while (killed < KILLS) {
    turn += 1;
    workspace.write('params.yaml', `turn: ${turn}\n`);
    for (let isDone = false; !isDone;) {
      const run = startPipe(workspace.root, ['repro', '-q'], cluster.env);
      let printed = '';
      for (const stream of [run.stdout!, run.stderr!])
        stream.setEncoding('utf8').on('data', (text: string) => (printed += text));
      // A turn takes about three seconds.
      const timer = killed < KILLS ? setTimeout(() => run.kill('SIGKILL'), Math.random() * 2000) : undefined;
      const [code, signal] = (await once(run, 'exit')) as [number | null, NodeJS.Signals | null];
      clearTimeout(timer);
      if (signal !== null) killed += 1;
      else assert.equal(code, 0, printed);
      isDone = signal === null;
    }
    assert.equal(workspace.read('all'), `${turn}\n`.repeat(names.length));
  }
  const often = [...starts(workspace)].filter(([, count]) => count !== 1);
  assert.deepEqual(often, [], 'some stages ran more than once');
  assert.equal(starts(workspace).size, turn * (names.length + 1));
  t.diagnostic(`${killed} kills in ${turn} turns`);
  await cluster.noJobs();
  assert.deepEqual(readdirSync(workspace.path('cache/state/jobs/slurm')), ['done']);
});

test('Ctrl-C leaves no job, and the ids are printed', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': `${config}stages:\n  s: {matrix: {n: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]}, cmd: "touch runs-\${item.n}; sleep 60"}\n`,
  });
  const run = startPipe(workspace.root, ['repro'], cluster.env);
  let stdout = '';
  run.stdout!.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  await until(() => readdirSync(workspace.root).some((name) => name.startsWith('runs-')));
  run.kill('SIGINT');
  const [code] = (await once(run, 'close')) as [number];
  assert.equal(code, 130, stdout);
  await cluster.noJobs();
  assert.match(stdout, /10 jobs were cancelled: \d+_\d, \d+_\d/);
});

test('a closed terminal leaves the jobs running, and the next run takes over their results', async (t) => {
  const workspace = single(t, '{cmd: "echo one >> starts; touch runs; sleep 2; echo > out", outs: [out]}');
  const run = startPipe(workspace.root, ['repro'], cluster.env);
  await until(() => existsSync(workspace.path('runs')));
  run.kill('SIGHUP');
  assert.equal(((await once(run, 'close')) as [number])[0], 129);
  assert.equal(cluster.jobs().length, 1);
  const next = await repro(workspace);
  assert.deepEqual([next.code, next.of('ran'), starts(workspace).get('one')], [0, ['one'], 1]);
});

test('a job whose inputs changed meanwhile is cancelled, and writes nothing over the new result', async (t) => {
  const workspace = makeWorkspace(t, {
    in: '1',
    'pipeline.yaml': `${config}stages:\n  one: {cmd: "touch runs; v=$(cat in); [ $v = 2 ] || sleep 5; echo $v > out", deps: [in], outs: [out]}\n`,
  });
  const run = startPipe(workspace.root, ['repro'], cluster.env);
  await until(() => existsSync(workspace.path('runs')));
  run.kill('SIGKILL');
  await once(run, 'close');
  workspace.write('in', '2');
  const next = await repro(workspace);
  assert.deepEqual([next.code, next.of('ran')], [0, ['one']]);
  await cluster.noJobs();
  assert.equal(workspace.read('out'), '2\n');
});

test('stages share a job, copies on the node keep the workspace apart, and experiments run as jobs', async (t) => {
  const workspace = makeWorkspace(t, {
    'params.yaml': 'size: 1\n',
    'pipeline.yaml': `${config}stages:
  small:
    matrix: {n: [1, 2, 3, 4, 5, 6, 7, 8]}
    cmd: echo $SLURM_JOB_ID > small-\${item.n}
    outs: ["small-\${item.n}"]
    slurm: {batch: 4}
  apart:
    cmd: pwd > sub/where; cat small-1 > sub/copy; touch undeclared; cat \${size_file}
    deps: [small-1, params.yaml]
    outs: [sub]
    scratch: true
  sized:
    cmd: echo \${size} > sized
    outs: [sized]
vars: [{size_file: params.yaml}]
`,
  });
  const run = await repro(workspace);
  // The folder \`sub\` does not exist on the node.
  assert.equal(run.code, 1);
  assert.match(failure(run), /did not write its output 'sub'/);
  workspace.write(
    'pipeline.yaml',
    workspace.read('pipeline.yaml').replace('pwd > sub', 'mkdir sub; pwd > sub'),
  );
  assert.equal((await repro(workspace)).code, 0);
  const jobs = Array.from({ length: 8 }, (_, index) => workspace.read(`small-${index + 1}`).trim());
  assert.equal(new Set(jobs).size, 2, jobs.join());
  assert.notEqual(workspace.read('sub/where').trim(), workspace.root);
  assert.equal(workspace.read('sub/copy'), workspace.read('small-1'));
  assert.ok(!existsSync(workspace.path('undeclared')));
  assert.ok(!existsSync(workspace.read('sub/where').trim()), 'the copies are removed');
  const experiments = await runPipe(
    workspace.root,
    ['exp', 'run', 'grid', '-S', 'size=2,3', '-t', 'sized'],
    cluster.env,
  );
  assert.equal(experiments.code, 0, experiments.stdout + experiments.stderr);
  const shown = await workspace.expect(0, 'exp', 'show', '--json');
  assert.equal((shown.stdout.match(/"done"/g) ?? []).length, 2, shown.stdout);
});

// The last: a controller that lost its last seconds gives the ids of jobs of that time again, to the confusion of its nodes.
test('the controller goes away in the middle, and comes back', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': `${config}stages:
  a: {cmd: echo a >> starts; touch runs; sleep 2; echo > a, outs: [a]}
  b: {cmd: echo b >> starts; cp a b, deps: [a], outs: [b]}
`,
  });
  const run = startPipe(workspace.root, ['repro', '--json'], cluster.env);
  let stdout = '';
  run.stdout!.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  await until(() => existsSync(workspace.path('runs')));
  cluster.do('kill-controller');
  await until(() => stdout.includes('"batch-unavailable"'));
  cluster.do('start-controller');
  const [code] = (await once(run, 'close')) as [number];
  assert.equal(code, 0, stdout);
  assert.deepEqual(
    [...starts(workspace)],
    [
      ['a', 1],
      ['b', 1],
    ],
  );
});
