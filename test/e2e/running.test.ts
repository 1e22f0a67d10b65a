// What a stage is given, what it may ask for, and what happens when it fails: driven from outside.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { test } from 'node:test';
import { isWhole, sampleOf, testInWhole } from '../amount.ts';
import { makeWorkspace, pipeBin, runPipe } from '../workspace.ts';

test('a stage sees its name, its own parameters, its fingerprint and its scratch folder', async (t) => {
  const workspace = makeWorkspace(t, {
    'params.yaml': 'lr: 0.1\nbig: 9007199254740993\nother: 2\n',
    'pipeline.yaml': `
stages:
  train:
    foreach: [{size: 3}]
    do:
      cmd: cp $PIPE_PARAMS_FILE params.json; env | grep -E '^(PIPE|DVC)_' | sort > env.txt
      params: [lr, big]
      env: {MODE: fast}
      outs: [env.txt, params.json]
`,
  });
  await workspace.repro();
  const env = Object.fromEntries(
    workspace
      .read('env.txt')
      .trim()
      .split('\n')
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  ) as Record<string, string>;
  assert.equal(env['PIPE_STAGE'], 'train@0');
  assert.equal(env['DVC_STAGE'], 'train@0');
  assert.equal(env['PIPE_ROOT'], workspace.root);
  assert.equal(env['PIPE_PARAMS'], '{"params":{"params.yaml":{"lr":0.1,"big":9007199254740993}}}');
  assert.equal(workspace.read('params.json'), env['PIPE_PARAMS']);
  assert.equal(existsSync(env['PIPE_PARAMS_FILE']!), false, 'it goes with the stage');
  assert.match(env['PIPE_FINGERPRINT']!, /^[0-9a-f]{64}$/);
  assert.match(env['PIPE_PROGRESS_FD']!, /^\d+$/);
  assert.match(env['PIPE_TMP']!, /train%400$/);
});

/** Copies what it is given of its parameters; `unset` where the variable is not there. */
const copyParams = `
stages:
  copy:
    cmd: cp $PIPE_PARAMS_FILE file.json; echo "\\\${PIPE_PARAMS-unset}" > variable.json
    params: [{big.json: }]
    outs: [file.json, variable.json]
`;

test('parameters of any size reach a stage: too long for a variable, they are in the file alone', async (t) => {
  const text = (bytes: number): string => JSON.stringify({ text: 'x'.repeat(bytes) });
  const given = (bytes: number): string =>
    JSON.stringify({ params: { 'big.json': JSON.parse(text(bytes)) } });
  const frame = Buffer.byteLength(`PIPE_PARAMS=${given(0)}\0`);
  for (const kind of sampleOf(['pipeline', 'dvc'], 2)) {
    const workspace = makeWorkspace(t, {
      [`${kind}.yaml`]: copyParams,
      ...(kind === 'dvc' && { '.dvc/config': '' }),
    });
    for (const [bytes, fits] of [
      [128 * 1024 - frame, true],
      [128 * 1024 - frame + 1, false],
      [400_000, false],
    ] as const) {
      workspace.write('big.json', text(bytes));
      assert.deepEqual((await workspace.repro()).ran, ['copy']);
      assert.equal(workspace.read('file.json'), given(bytes));
      assert.equal(workspace.read('variable.json'), fits ? given(bytes) + '\n' : 'unset\n');
    }
  }
});

test('nor do they stop a stage where the environment is nearly full, or where an outer run has set some', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': copyParams,
    'big.json': JSON.stringify({ text: 'x'.repeat(120_000) }),
  });
  const most = Math.min(Number(execFileSync('getconf', ['ARG_MAX'], { encoding: 'utf8' })), 6 * 2 ** 20);
  const own = Object.entries(process.env).reduce(
    (sum, [name, value]) => sum + `${name}=${value}`.length + 9,
    0,
  );
  const count = Math.ceil((most - own) / 100_000);
  const each = 'x'.repeat(Math.floor((most - own - 60_000) / count) - 20);
  const full = Object.fromEntries(Array.from({ length: count }, (_, index) => [`FULL_${index}`, each]));
  const outer = { PIPE_PARAMS: 'outer', PIPE_PARAMS_FILE: 'outer' };
  const { code, stdout, stderr } = await runPipe(workspace.root, ['repro'], { ...full, ...outer });
  assert.equal(code, 0, stdout + stderr);
  assert.equal(workspace.read('file.json').length, '{"params":{"big.json":{"text":""}}}'.length + 120_000);
  assert.equal(workspace.read('variable.json'), 'unset\n');
});

test('a command that no system takes is refused in words, and nothing is recorded', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': 'vars: [big.json]\nstages:\n  s: {cmd: "echo ${text} > out", outs: [out]}\n',
    'big.json': JSON.stringify({ text: 'x'.repeat(200_000) }),
  });
  const { stdout } = await workspace.expect(1, 'repro');
  assert.match(
    stdout,
    /could not be started: a command of 2\d{5} bytes with \d+ bytes of environment is more than/,
  );
  await workspace.expect(1, 'status', '--check');
});

test('two stages whose long names differ at their end only have scratch folders, parameters and logs of their own', async (t) => {
  const name = 'n'.repeat(220);
  const stage = (key: string): string => `
  ${name}${key}:
    cmd: echo $PIPE_TMP > ${key}.txt; cp $PIPE_PARAMS_FILE ${key}.json; echo said ${key}
    params: [${key}]
    outs: [${key}.txt, ${key}.json]
`;
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': `stages:${stage('a')}${stage('b')}`,
    'params.yaml': 'a: 1\nb: 2\n',
  });
  await workspace.repro();
  assert.notEqual(workspace.read('a.txt'), workspace.read('b.txt'));
  for (const [key, value] of [
    ['a', 1],
    ['b', 2],
  ] as const) {
    assert.equal(
      workspace.read(`${key}.json`),
      JSON.stringify({ params: { 'params.yaml': { [key]: value } } }),
    );
    assert.match((await workspace.expect(0, 'logs', name + key)).stdout, new RegExp(`said ${key}`));
  }
});

test('standard input is empty unless one stage runs at a time', (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': 'stages:\n  read:\n    cmd: wc -c > count.txt\n    outs: [count.txt]\n',
  });
  const counts = ['-j1', '-j2'].map((jobs) => {
    const env = { ...process.env, NODE_TEST_CONTEXT: undefined };
    spawnSync(process.execPath, [pipeBin, 'repro', '-f', jobs], { cwd: workspace.root, env, input: 'said' });
    return workspace.read('count.txt').trim();
  });
  assert.deepEqual(counts, ['4', '0']);
});

test('cpus limit the threads of numeric libraries; each GPU belongs to one stage', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': `
stages:
  cpu:
    cmd: echo $OMP_NUM_THREADS $TF_NUM_INTRAOP_THREADS > cpu.txt
    resources: {cpus: 1}
    outs: [cpu.txt]
  part:
    cmd: echo $OMP_NUM_THREADS $MKL_NUM_THREADS $DVC_ROOT > part.txt
    resources: {cpus: 0.5}
    env: {MKL_NUM_THREADS: '3'}
    outs: [part.txt]
  gpu:
    foreach: [0, 1]
    do:
      # Each waits for the other, so both run at the same time.
      cmd: echo $CUDA_VISIBLE_DEVICES > gpu\${item}.txt; touch here\${item}; until test -e here0 -a -e here1; do sleep 0.01; done
      resources: {gpus: 1}
      outs: ["gpu\${item}.txt"]
`,
  });
  const { code, stdout } = await runPipe(workspace.root, ['repro', '-j3'], {
    CUDA_VISIBLE_DEVICES: '4,7',
    // DVC itself has started us.
    DVC_ROOT: '/of/dvc',
  });
  assert.equal(code, 0, stdout);
  assert.equal(workspace.read('cpu.txt') + workspace.read('part.txt'), '1 1\n1 3 /of/dvc\n');
  assert.deepEqual([workspace.read('gpu0.txt'), workspace.read('gpu1.txt')].sort(), ['4\n', '7\n']);
});

test('what can never be given is refused before anything starts', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': `
config: {pools: {licence: 1}}
stages:
  first: {cmd: echo 1 > first.txt, outs: [first.txt]}
  cpus: {cmd: echo 1, resources: {cpus: ${availableParallelism() + 1}}}
  pool: {cmd: echo 1, resources: {pools: {licence: 2}}}
`,
  });
  const { stderr } = await workspace.expect(1, 'repro');
  assert.match(stderr, /'cpus' asks for/);
  assert.match(stderr, /'pool' asks for 2 licence, and there is 1/);
  assert.throws(() => workspace.read('first.txt'), /ENOENT/);
});

test('a stage that fails is tried again as often as it says; each attempt starts clean', async (t) => {
  const text = (times: number): string => `
stages:
  flaky:
    cmd: test ! -e out.txt || exit 9; echo half > out.txt; echo x >> tries.txt; test $(wc -l < tries.txt) -ge 3
    retry: {times: ${times}, delay: 0, backoff: 2}
    outs: [out.txt]
`;
  const enough = makeWorkspace(t, { 'pipeline.yaml': text(2) });
  const { events } = await enough.repro();
  assert.deepEqual(
    events.filter(({ type }) => type === 'start').map(({ attempt }) => attempt),
    [1, 2, 3],
  );
  const tooFew = makeWorkspace(t, { 'pipeline.yaml': text(1) });
  await tooFew.expect(1, 'repro');
  assert.equal(tooFew.read('tries.txt'), 'x\nx\n');
});

test('a stage that takes longer than its timeout is ended, by force if need be', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': `
config: {grace: 0.1}
stages:
  slow:
    cmd: trap '' TERM; while true; do sleep 0.05; done
    timeout: 0.2s
    outs: [never.txt]
`,
  });
  const { stdout, stderr } = await workspace.expect(1, 'repro');
  assert.match(stdout + stderr, /timeout of 0\.2 s/);
});

test('progress and what is printed reach the reader', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': `
stages:
  train:
    cmd: 'printf error >&2; printf out; echo ''{"done": 3, "total": 50, "unit": "epoch", "note": "val 0.0101"}'' >&$PIPE_PROGRESS_FD; echo 1 > out.txt'
    outs: [out.txt]
`,
  });
  const { events } = await workspace.repro();
  const progress = events.find(({ type }) => type === 'progress')!;
  assert.deepEqual(progress['progress'], { done: 3, total: 50, unit: 'epoch', note: 'val 0.0101' });
  const printed = (name: string): unknown => events.find(({ stream }) => stream === name)?.['line'];
  assert.deepEqual(['stdout', 'stderr'].map(printed), ['out', 'error'], 'lines without an end, too');
});

const STAGES = isWhole ? 200 : 60;

testInWhole(`no cap is ever passed: overlaps of ${STAGES} random stages`, async (t) => {
  const caps = { jobs: 6, a: 2, b: 3 };
  // A fixed sequence, so that a failure can be looked at again.
  let seed = 12345;
  const below = (n: number): number => {
    seed = (seed * 1103515245 + 12345) % 2 ** 31;
    return Math.floor((seed / 2 ** 31) * n);
  };
  const asked = Array.from({ length: STAGES }, () => ({ a: below(caps.a + 1), b: below(caps.b + 1) }));
  const stages = asked.map(({ a, b }, at) => {
    const pools = [a > 0 ? `a: ${a}` : '', b > 0 ? `b: ${b}` : ''].filter(Boolean).join(', ');
    return `  s${at}:\n    cmd: echo + ${at} >> log; sleep 0.0${below(3)}; echo - ${at} >> log\n    always_changed: true\n    resources: {pools: {${pools}}}\n`;
  });
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': `config: {pools: {a: ${caps.a}, b: ${caps.b}}}\nstages:\n${stages.join('')}`,
  });
  await workspace.expect(0, 'repro', '-q', `-j${caps.jobs}`);
  const used = { jobs: 0, a: 0, b: 0 };
  const most = { jobs: 0, a: 0, b: 0 };
  const lines = readFileSync(workspace.path('log'), 'utf8').trim().split('\n');
  assert.equal(lines.length, 2 * STAGES);
  for (const line of lines) {
    const [sign, name] = line.split(' ');
    const by = sign === '+' ? 1 : -1;
    const { a, b } = asked[Number(name)]!;
    used.jobs += by;
    used.a += by * a;
    used.b += by * b;
    for (const cap of ['jobs', 'a', 'b'] as const) most[cap] = Math.max(most[cap], used[cap]);
  }
  for (const cap of ['jobs', 'a', 'b'] as const)
    assert.ok(most[cap] <= caps[cap], `${cap}: ${most[cap]} of ${caps[cap]}`);
  assert.ok(most.jobs > 1, 'stages did run side by side');
});
