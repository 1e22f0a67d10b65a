// What becomes of outputs and of the environment on the way of a stage, in a run inside the test's process.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  symlinkSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Stage } from '../../src/pipeline/pipeline.ts';
import {
  checkout,
  commit,
  openFileLocks,
  ParamsFiles,
  type Execution,
  type Executor,
} from '../../src/run/run.ts';
import { assertSoundCache } from '../faults/crash.ts';
import { openProject, runInProcess } from '../open-project.ts';
import { watchRun } from '../faults/puppet-run.ts';
import { patchFs } from '../patched-fs.ts';
import { makeWorkspace, startPipe } from '../workspace.ts';

for (const link of ['hardlink', 'symlink'])
  test(`an output that persists is written to as a file of its own, never through its ${link} into the cache`, async (t) => {
    const workspace = makeWorkspace(t, {
      'pipeline.yaml': `
config: {cache: {links: [${link}]}}
stages:
  s: {cmd: "echo line >> log; echo line >> d/log", params: [n], outs: [{log: {persist: true}}, {d: {persist: true}}]}
`,
      'params.yaml': 'n: 1\n',
      'd/other': 'other',
    });
    await runInProcess(workspace.root);
    assert.ok(
      link === 'symlink'
        ? lstatSync(workspace.path('log')).isSymbolicLink()
        : statSync(workspace.path('log')).nlink > 1,
    );
    workspace.write('params.yaml', 'n: 2\n');
    assert.deepEqual((await runInProcess(workspace.root)).stages('ran'), ['s']);
    assert.deepEqual([workspace.read('log'), workspace.read('d/log')], ['line\nline\n', 'line\nline\n']);
    assertSoundCache(workspace);
  });

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

test('a metric that the cache is not to keep is restored with the rest of an earlier result', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': `
stages:
  s:
    cmd: date +%N > model; echo $PIPE_PARAMS > metric.json; echo x,y > plot.csv
    params: [n, {other.yaml: [k, l]}]
    outs: [model]
    metrics: [{metric.json: {cache: false}}]
    plots: [{plot.csv: {cache: false}}]
`,
    'params.yaml': 'n: 1\n',
    'other.yaml': 'k: 2\nl: null\n',
  });
  await runInProcess(workspace.root);
  const first = [workspace.read('model'), workspace.read('metric.json')];
  const params = { 'params.yaml': { n: 1 }, 'other.yaml': { k: 2, l: null } };
  assert.deepEqual(JSON.parse(first[1]!), { params });
  workspace.write('params.yaml', 'n: 2\n');
  const { events } = await runInProcess(workspace.root);
  assert.deepEqual(
    events.flatMap((event) => (event.type === 'ran' ? [event.unchanged] : [])),
    [false],
    'one of its outputs is as before',
  );
  workspace.write('params.yaml', 'n: 1\n');
  const back = await runInProcess(workspace.root);
  assert.deepEqual([back.stages('ran'), back.stages('restored')], [[], ['s']]);
  assert.deepEqual([workspace.read('model'), workspace.read('metric.json')], first);
});

test('what depends on one stage that ran runs too where that is asked for', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': `stages:
  a: {cmd: echo 1 > a, deps: [in], outs: [a]}
  b: {cmd: echo 1 > b, outs: [b]}
  c: {cmd: cat a b > c, deps: [a, b], outs: [c]}
`,
    in: '1',
  });
  await runInProcess(workspace.root);
  workspace.write('in', '2');
  const { stages } = await runInProcess(workspace.root, undefined, undefined, { forceDownstream: true });
  assert.deepEqual(stages('ran'), ['a', 'c']);
});

test('a stage with another output that the cache is not to keep runs again', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml':
      'stages:\n  s: {cmd: "echo $PIPE_PARAMS > a; echo 1 > b", params: [n], outs: [a, {b: {cache: false}}]}\n',
    'params.yaml': 'n: 1\n',
  });
  let asked = 0;
  const requireWritable = (): unknown => (asked += 1);
  for (const n of [1, 2, 1]) {
    workspace.write('params.yaml', `n: ${n}\n`);
    const { stages } = await runInProcess(workspace.root, undefined, (opened) => ({
      ...opened,
      store: { ...opened.store, requireWritable },
    }));
    assert.deepEqual(stages('ran'), ['s']);
  }
  assert.equal(asked, 3, 'the cache has to take one of its outputs');
});

test('which files a folder had is remembered of what a stage reads, behind other files, and of what it writes', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': "stages:\n  s: {cmd: 'mkdir o; echo > o/y', deps: [a, d], outs: [o]}\n",
    a: '',
    'd/x': '',
  });
  await runInProcess(workspace.root);
  const lists = readdirSync(workspace.path('cache/state/folders'));
  const texts = lists.map((name) => workspace.read(`cache/state/folders/${name}`)).join('');
  assert.deepEqual([lists.length, /"x"/.test(texts), /"y"/.test(texts)], [2, true, true]);
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

for (const [what, cmd] of [
  ['ends well', 'cat in > out'],
  ['fails', 'cat in > out; exit 1'],
] as const)
  test(`DVC may work while a stage runs, and after it ${what}: its lock and its table are given back`, async (t) => {
    const workspace = makeWorkspace(t, {
      '.dvc/config': '',
      'dvc.yaml': `stages:\n  s: {cmd: "cat gate && ${cmd}", deps: [in], outs: [out]}\n`,
      in: '1',
    });
    // The stage ends once the lock was asked for.
    execFileSync('mkfifo', [workspace.path('gate')]);
    const locks = openFileLocks()!;
    t.after(() => locks.close());
    let during: Promise<boolean> | undefined;
    const { counts } = await runInProcess(workspace.root, (event) => {
      if (event.type === 'start') {
        during = locks.lock(workspace.path('.dvc/tmp/lock'));
        void during
          .then(() => locks.unlock(workspace.path('.dvc/tmp/lock')))
          .then(() => writeFile(workspace.path('gate'), ''));
        const table = JSON.parse(workspace.read('.dvc/tmp/rwlock')) as { write: object };
        assert.deepEqual(Object.keys(table.write), [workspace.path('out')]);
      }
    });
    assert.equal(counts.ran + counts.failed, 1);
    assert.equal(await during, true, 'while the stage ran');
    assert.equal(await locks.lock(workspace.path('.dvc/tmp/lock')), true, 'after the run');
    assert.equal(workspace.read('.dvc/tmp/rwlock'), '{"write":{},"read":{}}');
  });

test('an output that changes between its hashing and its storing is not recorded', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': 'stages:\n  s: {cmd: mkdir d && echo 1 > d/x && echo 2 > f, outs: [d, f]}\n',
  });
  for (const path of ['d/x', 'f', 'd/new']) {
    const { counts } = await runInProcess(
      workspace.root,
      () => {},
      (opened) => ({
        ...opened,
        store: {
          ...opened.store,
          store(at, content) {
            if (at === workspace.path(path.split('/')[0]!)) writeFileSync(workspace.path(path), 'other');
            return opened.store.store(at, content);
          },
        },
      }),
    );
    // A file more is no part of what was stored: its folder counts as changed by hand from then on.
    if (path === 'd/new') assert.equal(counts.ran, 1);
    else assert.equal(counts.failed, 1, path);
    assertSoundCache(workspace);
    const entry = [...(await openProject(workspace.root)).locks.recorded()];
    assert.equal(entry.length, path === 'd/new' ? 1 : 0);
    for (const name of ['d', 'f']) workspace.remove(name);
  }
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

test('the executable bit of an output and of a file in one is part of it: a change is undone', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml':
      'stages:\n  s: {cmd: "mkdir d; for f in run d/run; do echo 1 > $f; chmod +x $f; done; echo 2 > plain; echo 2 > d/plain", outs: [run, plain, d]}\n',
  });
  await runInProcess(workspace.root);
  for (const name of ['run', 'd/run']) chmodSync(workspace.path(name), 0o644);
  for (const name of ['plain', 'd/plain']) chmodSync(workspace.path(name), 0o755);
  const { stages } = await runInProcess(workspace.root);
  assert.deepEqual([stages('ran'), stages('restored')], [[], ['s']]);
  const bits = (): readonly number[] =>
    ['run', 'plain', 'd/run', 'd/plain'].map((name) => statSync(workspace.path(name)).mode & 0o111);
  assert.deepEqual(bits(), [0o111, 0, 0o111, 0]);
  assert.equal((await runInProcess(workspace.root)).counts.fresh, 1);

  for (const name of ['run', 'd/run']) chmodSync(workspace.path(name), 0o644);
  const opened = await openProject(workspace.root);
  const [stage] = opened.graph.stages;
  const { changed } = await checkout([{ stage: stage!, entry: opened.locks.entry(stage!) }], false, opened);
  opened.close();
  assert.deepEqual(
    changed.map(({ path }) => path),
    ['run', 'd'],
  );
  assert.deepEqual(bits(), [0o111, 0, 0o111, 0]);
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

test('an output that an earlier result lacks is no result: the stage runs', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': 'stages:\n  s: {cmd: echo 1 > a; echo 2 > b, outs: [a, b]}\n',
  });
  await runInProcess(workspace.root);
  for (const name of ['pipeline.lock', 'a', 'b']) workspace.remove(name);
  const { stages } = await runInProcess(
    workspace.root,
    () => {},
    (opened) => ({
      ...opened,
      runCache: {
        ...opened.runCache,
        find: (key) => opened.runCache.find(key)?.filter(({ path }) => path !== 'b'),
      },
    }),
  );
  assert.deepEqual(stages('ran'), ['s']);
  assert.equal(workspace.read('b'), '2\n');
});

test('a restored stage is recorded: the next run finds it fresh', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': 'stages:\n  s: {cmd: echo 1 > a, outs: [a]}\n',
  });
  await runInProcess(workspace.root);
  workspace.remove('pipeline.lock');
  assert.deepEqual((await runInProcess(workspace.root)).stages('restored'), ['s']);
  assert.equal((await runInProcess(workspace.root)).counts.fresh, 1);
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

test('a frozen stage whose output is nowhere fails', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml':
      'stages:\n  s: {cmd: echo 1 > a, frozen: true, outs: [a]}\n  t: {cmd: cat a > b, deps: [a], outs: [b]}\n',
  });
  const { stages, counts } = await runInProcess(workspace.root);
  assert.deepEqual([stages('failed'), counts.ran], [['s'], 0]);
});

test('a frozen stage of which one output is lost and another changed is left as it is', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': 'stages:\n  s: {cmd: echo 1 > a; echo 1 > b, outs: [a, b]}\n',
  });
  await runInProcess(workspace.root);
  workspace.write('pipeline.yaml', workspace.read('pipeline.yaml').replace('outs', 'frozen: true, outs'));
  rmSync(workspace.path('a'));
  workspace.write('b', 'by hand');
  assert.deepEqual((await runInProcess(workspace.root)).stages('failed'), ['s']);
  assert.deepEqual([existsSync(workspace.path('a')), workspace.read('b')], [false, 'by hand']);
  workspace.write('b', '1\n');
  assert.deepEqual((await runInProcess(workspace.root)).stages('restored'), ['s']);
});

test('in a DVC repository a stage that changes what it reads is recorded, and not kept as the result of either', async (t) => {
  for (const [cmd, kept] of [
    ['cat src/a > out', true],
    ['cat src/a > out; echo bytecode > src/a.pyc', false],
  ] as const) {
    const workspace = makeWorkspace(t, {
      '.dvc/config': '',
      'dvc.yaml': `stages:\n  s: {cmd: "${cmd}", deps: [src], outs: [out]}\n`,
      'src/a': '1',
    });
    assert.equal((await runInProcess(workspace.root)).counts.ran, 1);
    assert.equal((await runInProcess(workspace.root)).counts.fresh, 1);
    assert.equal(existsSync(workspace.path('.dvc/cache/runs')), kept);
  }
});

test('imported data that was changed by hand still has its origin', async (t) => {
  const origin = '  from:\n    hash: etag\n    etag: \'"v1"\'\n    size: 1\n';
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': 'data:\n- path: d\n  from: https://example.org/d\nstages: {}\n',
    'pipeline.lock': `schema: 'pipe/1'\ndata:\n- path: d\n${origin}stages: {}\n`,
    d: 'by hand',
  });
  const opened = await openProject(workspace.root);
  await commit(opened.graph.stages, opened, undefined, () => undefined);
  assert.match(workspace.read('pipeline.lock'), /sha256: \w{64}\n[^]*from:\n[^]*etag: /);
});

test('a parameter file that is a link to what a stage writes comes after that stage', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': `stages:
  tune: {cmd: cat p.yaml > out, params: [{p.yaml: [k]}], outs: [out]}
  write: {cmd: 'echo k: 1 > made/p.yaml', outs: [made/p.yaml]}
`,
    'made/p.yaml': 'k: 0\n',
  });
  symlinkSync('made/p.yaml', workspace.path('p.yaml'));
  const { graph } = await openProject(workspace.root);
  assert.deepEqual(
    graph.stages.flatMap((stage) => graph.dependencies(stage).map(({ address }) => address)),
    ['write'],
  );
});

test('a command that changes a DVC repository waits for DVC, and so does a run', async (t) => {
  const locks = openFileLocks();
  if (!locks) return t.skip('neither perl nor python3 is installed');
  t.after(() => locks.close());
  const workspace = makeWorkspace(t, { '.dvc/config': '', 'dvc.yaml': 'stages: {}\n', '.dvc/tmp/lock': '' });
  const lock = workspace.path('.dvc/tmp/lock');
  assert.ok(await locks.lock(lock));
  const command = watchRun(startPipe(workspace.root, ['commit']));
  await command.said(/waiting for DVC/);
  await locks.unlock(lock);
  assert.equal((await command.end).code, 0);
  // So does a run, before a stage reads what DVC may be writing.
  workspace.write('dvc.yaml', 'stages:\n  s: {cmd: echo > o, outs: [o]}\n');
  assert.ok(await locks.lock(lock));
  await assert.rejects(runInProcess(workspace.root), /DVC is at work/);
  assert.ok(!existsSync(workspace.path('o')));
});

// Each prints where it is: what is found along PATH may be a script that needs others.
for (const [program, ...where] of [
  ['perl', '-e', 'print $^X'],
  ['python3', '-c', 'import sys; print(sys.executable)'],
] as const)
  test(
    `with ${program}: DVC's lock is one program's until it lets go of it, or ends`,
    { timeout: 30_000 },
    async (t) => {
      const { status, stdout } = spawnSync(program, where, { encoding: 'utf8' });
      if (status !== 0) return t.skip(`${program} is not installed`);
      const workspace = makeWorkspace(t, {
        [`bin/${program}`]: `#!/bin/sh\nexec ${stdout.trim()} "$@"\n`,
      });
      chmodSync(workspace.path(`bin/${program}`), 0o755);
      const before = process.env['PATH'];
      t.after(() => (process.env['PATH'] = before));
      process.env['PATH'] = workspace.path('bin');
      const [one, other] = [openFileLocks()!, openFileLocks()!];
      for (const locks of [one, other]) t.after(() => locks.close());
      const [a, b] = ["a 'lock'", 'b'].map((name) => workspace.path(name)) as [string, string];
      const taken = async (): Promise<readonly boolean[]> => [await other.lock(a), await other.lock(b)];
      assert.deepEqual([await one.lock(a), await one.lock(b)], [true, true]);
      assert.deepEqual(await taken(), [false, false]);
      await one.unlock(a);
      assert.deepEqual(await taken(), [true, false]);
      assert.equal(await one.lock(a), false);
      await assert.rejects(one.lock(workspace.path('none/lock')), /DVC's lock cannot be taken/);
      one.close();
      while (!(await other.lock(b)));
    },
  );

test(
  "whoever asks for DVC's lock learns that the program which takes it has ended, or is not there",
  { timeout: 30_000 },
  async (t) => {
    const workspace = makeWorkspace(t, {
      'bin/perl': '#!/bin/sh\n[ "$1" = -e ] || exit 0\nread -r line\n',
    });
    chmodSync(workspace.path('bin/perl'), 0o755);
    const before = process.env['PATH'];
    t.after(() => (process.env['PATH'] = before));
    process.env['PATH'] = workspace.path('bin');
    const locks = openFileLocks()!;
    const asked = [1, 2].map(() => locks.lock(workspace.path('lock')));
    for (const one of await Promise.allSettled(asked)) {
      assert.equal(one.status, 'rejected');
      assert.match(String(one.reason), /DVC's lock cannot be taken/);
    }
    await assert.rejects(locks.lock(workspace.path('lock')), /DVC's lock cannot be taken/);
    await locks.unlock(workspace.path('lock'));
    locks.close();
    process.env['PATH'] = workspace.root;
    assert.equal(openFileLocks(), undefined);
  },
);

test('a frozen stage lacks each of its outputs that the cache does not have', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': 'stages:\n  s: {cmd: echo 1 > a && echo 2 > b, outs: [a, b]}\n',
  });
  await runInProcess(workspace.root);
  workspace.write('pipeline.yaml', workspace.read('pipeline.yaml').replace('outs', 'frozen: true, outs'));
  workspace.remove('b');
  rmSync(workspace.path('cache/objects'), { recursive: true });
  const { events } = await runInProcess(workspace.root);
  assert.deepEqual(
    events.flatMap((event) => (event.type === 'failed' ? [event.problem.title] : [])),
    ["'b' of 's' is missing, and a frozen stage never runs"],
  );
});

test('in a DVC repository a frozen stage that was changed by hand is recorded as it is, with all that it reads', async (t) => {
  const workspace = makeWorkspace(t, {
    '.dvc/config': '',
    'dvc.yaml': 'stages:\n  s: {cmd: cat in more > o, deps: [in, more], outs: [o]}\n',
    in: '1',
    more: '2',
  });
  const git = (...args: readonly string[]): void => void execFileSync('git', args, { cwd: workspace.root });
  git('init', '-q');
  await runInProcess(workspace.root);
  const before = workspace.read('dvc.lock');
  for (const name of ['.gitignore', 'o']) workspace.remove(name);
  assert.deepEqual((await runInProcess(workspace.root)).stages('restored'), ['s']);
  assert.equal(workspace.read('.gitignore'), '/o\n', 'what is restored is kept out of git, too');
  git('add', '-f', 'o');
  const kept = workspace.read('dvc.lock');
  for (const text of ['2', '3']) {
    workspace.remove('o');
    workspace.write('more', text);
    assert.deepEqual((await runInProcess(workspace.root)).stages('failed'), ['s'], 'restored, or made');
  }
  assert.equal(workspace.read('dvc.lock'), kept);
  git('rm', '-qf', '--cached', 'o');
  workspace.write('more', '2');
  await runInProcess(workspace.root);
  workspace.remove('.gitignore');
  workspace.write('dvc.yaml', workspace.read('dvc.yaml').replace('outs', 'frozen: true, outs'));
  workspace.remove('o');
  workspace.write('o', 'by hand');
  const { warnings, counts } = await runInProcess(workspace.root);
  assert.deepEqual(
    [counts.fresh, warnings.map(({ title }) => title)],
    [1, ["'s' is frozen and has changed: its present content is stored and recorded"]],
  );
  assert.notEqual(workspace.read('dvc.lock'), before);
  assert.equal(workspace.read('.gitignore'), '/o\n');
  workspace.remove('o');
  await runInProcess(workspace.root);
  assert.equal(workspace.read('o'), 'by hand');
  git('add', '-f', 'o');
  workspace.remove('o');
  workspace.write('o', 'of git');
  const recorded = workspace.read('dvc.lock');
  assert.deepEqual((await runInProcess(workspace.root)).stages('failed'), ['s']);
  assert.equal(workspace.read('dvc.lock'), recorded, 'what git tracks is not recorded');
  git('rm', '-qf', '--cached', 'o');
  workspace.remove('more');
  workspace.remove('o');
  workspace.write('o', 'again');
  const { events } = await runInProcess(workspace.root);
  assert.deepEqual(
    events.flatMap((event) => (event.type === 'failed' ? [event.problem.title] : [])),
    ["the stage 's' depends on 'more', which does not exist"],
  );
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
