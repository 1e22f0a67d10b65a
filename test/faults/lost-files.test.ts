// What users put at the place of an output is saved before it is replaced, and comes back whole.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { test } from 'node:test';
import { testInWhole } from '../amount.ts';
import { makeWorkspaceMostlyHere } from '../cli/here.ts';
import type { Ran, TestWorkspace } from '../workspace.ts';

const hint = /pipe cache restore ([0-9a-f]{8})/;

function savedIds(workspace: TestWorkspace): string[] {
  const folder = [workspace.path('cache/saved'), workspace.path('.dvc/tmp/pipe/saved')].find(existsSync);
  return folder === undefined ? [] : readdirSync(folder);
}

function idIn({ stdout }: Ran): string {
  const id = hint.exec(stdout)?.[1];
  assert.ok(id, stdout);
  return id;
}

for (const kind of ['pipe', 'dvc'] as const) {
  const name = kind === 'pipe' ? 'pipeline.yaml' : 'dvc.yaml';
  const testFurther = kind === 'pipe' ? test : testInWhole;
  const project = (text: string): Record<string, string> => ({
    [name]: text,
    ...(kind === 'dvc' && { '.dvc/config': '' }),
  });
  const folder = 'stages:\n  s: {cmd: mkdir data && echo 1 > data/x, outs: [data]}\n';

  testFurther(`${kind}: of a folder that was changed only what the cache lacks is saved`, async (t) => {
    const cmd = 'mkdir -p data/sub && echo 1 > data/x && echo 2 > data/y && echo 3 > data/sub/z';
    const pipeline = project(`stages:\n  s: {cmd: ${cmd}, deps: [in], outs: [data]}\n`);
    const workspace = makeWorkspaceMostlyHere(t, { ...pipeline, in: '' });
    await workspace.repro();
    const before = statSync(workspace.path('data/sub/z'));
    workspace.write('data/x', 'mine');
    workspace.write('data/sub/new', 'new');
    rmSync(workspace.path('data/y'));
    const ran = await workspace.expect(0, 'repro');
    assert.match(ran.stdout, /^saved +data +no stage made 2 files of it: .* brings them back \(90 days\)$/m);
    assert.equal(statSync(workspace.path('data/sub/z')).ino, before.ino);
    assert.deepEqual(
      ['x', 'y', 'sub/z'].map((name) => workspace.read(`data/${name}`)),
      ['1\n', '2\n', '3\n'],
    );
    assert.deepEqual(readdirSync(workspace.path('data/sub')), ['z']);
    await workspace.expect(0, 'cache', 'restore', idIn(ran), 'back');
    assert.deepEqual(readdirSync(workspace.path('back'), { recursive: true, encoding: 'utf8' }).sort(), [
      'sub',
      'sub/new',
      'x',
    ]);
    assert.deepEqual(
      ['x', 'sub/new'].map((name) => workspace.read(`back/${name}`)),
      ['mine', 'new'],
    );

    workspace.write('data/y', 'mine, too');
    const { stdout } = await workspace.expect(0, 'checkout', '-f');
    assert.match(stdout, /^saved\tdata\tno stage made 1 file of it: .* brings it back /);
    assert.equal(workspace.read('data/y'), '2\n');
  });

  testFurther(
    `${kind}: a folder that no stage made comes back with its links, modes and empty folders`,
    async (t) => {
      const workspace = makeWorkspaceMostlyHere(t, {
        ...project(folder),
        'data/mine.txt': 'precious',
        'data/run': '#!/bin/sh\n',
      });
      mkdirSync(workspace.path('data/empty'));
      symlinkSync('mine.txt', workspace.path('data/link'));
      symlinkSync('/nowhere/at/all', workspace.path('data/outside'));
      const id = idIn(await workspace.expect(0, 'repro'));
      assert.deepEqual(readdirSync(workspace.path('data')), ['x']);
      assert.match(
        (await workspace.expect(0, 'cache', 'saved')).stdout,
        new RegExp(`${id} .* data  replaced by s`),
      );
      assert.match((await workspace.expect(1, 'cache', 'restore', id)).stderr, /restore-exists/);
      const part = await workspace.expect(1, 'cache', 'restore', id.slice(0, -1), 'back');
      assert.match(part.stderr, /not-saved/);
      await workspace.expect(0, 'cache', 'restore', id, 'back/data');
      assert.deepEqual(readdirSync(workspace.path('back/data')).sort(), [
        'empty',
        'link',
        'mine.txt',
        'outside',
        'run',
      ]);
      assert.equal(workspace.read('back/data/mine.txt'), 'precious');
      assert.equal(readlinkSync(workspace.path('back/data/link')), 'mine.txt');
      assert.equal(readlinkSync(workspace.path('back/data/outside')), '/nowhere/at/all');
      assert.equal(statSync(workspace.path('back/data/run')).mode & 0o111, 0o111);
      assert.match((await workspace.expect(1, 'cache', 'restore', id)).stderr, /not-saved/);
    },
  );

  testFurther(
    `${kind}: what the content of a folder leaves out is saved; what the stage itself made of it is not`,
    async (t) => {
      const ignore = kind === 'pipe' ? '.pipeignore' : '.dvcignore';
      const cmd = 'mkdir -p data/sub && cp in data/x && echo 1 > data/made.tmp && echo 1 > data/sub/made.tmp';
      const workspace = makeWorkspaceMostlyHere(t, {
        ...project(`stages:\n  s: {cmd: ${cmd}, deps: [in], outs: [data]}\n`),
        [ignore]: '*.tmp\n',
        in: '1',
      });
      await workspace.expect(0, 'repro');
      workspace.write('in', '2');
      await workspace.expect(0, 'repro');
      assert.deepEqual(savedIds(workspace), []);

      workspace.write('data/sub/mine.tmp', 'mine');
      mkdirSync(workspace.path('data/mine.tmp'));
      workspace.write('data/mine.tmp/a', 'a');
      workspace.write('data/made.tmp', 'edited');
      if (kind === 'dvc') workspace.write('data/.git/config', 'git');
      await workspace.expect(0, 'status');
      workspace.write('in', '3');
      const { stdout } = await workspace.expect(0, 'repro');
      const saved = [...stdout.matchAll(/pipe cache restore ([0-9a-f]{8}) (\S+)\.saved/g)];
      const expected = ['data/made.tmp', 'data/mine.tmp', 'data/sub/mine.tmp'];
      if (kind === 'dvc') expected.push('data/.git');
      assert.deepEqual(new Set(saved.map(([, , path]) => path)), new Set(expected));
      assert.deepEqual(readdirSync(workspace.path('data')).sort(), ['made.tmp', 'sub', 'x']);
      for (const [, id, path] of saved) await workspace.expect(0, 'cache', 'restore', id!, `back/${path}`);
      assert.equal(workspace.read('back/data/sub/mine.tmp'), 'mine');
      assert.equal(workspace.read('back/data/mine.tmp/a'), 'a');
      assert.equal(workspace.read('back/data/made.tmp'), 'edited');
    },
  );

  testFurther(
    `${kind}: restoring keeps what the content of a folder leaves out, and saves it before a file replaces the folder`,
    async (t) => {
      const ignore = kind === 'pipe' ? '.pipeignore' : '.dvcignore';
      const stage = (cmd: string): string => `stages:\n  s: {cmd: ${cmd}, deps: [in], outs: [data]}\n`;
      const [one, two] = ['mkdir data && echo 1 > data/x', 'mkdir data && echo 2 > data/x'];
      const workspace = makeWorkspaceMostlyHere(t, {
        ...project(stage('echo 0 > data')),
        [ignore]: '*.tmp\n',
        in: '1',
      });
      for (const cmd of ['echo 0 > data', one, two]) {
        workspace.write(name, stage(cmd));
        await workspace.expect(0, 'repro');
      }
      workspace.write('data/mine.tmp', 'mine');
      workspace.write(name, stage(one));
      assert.match((await workspace.expect(0, 'repro')).stdout, /restored/);
      assert.equal(workspace.read('data/mine.tmp'), 'mine');
      assert.deepEqual(savedIds(workspace), []);
      workspace.write(name, stage('echo 0 > data'));
      const id = idIn(await workspace.expect(0, 'repro'));
      assert.equal(workspace.read('data'), '0\n');
      await workspace.expect(0, 'cache', 'restore', id, 'back');
      assert.equal(workspace.read('back'), 'mine');
    },
  );

  testFurther(
    `${kind}: a file and a link that no stage made are saved; what a stage made is not`,
    async (t) => {
      const text = 'stages:\n  s: {cmd: echo $X > a && echo 1 > b, outs: [a, b]}\n';
      const workspace = makeWorkspaceMostlyHere(t, {
        ...project(text.replace('$X', '1')),
        a: 'mine',
        'there/target': 'target',
      });
      symlinkSync('there/target', workspace.path('b'));
      await workspace.expect(0, 'repro');
      assert.equal(savedIds(workspace).length, 2);
      workspace.write(name, text.replace('$X', '2'));
      await workspace.expect(0, 'repro');
      await workspace.expect(0, 'repro', '-f');
      assert.equal(savedIds(workspace).length, 2);
      assert.equal(workspace.read('there/target'), 'target');
      workspace.write('a', 'changed by hand');
      const id = idIn(await workspace.expect(0, 'repro'));
      rmSync(workspace.path('a'));
      await workspace.expect(0, 'cache', 'restore', id);
      assert.equal(workspace.read('a'), 'changed by hand');
    },
  );

  testFurther(`${kind}: checkout -f saves what was changed by hand`, async (t) => {
    const workspace = makeWorkspaceMostlyHere(t, project(folder.replace('mkdir', 'mkdir -p')));
    await workspace.expect(0, 'repro');
    workspace.write('data/notes', 'mine');
    assert.match((await workspace.expect(1, 'checkout')).stderr, /checkout-unsaved/);
    const id = idIn(await workspace.expect(0, 'checkout', '-f'));
    assert.deepEqual(readdirSync(workspace.path('data')), ['x']);
    await workspace.expect(0, 'cache', 'restore', id, 'data.saved');
    assert.equal(workspace.read('data.saved/notes'), 'mine');
  });
}

test('an output that persists is copied before a stage that may change it runs', async (t) => {
  const workspace = makeWorkspaceMostlyHere(t, {
    'pipeline.yaml': 'stages:\n  s: {cmd: echo 1 >> log, outs: [{log: {persist: true}}]}\n',
    log: 'mine\n',
  });
  const id = idIn(await workspace.expect(0, 'repro'));
  assert.equal(workspace.read('log'), 'mine\n1\n');
  await workspace.expect(0, 'cache', 'restore', id, 'old');
  assert.equal(workspace.read('old'), 'mine\n');
  await workspace.expect(0, 'repro', '-f');
  assert.deepEqual(savedIds(workspace), []);
});

test('what a failed stage left is not saved again and again; what was put there since is', async (t) => {
  const workspace = makeWorkspaceMostlyHere(t, {
    'pipeline.yaml':
      'stages:\n  s: {cmd: mkdir -p o && echo half > o/half && exit 1, outs: [o], retry: {times: 2, delay: 10ms}}\n' +
      '  t: {cmd: echo half > p && exit 1, outs: [p]}\n',
  });
  await workspace.expect(1, 'repro', '-k');
  await workspace.expect(1, 'repro', '-k');
  assert.deepEqual(savedIds(workspace), []);
  workspace.write('o/mine', 'mine');
  execFileSync('cp', ['-p', 'p', 'former'], { cwd: workspace.root });
  workspace.write('p', 'mine\n');
  execFileSync('touch', ['-r', 'former', 'p'], { cwd: workspace.root });
  await workspace.expect(1, 'repro', '-k');
  assert.equal(savedIds(workspace).length, 2);
});

testInWhole('a result that is restored over something else saves that first', async (t) => {
  const pipeline = (n: number): string => `stages:\n  s: {cmd: echo ${n} > o, outs: [o]}\n`;
  const workspace = makeWorkspaceMostlyHere(t, { 'pipeline.yaml': pipeline(1) });
  await workspace.repro();
  workspace.write('pipeline.yaml', pipeline(2));
  await workspace.repro();
  workspace.write('pipeline.yaml', pipeline(1));
  workspace.write('o', 'mine');
  const { restored, events } = await workspace.repro();
  assert.deepEqual(restored, ['s']);
  const id = events.find(({ type }) => type === 'saved')!['id'] as string;
  await workspace.expect(0, 'cache', 'restore', id, 'old');
  assert.equal(workspace.read('old'), 'mine');
});

test('what a stage made whose result was not recorded is not saved either', async (t) => {
  const stage = (cmd: string): string => `stages:\n  s: {cmd: '${cmd}', deps: [in], outs: [out]}\n`;
  const workspace = makeWorkspaceMostlyHere(t, {
    in: '1',
    'pipeline.yaml': stage('echo 2 >> in && echo a > out'),
  });
  assert.match((await workspace.expect(0, 'repro')).stdout, /'in' changed while the stage 's' ran/);
  assert.equal(workspace.read('out'), 'a\n');
  workspace.write('pipeline.yaml', stage('echo b > out'));
  await workspace.repro();
  assert.equal(workspace.read('out'), 'b\n');
  assert.deepEqual(savedIds(workspace), []);
});

test('a link among files that the cache has is saved, since the cache does not have the link', async (t) => {
  const stage = (cmd: string): string => `stages:\n  s: {cmd: '${cmd}', outs: [data]}\n`;
  const workspace = makeWorkspaceMostlyHere(t, { 'pipeline.yaml': stage('mkdir data && echo 1 > data/x') });
  await workspace.repro();
  symlinkSync('x', workspace.path('data/link'));
  workspace.write('pipeline.yaml', stage('mkdir data && echo 2 > data/x'));
  const id = idIn(await workspace.expect(0, 'repro'));
  await workspace.expect(0, 'cache', 'restore', id, 'back');
  assert.deepEqual(readdirSync(workspace.path('back')), ['link']);
  assert.equal(readlinkSync(workspace.path('back/link')), 'x');
});

test('of a folder that stays only what the cache lacks is copied aside, and it stays too', async (t) => {
  const workspace = makeWorkspaceMostlyHere(t, {
    in: '1\n',
    'pipeline.yaml':
      'stages:\n  s: {cmd: mkdir -p data && cat in >> data/log && cp in data/x, deps: [in], outs: [data: {persist: true}]}\n',
  });
  await workspace.repro();
  workspace.write('in', '2\n');
  workspace.write('data/notes/mine', 'mine');
  const ran = await workspace.expect(0, 'repro');
  assert.equal(workspace.read('data/notes/mine'), 'mine');
  assert.equal(workspace.read('data/log'), '1\n2\n');
  await workspace.expect(0, 'cache', 'restore', idIn(ran), 'back');
  assert.deepEqual(readdirSync(workspace.path('back'), { recursive: true, encoding: 'utf8' }).sort(), [
    'notes',
    'notes/mine',
  ]);
});

test('a socket or named pipe in the way is refused, and stays', async (t) => {
  const workspace = makeWorkspaceMostlyHere(t, {
    'pipeline.yaml': 'stages:\n  s: {cmd: mkdir -p data && echo 1 > data/x, outs: [data]}\n',
    'data/mine': 'mine',
  });
  assert.equal(spawnSync('mkfifo', [workspace.path('data/pipe')]).status, 0);
  const { stdout } = await workspace.expect(1, 'repro');
  assert.match(stdout, /save-refused[^]*data\/pipe' is a named pipe/);
  assert.ok(lstatSync(workspace.path('data/pipe')).isFIFO());
  assert.equal(workspace.read('data/mine'), 'mine');
});

test('gc keeps what was saved for its time, and says what goes', async (t) => {
  const workspace = makeWorkspaceMostlyHere(t, {
    'pipeline.yaml': 'stages:\n  s: {cmd: echo 1 > o, outs: [o]}\n',
    o: 'mine',
  });
  await workspace.expect(0, 'repro');
  await workspace.expect(0, 'gc', '--workspace');
  assert.equal(savedIds(workspace).length, 1);
  const said = /1 saved output \(4 B\)/;
  assert.match((await workspace.expect(0, 'gc', '--saved', '0m', '--dry')).stdout, said);
  assert.equal(savedIds(workspace).length, 1);
  assert.match((await workspace.expect(0, 'gc', '--saved', '0m')).stdout, said);
  assert.equal(savedIds(workspace).length, 0);
});
