// How commands of stages are run: their environment and parameters, their logs, attempts and processes, and what runs after a failure.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  symlinkSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Stage } from '../../src/pipeline/pipeline.ts';
import { ParamsFiles, type Execution, type Executor } from '../../src/run/run.ts';
import { runInProcess } from '../open-project.ts';
import { patchFs } from '../patched-fs.ts';
import { makeWorkspace } from '../workspace.ts';

test('a job that prints nothing has a log, too, where an earlier one has: the newest is that of the newest job', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': 'stages:\n  s: {cmd: cat in; cp in o, deps: [in], outs: [o]}\n',
  });
  for (const text of ['said\n', '']) {
    workspace.write('in', text);
    await runInProcess(workspace.root);
  }
  const logs = readdirSync(workspace.path('cache/logs/s')).sort();
  assert.deepEqual(
    logs.map((name) => workspace.read(`cache/logs/s/${name}`)),
    ['said\n', ''],
  );
});

test("a stage's own variables win over those that the engine derives, and over inherited ones", async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': `
stages:
  s:
    cmd: echo $OMP_NUM_THREADS $MKL_NUM_THREADS $INHERITED > out
    env: {OMP_NUM_THREADS: 7, INHERITED: own}
    resources: {cpus: 1}
    outs: [out]
`,
  });
  process.env['INHERITED'] = 'outer';
  t.after(() => delete process.env['INHERITED']);
  await runInProcess(workspace.root);
  assert.equal(workspace.read('out'), '7 1 own\n');
});

test('each further attempt of a stage finds none of what the one before wrote', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': `
stages:
  s:
    cmd: ls -A . d >> ../seen 2>/dev/null; echo half > out; mkdir -p d; echo half > d/half; false
    wdir: w
    retry: {times: 2, delay: 0}
    outs: [out, d]
`,
    'w/input': '',
  });
  const { stages, counts } = await runInProcess(workspace.root);
  assert.deepEqual([stages('start').length, counts.failed], [3, 1]);
  assert.doesNotMatch(workspace.read('seen'), /out|half/);
});

test('the end of what a stage printed is what its failure shows', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': 'stages:\n  s: {cmd: "seq 1 100; exit 3"}\n',
  });
  const { events } = await runInProcess(workspace.root);
  const failed = events.find((event) => event.type === 'failed')!;
  assert.deepEqual(
    failed.tail,
    Array.from({ length: 20 }, (_, index) => String(81 + index)),
  );
  assert.equal(readFileSync(failed.log!, 'utf8').split('\n').length, 101);
});

test('a scratch folder and the file of parameters go with their stage', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': 'stages:\n  s: {cmd: "echo 1 > $PIPE_TMP/x; echo 1 > out", params: [n], outs: [out]}\n',
    'params.yaml': 'n: 1\n',
  });
  await runInProcess(workspace.root);
  assert.deepEqual(readdirSync(workspace.path('cache/tmp')), []);
  assert.deepEqual(readdirSync(workspace.path('cache/state/params')), []);
  assert.equal(existsSync(workspace.path('cache/state/run.owner.json')), false);
});

for (const code of [0, 3])
  test(`of a job that waited in a queue counts how long it ran, with code ${code}`, async (t) => {
    const workspace = makeWorkspace(t, { 'pipeline.yaml': 'stages:\n  s: {cmd: make, outs: [out]}\n' });
    const job = { system: 'Slurm', id: '7' };
    const submit = (): Execution => {
      workspace.write('out', '');
      const exit = Promise.resolve({ kind: 'code', code } as const);
      return { exit, cancel: () => undefined, tail: () => ['said'], ran: () => ({ job, seconds: 900 }) };
    };
    const make = (): Executor => ({ submit });
    const { events } = await runInProcess(workspace.root, undefined, undefined, undefined, make);
    assert.deepEqual(
      events.flatMap((event) =>
        event.type === 'ran' || event.type === 'failed' ? [[event.type, event.seconds, event.job]] : [],
      ),
      [[code === 0 ? 'ran' : 'failed', 900, job]],
    );
  });

test('the log of a run keeps what every command and every attempt printed', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml':
      'stages:\n  s: {cmd: [echo first, "echo second; false", echo never > never], retry: {times: 1, delay: 0}}\n',
  });
  const { events } = await runInProcess(workspace.root);
  const { log } = events.find((event) => event.type === 'failed')!;
  assert.equal(readFileSync(log!, 'utf8'), 'first\nsecond\nfirst\nsecond\n');
  assert.equal(existsSync(workspace.path('never')), false, 'a command after one that failed');
});

test('what a stage leaves running in its group is ended before the next one starts', async (t) => {
  if (process.platform !== 'linux') return t.skip('processes are looked at in /proc');
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': `
stages:
  leaves: {cmd: "sleep 1000 >/dev/null 2>&1 3>&1 & echo $! > pid", outs: [pid]}
  looks:
    cmd: 'while grep -q "^State:.[^ZX]" /proc/$(cat pid)/status; do sleep 0.02; done; true'
    deps: [pid]
    timeout: 10s
`,
  });
  assert.equal((await runInProcess(workspace.root)).counts.ran, 2);
});

test('parameters are written to a file of their own, whatever link is in its place', (t) => {
  const workspace = makeWorkspace(t, { precious: 'precious' });
  mkdirSync(workspace.path('params'));
  symlinkSync(workspace.path('precious'), workspace.path('params/1.json'));
  assert.equal(new ParamsFiles(workspace.root).take('{}'), workspace.path('params/1.json'));
  assert.deepEqual([workspace.read('precious'), workspace.read('params/1.json')], ['precious', '{}']);
});

test('a file of parameters is that of one stage at a time, and of a later one only while it has the same text', (t) => {
  const workspace = makeWorkspace(t, { 'params/1.json': 'left by a run that was killed', 'params/own': '' });
  const files = new ParamsFiles(workspace.root);
  const [first, second, other] = ['{}', '{}', '[]'].map((json) => files.take(json)) as [
    string,
    string,
    string,
  ];
  assert.equal(new Set([first, second, other]).size, 3);
  files.giveBack(first, '{}');
  files.giveBack(other, '[]');
  assert.equal(files.take('{}'), first);
  const spoilt: readonly ((path: string) => void)[] = [
    (path) => writeFileSync(path, '[]'),
    (path) => rmSync(path),
    (path) => (rmSync(path), symlinkSync(other, path)),
    (path) => (rmSync(path), mkdirSync(join(path, 'in'), { recursive: true })),
    (path) => (rmSync(path), execFileSync('mkfifo', [path])),
  ];
  for (const spoil of spoilt) {
    const path = files.take('{}');
    spoil(path);
    files.giveBack(path, '{}');
    const next = files.take('{}');
    assert.notEqual(next, path);
    assert.equal(readFileSync(next, 'utf8'), '{}');
  }
  assert.equal(readFileSync(other, 'utf8'), '[]');
  files.close();
  assert.deepEqual(readdirSync(workspace.path('params')), ['own']);
});

const chain = `
stages:
  bad: {cmd: "echo half > bad; false", outs: [bad]}
  next: {cmd: cat bad > next, deps: [bad], outs: [next]}
  last: {cmd: cat next > last, deps: [next], outs: [last]}
  beside: {cmd: echo 1 > beside, outs: [beside]}
`;

for (const [wanted, ran, skipped] of [
  [{}, [], ['beside', 'last', 'next']],
  [{ keepGoing: true }, ['beside'], ['last', 'next']],
  [{ ignoreErrors: true }, ['beside', 'last', 'next'], []],
] as const)
  test(`what runs after a stage that failed, ${JSON.stringify(wanted)}`, async (t) => {
    const workspace = makeWorkspace(t, { 'pipeline.yaml': chain, next: 'left by somebody' });
    const kept: Stage[] = [];
    const keep = (fresh: readonly Stage[]): unknown => kept.push(...fresh);
    const { stages } = await runInProcess(
      workspace.root,
      () => {},
      (opened) => ({ ...opened, freshMemory: { holds: false, isFresh: () => false, keep } as never }),
      wanted,
    );
    assert.deepEqual(kept, [], 'none of them is remembered as fresh');
    assert.deepEqual(stages('failed'), ['bad']);
    assert.deepEqual([stages('ran').sort(), stages('skipped').sort()], [ran, skipped]);
  });

test('a stage does not run where a file or a parameter that it reads is missing', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': `
stages:
  s: {cmd: echo 1 > a, params: [n, lost], outs: [a]}
  t: {cmd: echo 1 > b, deps: [lost], outs: [b]}
`,
    'params.yaml': 'n: 1\n',
  });
  const { stages } = await runInProcess(workspace.root, undefined, undefined, { keepGoing: true });
  assert.deepEqual(stages('failed').sort(), ['s', 't']);
  assert.deepEqual(['a', 'b'].map(workspace.path).filter(existsSync), []);
});

test('a command with a NUL, which no program can be given, is not started', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': 'stages:\n  s: {cmd: "touch a\\0b", outs: [a]}\n  t: {cmd: touch c, outs: [c]}\n',
  });
  const { events, counts } = await runInProcess(workspace.root, () => {}, undefined, { keepGoing: true });
  const [failed] = events.filter((event) => event.type === 'failed');
  assert.match(failed!.problem.title, /'s' failed: could not be started: .* must be a string without null/);
  assert.deepEqual([counts.ran, existsSync(workspace.path('a'))], [1, false]);
});

test('a stage goes on though what it prints cannot be kept', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': 'stages:\n  s: {cmd: echo said && echo 1 > o, outs: [o]}\n',
  });
  let failures = 0;
  patchFs(
    t,
    'writeSync',
    (real) =>
      ((...args: Parameters<typeof real>) => {
        const chunk: unknown = args[1];
        if (String(chunk) !== 'said\n') return real(...args);
        failures += 1;
        throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
      }) as typeof real,
  );
  const { events, counts } = await runInProcess(workspace.root);
  assert.deepEqual([counts.ran, failures], [1, 1]);
  assert.deepEqual(
    events.flatMap((event) => (event.type === 'output' ? [event.line] : [])),
    ['said'],
  );
});
