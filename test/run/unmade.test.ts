// What stays, is saved, removed or recorded of files that are not as their stages left them, in a run inside the test's process.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  globSync,
  symlinkSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkout, commit } from '../../src/run/run.ts';
import { parseLock } from '../../src/own/own.ts';
import { openProject, runInProcess } from '../open-project.ts';
import { makeWorkspace } from '../workspace.ts';

test('what no stage makes any more goes, with its folders, but for what a stage reads', async (t) => {
  const made = `stages:
  s: {cmd: mkdir d && echo 1 > d/x, outs: [d]}
  u: {cmd: echo > e/f/x; echo > g/h/x, wdir: w, outs: [e/f/x, g/h/x]}
  v: {cmd: 'echo k: 1 > p.yaml', outs: [p.yaml]}
`;
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': made,
    'w/g/mine': '',
    'sub/pipeline.yaml': 'stages:\n  z: {cmd: echo > z, outs: [z]}\n',
  });
  await runInProcess(workspace.root);
  const read = 'stages:\n  t: {cmd: cat d/x > o, deps: [d/x], params: [{p.yaml: [k]}], outs: [o]}\n';
  workspace.write('pipeline.yaml', read);
  workspace.write('sub/pipeline.yaml', 'stages: {}\n');
  assert.deepEqual((await runInProcess(workspace.root)).stages('ran'), ['t']);
  assert.equal(workspace.read('o'), '1\n');
  const left = ['d/x', 'p.yaml', 'w/e', 'w/g', 'w/g/h', 'sub/z'].filter((name) =>
    existsSync(workspace.path(name)),
  );
  assert.deepEqual(left, ['d/x', 'p.yaml', 'w/g']);
});

test('what was changed by hand stays where the cache does not have what is recorded', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': 'stages:\n  s: {cmd: echo 1 > o; echo 2 > p, outs: [o, {p: {push: false}}]}\n',
  });
  await runInProcess(workspace.root);
  // Nothing is recorded of an output that is declared since.
  workspace.write('pipeline.yaml', workspace.read('pipeline.yaml').replace('[o,', '[new, o,'));
  workspace.write('o', 'by hand');
  workspace.remove('p');
  rmSync(workspace.path('cache/objects'), { recursive: true });
  const opened = await openProject(workspace.root);
  const [stage] = opened.graph.stages;
  const { changed, missing } = await checkout(
    [{ stage: stage!, entry: opened.locks.entry(stage!) }],
    false,
    opened,
  );
  opened.close();
  assert.deepEqual(
    [changed, missing.map(({ code, hint }) => [code, /no remote/.test(hint!)])],
    [
      [],
      [
        ['checkout-missing', false],
        ['checkout-missing', true],
      ],
    ],
  );
  assert.equal(workspace.read('o'), 'by hand');
});

test('data that only the workspace has is saved before another version replaces it', async (t) => {
  const workspace = makeWorkspace(t, { 'pipeline.yaml': 'data: [raw]\nstages: {}\n', raw: 'one' });
  await runInProcess(workspace.root);
  const before = await openProject(workspace.root);
  const entry = before.locks.entry(before.graph.stages[0]!);
  before.close();
  workspace.write('raw', 'other');
  await runInProcess(workspace.root);
  const opened = await openProject(workspace.root);
  const [stage] = opened.graph.stages;
  const { digest } = opened.locks.entry(stage!)!.outs[0]!.content;
  rmSync(workspace.path(`cache/objects/sha256/${digest.slice(0, 2)}/${digest.slice(2)}`));
  const { saved } = await checkout([{ stage: stage!, entry }], true, opened);
  opened.close();
  assert.equal(workspace.read('raw'), 'one');
  assert.equal(readFileSync(`${saved[0]!.saved.path}/content`, 'utf8'), 'other');
});

test('what a failed attempt left is not saved, unless the user changed it since', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml':
      'stages:\n  s: {cmd: mkdir d && echo half > d/x && echo half > f && false, outs: [d, f]}\n',
  });
  const saved = async (): Promise<string[]> =>
    (await runInProcess(workspace.root)).events.flatMap((event) =>
      event.type === 'saved' ? [event.path] : [],
    );
  assert.deepEqual([await saved(), await saved()], [[], []]);
  workspace.write('f', 'mine');
  assert.deepEqual(await saved(), ['f']);
  workspace.write('d/x', 'mine');
  assert.deepEqual(await saved(), ['d']);
  // As long as before, and with the times of before, as an archive unpacks it.
  const [file, other] = [workspace.path('f'), workspace.path('other')];
  execFileSync('cp', ['-p', file, other]);
  workspace.write('f', 'HALF\n');
  execFileSync('touch', ['-r', other, file]);
  assert.deepEqual(await saved(), ['f']);
});

test('what git has of an output whose stage failed and is gone is no leftover', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': 'stages:\n  s: {cmd: "false", outs: [{o: {cache: false}}]}\n',
    o: 'by hand\n',
  });
  const git = (...args: readonly string[]): unknown => execFileSync('git', args, { cwd: workspace.root });
  git('init', '-q');
  git('add', 'o');
  assert.deepEqual((await runInProcess(workspace.root)).stages('failed'), ['s']);
  git('checkout', '-q', 'o');
  workspace.write('pipeline.yaml', 'stages: {}\n');
  assert.equal((await runInProcess(workspace.root)).counts.failed, 0);
  assert.equal(workspace.read('o'), 'by hand\n');
});

test('nothing is removed behind a link that leads out of the project since', async (t) => {
  const workspace = makeWorkspace(t, {
    'project/pipeline.yaml': 'stages:\n  s: {cmd: mkdir -p door && echo 1 > door/x, outs: [door/x]}\n',
  });
  await runInProcess(workspace.path('project'));
  renameSync(workspace.path('project/door'), workspace.path('outside'));
  symlinkSync('../outside', workspace.path('project/door'));
  workspace.write('project/pipeline.yaml', 'stages: {}\n');
  await runInProcess(workspace.path('project'));
  assert.equal(workspace.read('outside/x'), '1\n');
});

test('commit records what is there: in the lock file, beside what vanished stages recorded', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml':
      'stages:\n  gone: {cmd: echo 1 > g, outs: [g]}\n  s: {cmd: cat in > o, deps: [in], outs: [o]}\n',
    in: '1',
  });
  await runInProcess(workspace.root);
  workspace.write('pipeline.yaml', 'stages:\n  s: {cmd: cat in > o, deps: [in], outs: [o]}\n');
  workspace.write('o', 'by hand');
  const committed = async (): Promise<void> => {
    const opened = await openProject(workspace.root);
    await commit(opened.graph.stages, opened, undefined, () => {});
  };
  await committed();
  const { entries } = parseLock(workspace.read('pipeline.lock'), 'pipeline.lock');
  assert.deepEqual([...entries.keys()].sort(), ['gone', 's']);
  assert.equal(entries.get('s')!.outs[0]!.content.size, 7);
  // It is what the stage makes of that from now on.
  for (const text of ['2', '1']) {
    workspace.write('in', text);
    await runInProcess(workspace.root);
  }
  assert.equal(workspace.read('o'), 'by hand');
  workspace.remove('in');
  await assert.rejects(committed(), /depends on 'in', which does not exist/);
});

test('what another stage made, and somebody changed, is saved; so is what is ignored where a file replaces a folder', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': 'stages:\n  a: {cmd: echo 1 > o, outs: [o]}\n',
    '.pipeignore': '*.log\n',
  });
  const saved = async (): Promise<string[]> =>
    (await runInProcess(workspace.root)).events.flatMap((event) =>
      event.type === 'saved' ? [event.path] : [],
    );
  assert.deepEqual(await saved(), []);
  // All but the ignored file is in the cache.
  rmSync(workspace.path('o'));
  workspace.write('o/one', '1\n');
  workspace.write('o/my.log', 'mine');
  workspace.write('o/other.log', 'mine');
  assert.deepEqual(await saved(), ['o/my.log', 'o/other.log']);
  assert.equal(workspace.read('o'), '1\n');
  workspace.write('pipeline.yaml', 'stages:\n  b: {cmd: echo 2 > o, outs: [o]}\n');
  workspace.write('o', 'mine');
  assert.deepEqual(await saved(), ['o']);
  // Where the command runs, too.
  rmSync(workspace.path('o'));
  for (const name of ['one', 'my.log', 'other.log']) workspace.write(`o/${name}`, '1\n');
  workspace.write('pipeline.yaml', 'stages:\n  b: {cmd: echo 3 > o, outs: [o]}\n');
  assert.deepEqual(await saved(), ['o/my.log', 'o/other.log']);
});

test('of a frozen stage what was changed stays where another output is missing', async (t) => {
  const pipeline = 'stages:\n  s: {cmd: echo 1 > a; echo 2 > b, outs: [a, b]}\n';
  const workspace = makeWorkspace(t, { 'pipeline.yaml': pipeline });
  await runInProcess(workspace.root);
  workspace.write('pipeline.yaml', pipeline.replace('outs:', 'frozen: true, outs:'));
  workspace.write('a', 'mine');
  rmSync(workspace.path('b'));
  assert.deepEqual((await runInProcess(workspace.root)).stages('failed'), ['s']);
  assert.equal(workspace.read('a'), 'mine');
});

test('DVC: a link to a folder that somebody put into an output is saved before the output goes', async (t) => {
  const workspace = makeWorkspace(t, {
    '.dvc/config': '[core]\n    no_scm = True\n',
    'dvc.yaml': 'stages:\n  s: {cmd: mkdir d && cp in d/x, deps: [in], outs: [d]}\n',
    in: '1',
    'elsewhere/y': '',
  });
  await runInProcess(workspace.root);
  symlinkSync('../elsewhere', workspace.path('d/mine'));
  workspace.write('in', '2');
  const { events } = await runInProcess(workspace.root);
  const saved = events.flatMap((event) => (event.type === 'saved' ? [event.path] : []));
  assert.deepEqual(saved, ['d/mine']);
});

test('a link and a file that somebody put into an output are saved, alone, before the output goes', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': 'stages:\n  s: {cmd: mkdir d && cp in d/x, deps: [in], outs: [d]}\n',
    in: '1',
  });
  await runInProcess(workspace.root);
  symlinkSync('../in', workspace.path('d/link'));
  workspace.write('d/mine', '');
  workspace.write('in', '2');
  const { events } = await runInProcess(workspace.root);
  const saved = events.flatMap((event) => (event.type === 'saved' ? [event] : []));
  assert.deepEqual(
    saved.map(({ path, files }) => [path, files]),
    [['d', 1]],
  );
  const content = workspace.path(`cache/saved/${saved[0]!.id}/content`);
  assert.deepEqual(readdirSync(content).sort(), ['link', 'mine']);
  assert.equal(readlinkSync(join(content, 'link')), '../in');
});

test('a folder that was changed as a whole is saved before an earlier result replaces it; what it ignores stays', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml':
      'stages:\n  s: {cmd: mkdir d e && cp in d/x && cp in e/x && cp in e/own.log, deps: [in], outs: [d, e]}\n',
    '.pipeignore': '*.log\n',
  });
  const saved = async (text: string): Promise<string[]> => {
    workspace.write('in', text);
    const { events } = await runInProcess(workspace.root);
    return events.flatMap((event) => (event.type === 'saved' ? [event.path] : []));
  };
  assert.deepEqual(await saved('1'), []);
  assert.deepEqual(readdirSync(workspace.path('cache/tmp')), [], 'no folder of a stage is left');
  assert.deepEqual(await saved('2'), [], 'a stage left what is ignored');
  workspace.write('d/x', 'mine');
  workspace.write('d/my.log', 'log');
  assert.deepEqual(await saved('1'), ['d']);
  assert.deepEqual([workspace.read('d/x'), workspace.read('d/my.log')], ['1', 'log']);
});

test('DVC: of inputs that change meanwhile dependencies are recorded as they are then, for no later run, parameters are not', async (t) => {
  const workspace = makeWorkspace(t, {
    '.dvc/config': '[core]\n    no_scm = True\n',
    'dvc.yaml': `stages:
  param: {cmd: "echo 'n: 2' > params.yaml; echo 1 > o", params: [n], outs: [o]}
  dep: {cmd: echo 2 > in; echo 1 > p, deps: [in], outs: [p]}
`,
    'params.yaml': 'n: 1\n',
    in: '1\n',
  });
  await runInProcess(workspace.root);
  const lock = workspace.read('dvc.lock');
  assert.deepEqual(
    [...lock.matchAll(/^ {2}(\w+):$/gm)].map(([, name]) => name),
    ['dep'],
  );
  assert.match(lock, /path: in\n {6}hash: md5\n {6}md5: 26ab0db90d72e28ad0ba1e22ee510510\n/);
  assert.deepEqual(globSync('.dvc/cache/runs/*/*/*', { cwd: workspace.root }), []);
});

test('what a stage made under another name is not saved; the same bytes elsewhere are', async (t) => {
  const workspace = makeWorkspace(t, {
    'd/other': '',
    'pipeline.yaml': 'stages:\n  s: {cmd: echo 1 > o, wdir: d, outs: [o]}\n',
  });
  await runInProcess(workspace.root);
  const saved = async (text: string): Promise<string[]> => {
    workspace.write('pipeline.yaml', text);
    rmSync(workspace.path('cache/objects'), { recursive: true, force: true });
    rmSync(workspace.path('cache/runs'), { recursive: true, force: true });
    const { events } = await runInProcess(workspace.root);
    return events.flatMap((event) => (event.type === 'saved' ? [event.path] : []));
  };
  const text = workspace.read('pipeline.yaml');
  workspace.write('p', '1\n');
  const other = '  t: {cmd: echo 2 > p, outs: [p]}\n';
  assert.deepEqual(await saved(text + other), ['p']);
  assert.deepEqual(await saved(`stages:\n${other}  other: {cmd: echo 3 > d/o, outs: [d/o]}\n`), []);
  assert.equal(workspace.read('d/o'), '3\n');
});

test('what several stages left that failed is known of each', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml':
      'stages:\n  s: {cmd: echo 1 > a && exit 1, outs: [a]}\n  t: {cmd: echo 2 > b && exit 1, outs: [b]}\n',
  });
  for (let run = 0; run < 2; run += 1) {
    const { events, counts } = await runInProcess(workspace.root, () => {}, undefined, { keepGoing: true });
    assert.deepEqual([counts.failed, events.filter(({ type }) => type === 'saved')], [2, []]);
  }
});
