// `pipe import`, `pipe get` and `pipe list`: other repositories in folders of this machine.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { chmodSync, existsSync, globSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { relative } from 'node:path';
import { test } from 'node:test';
import { testInWhole } from '../amount.ts';
import { makeWorkspaceMostlyHere, runPipeMostlyHere } from '../cli/here.ts';
import type { Ran } from '../workspace.ts';
import { git, PIPELINE, setting } from './import-setting.ts';

testInWhole('a path of a repository that is given in a subfolder is one for all folders', async (t) => {
  const { up, here, commit, expect } = await setting(t);
  commit('one');
  const folder = here.path('s ü/deep');
  mkdirSync(folder, { recursive: true });
  const inFolder = async (...args: readonly string[]): Promise<Ran> => {
    const ran = await runPipeMostlyHere(folder, args, { GIT_CONFIG_GLOBAL: '/dev/null' });
    assert.equal(ran.code, 0, ran.stderr);
    return ran;
  };
  await inFolder('import', relative(folder, up.root), 'out', '-o', 'o #1');
  await inFolder('import', relative(folder, up.root), 'model.bin', '-o', '../m');
  assert.equal(here.read('s ü/deep/o #1/one'), '1\n');
  const repo = `repo: ${relative(here.root, up.root)}\n`;
  assert.equal(here.read('pipeline.yaml').split(repo).length, 3, here.read('pipeline.yaml'));
  assert.doesNotMatch((await expect(0, 'status')).stderr, /could not be checked/);
  assert.match((await expect(0, 'update')).stdout, /'s ü\/m'.*has nothing new/);
  await inFolder('update', 'o #1');
  up.write('source.txt', 'y');
  commit('two');
  // Each command that is shown can be pasted into a shell.
  const { stdout } = await expect(0, 'status');
  assert.match(
    stdout,
    /^s ü\/deep\/o #1: its source has changed.*\(`pipe update 's ü\/deep\/o #1'` brings it\)$/m,
  );
  await inFolder('update', 's ü/deep/o #1');
  for (const name of ['cache', 's ü/deep/o #1', 's ü/m']) here.remove(name);
  // One whose repository is gone: what was fetched is named once.
  here.write('pipeline.yaml', here.read('pipeline.yaml').replace(repo, 'repo: gone\n'));
  const pulled = (await expect(1, 'pull')).stdout;
  assert.equal(pulled.split("Fetched 's ü/m'").length, 2, pulled);
  assert.equal(here.read('s ü/m'), 'm\n');
});

test('outputs and files of a folder are imported at a revision, updated and pulled', async (t) => {
  const { up, here, commit, expect } = await setting(t);
  const first = commit('one');
  git(up.root, 'tag', 'v1');
  await expect(0, 'import', up.root, 'out');
  await expect(0, 'import', up.root, 'out/deep/two', '-o', 'two', '--rev', 'v1');
  await expect(0, 'import', up.root, 'source.txt', '--rev', 'main');
  await expect(0, 'import', up.root, 'tool');
  assert.equal(here.read('out/deep/two'), '2\n');
  assert.equal(here.read('two'), '2\n');
  assert.equal(here.read('source.txt'), 'x');
  assert.match(here.read('pipeline.lock'), new RegExp(`rev: "?${first}`));
  assert.doesNotMatch((await expect(0, 'status')).stdout, /source/);

  up.write('source.txt', 'changed, and not committed');
  assert.doesNotMatch((await expect(0, 'status')).stdout, /source has changed/);
  const second = commit('two');
  const { stdout } = await expect(0, 'status');
  assert.match(stdout, /^out: its source has changed/m);
  assert.doesNotMatch(stdout, /^two: /m, 'a tag does not move');
  // What is brought again is what was imported, not what its branch has now.
  here.remove('cache');
  here.remove('source.txt');
  await expect(0, 'pull', 'source.txt');
  assert.equal(here.read('source.txt'), 'x');
  await expect(0, 'update', 'source.txt');
  assert.equal(here.read('source.txt'), 'changed, and not committed');
  await expect(0, 'update', 'two', '--rev', second);
  assert.match(here.read('pipeline.yaml'), new RegExp(second));
  await expect(0, 'update', '--rev', 'v1');
  const declared = ['out', 'two', 'source.txt', 'tool'].map(
    (path) =>
      `- path: ${path}\n  from:\n    repo: ${up.root}\n    path: ${path === 'two' ? 'out/deep/two' : path}\n    rev: v1\n`,
  );
  assert.equal(here.read('pipeline.yaml'), `stages: {}\ndata:\n${declared.join('')}`);

  here.remove('cache');
  here.remove('out');
  here.remove('two');
  await expect(0, 'import', up.root, 'tool', '-o', 'new/folder/tool');
  here.remove('cache');
  here.remove('new');
  assert.match((await expect(0, 'fetch', 'new/folder/tool')).stdout, /^Fetched /);
  assert.ok(!existsSync(here.path('new')), 'fetch leaves the workspace alone');
  here.remove('cache');
  const part = await expect(0, 'pull', 'out/deep/two');
  assert.match(part.stdout, /^Fetched 'out' from .*: out\.\nA\tout\/deep\/two\n$/);
  assert.deepEqual(here.read('out/deep/two'), '2\n');
  assert.equal(
    globSync('cache/objects/*/*/*', { cwd: here.root }).length,
    2,
    'the file, and the list of the folder',
  );
  const parts = await expect(0, 'pull', 'out/deep/two', 'out/deep', 'out/deep/two');
  assert.match(parts.stdout, /^Fetched 'out' from .*: out\.\nA\tout\/deep\/three\n$/);
  assert.equal(here.read('out/deep/three'), '3\n');
  assert.ok(!existsSync(here.path('out/one')));
  const two = hash('sha256', '2\n');
  here.remove(`cache/objects/sha256/${two.slice(0, 2)}/${two.slice(2)}`);
  assert.match((await expect(0, 'fetch', 'out/deep')).stdout, /^Fetched 'out' /);
  assert.doesNotMatch((await expect(0, 'fetch', 'out/deep', 'out/deep/three')).stdout, /Fetched/);
  await expect(0, 'pull');
  assert.equal(here.read('out/one'), '1\n');
  assert.equal(here.read('two'), '2\n');
  await expect(0, 'push');

  here.write('mine', 'm');
  await expect(0, 'add', 'mine');
  for (const path of ['cache', 'mine', 'two']) here.remove(path);
  assert.match((await expect(1, 'pull')).stderr, /no-remote\]: 'mine' of 'mine' is not here[^]*remote add/);
  assert.equal(here.read('two'), '2\n', 'no remote is needed for it');
  here.write('two', 'by hand');
  assert.match((await expect(0, 'commit', 'two')).stderr, /source-changed\]: 'two' was edited here/);
});

testInWhole('a bare repository of this machine has what is committed there', async (t) => {
  const { up, here, commit, expect } = await setting(t);
  commit('bare');
  execFileSync('git', ['clone', '-q', '--bare', up.root, here.path('up.git')]);
  await expect(0, 'get', 'up.git', 'source.txt');
  assert.equal(here.read('source.txt'), up.read('source.txt'));
  assert.match((await expect(0, 'list', 'up.git')).stdout, /^source\.txt$/m);
  await expect(0, 'import', 'up.git', 'source.txt', '-o', 'imported.txt');
  assert.equal(here.read('imported.txt'), up.read('source.txt'));
});

testInWhole('what the other repository imported itself comes from where it has it', async (t) => {
  const { up, here, commit, expect } = await setting(t);
  const far = makeWorkspaceMostlyHere(t, {
    'pipeline.yaml': 'stages: {}\n',
    'deep/data': 'far away',
    moving: 'x',
  });
  git(far.root, 'init', '-q');
  git(far.root, 'add', '-A');
  git(far.root, 'commit', '-qm', 'one');
  await up.expect(0, 'import', far.root, 'deep', '-o', 'imported');
  await up.expect(0, 'import-url', far.path('moving'), 'moved');
  commit('imports');
  up.remove('cache');
  far.write('moving', 'changed since');
  assert.match((await expect(1, 'import', up.root, 'moved')).stderr, /a place that has other data now/);
  await expect(0, 'import', up.root, 'imported/data', '-o', 'part');
  assert.equal(here.read('part'), 'far away');
  await expect(0, 'import', up.root, 'imported');
  assert.equal(here.read('imported/data'), 'far away');
  assert.match(
    (await expect(1, 'import', up.root, 'imported/none', '-o', 'lacking')).stderr,
    /repository-lacks/,
  );
  assert.deepEqual(readdirSync(here.path('cache/placing')), [], 'nothing of the whole is left');
});

test('the remote that an import names has the data, not the default one', async (t) => {
  const { up, here, commit, expect } = await setting(t);
  const remotes = up
    .read('pipeline.yaml')
    .replace('remotes: {', 'remote: empty\n  remotes: {empty: {url: none}, ');
  up.write('pipeline.yaml', remotes);
  commit('one');
  up.remove('cache');
  assert.match((await expect(1, 'import', up.root, 'out')).stderr, /'empty' cannot be reached/);
  await expect(0, 'import', up.root, 'out', '--remote', 'shared');
  assert.equal(here.read('out/deep/two'), '2\n');
  await expect(0, 'get', up.root, 'out', '--remote', 'shared', '-o', 'got');
  assert.equal(here.read('got/deep/two'), '2\n');
  // The list of the folder alone, too.
  for (const name of ['cache', 'out']) here.remove(name);
  await expect(0, 'pull', 'out/deep/two');
  assert.equal(here.read('out/deep/two'), '2\n');
});

testInWhole('what nobody has is said, and nothing is written', async (t) => {
  const { up, here, commit, expect } = await setting(t);
  commit('one');
  up.write('pipeline.yaml', PIPELINE.replace(/config:.*/s, ''));
  commit('without a remote');
  up.remove('cache');
  const { stderr } = await expect(1, 'import', up.root, 'out');
  assert.match(stderr, /repository-lacks.*cannot be had/s);
  assert.match((await expect(1, 'import', up.root, 'nothing')).stderr, /has no 'nothing'/);
  assert.match((await expect(1, 'import', up.root, '../x')).stderr, /not inside/);
  assert.match((await expect(1, 'import', 'ext::sh -c true', 'x')).stderr, /no repository/);
  assert.match((await expect(1, 'import', '--', '--upload-pack=x', 'x')).stderr, /no repository/);
  assert.deepEqual(readdirSync(here.root).sort(), ['cache', 'pipeline.yaml']);
  assert.equal(here.read('pipeline.yaml'), 'stages: {}\n');
});

testInWhole('pipe get downloads without a project, and replaces only when forced', async (t) => {
  const { up, commit, pipe } = await setting(t);
  commit('one');
  const folder = makeWorkspaceMostlyHere(t, {});
  const get = (...args: readonly string[]): Promise<Ran> =>
    runPipeMostlyHere(folder.root, ['get', up.root, ...args]);
  assert.equal((await get('out')).code, 0);
  assert.equal(folder.read('out/deep/two'), '2\n');
  assert.match((await get('out')).stderr, /import-exists/);
  folder.write('out/mine', 'mine');
  assert.equal((await get('out', '--force')).code, 0);
  assert.equal(folder.read('out.saved/mine'), 'mine');
  assert.ok(!existsSync(folder.path('out/mine')));
  assert.equal((await get('source.txt', '-o', 'in/it')).code, 0);
  assert.equal(folder.read('in/it'), 'x');
  assert.equal((await get('nothing')).code, 1);
  assert.deepEqual(readdirSync(folder.root).sort(), ['in', 'out', 'out.saved']);
  assert.equal((await pipe('list', up.root, 'out')).stdout, 'deep\none\n');
  const inside = JSON.parse((await pipe('list', up.root, 'out', '--json')).stdout) as { isout: boolean }[];
  assert.deepEqual(
    inside.map(({ isout }) => isout),
    [true, true],
  );
  const lacking = await pipe('list', up.root, 'out/nothing');
  assert.equal(lacking.code, 1);
  assert.match(lacking.stderr, /repository-lacks/);
  assert.doesNotMatch((await pipe('list', up.root, '-R')).stdout, /^cache/m);
  assert.equal((await get('.', '-o', 'whole')).code, 0);
  assert.equal(folder.read('whole/out/deep/two'), '2\n');
  assert.ok(!existsSync(folder.path('whole/cache')), 'its cache stays behind');
  for (const text of ['mine', 'mine too']) {
    folder.write('source.txt', text);
    assert.equal((await get('source.txt', '--force')).code, 0);
  }
  const kept = ['source.txt', 'source.txt.saved', 'source.txt.saved-2'].map(folder.read);
  assert.deepEqual(kept, ['x', 'mine', 'mine too']);
});

test('a name in a repository never leads out of the folder, nor to one of the same name in another', async (t) => {
  const { up, here, commit, expect } = await setting(t);
  mkdirSync(up.path('links'));
  spawnSync('ln', ['-s', '/etc/passwd', up.path('links/out')]);
  spawnSync('ln', ['-s', '../source.txt', up.path('links/in')]);
  up.write('sub/pipeline.yaml', 'stages: {}\n');
  up.write('sub/program', '#!/bin/sh\n');
  up.write('program', 'no program\n');
  // A DVC repository of its own in a folder.
  up.write('nested/.dvc/config', '');
  up.write('nested/program', '#!/bin/sh\n');
  for (const folder of ['sub', 'nested']) chmodSync(up.path(`${folder}/program`), 0o755);
  commit('links');
  await expect(0, 'import', up.root, 'links');
  assert.deepEqual(
    readdirSync(here.path('links')),
    ['in'],
    'a link is what it leads to, inside of the repository',
  );
  assert.equal(here.read('links/in'), 'x');
  // Of a project in a sub-folder, its own files are meant.
  await expect(0, 'import', up.path('sub'), 'program', '--rev', 'main');
  assert.equal(here.read('program'), '#!/bin/sh\n');
  assert.ok((statSync(here.path('program')).mode & 0o100) !== 0);
  await expect(0, 'import', up.root, 'nested/program', '-o', 'nested', '--rev', 'main');
  assert.ok((statSync(here.path('nested')).mode & 0o100) !== 0);
  const listed = await expect(0, 'list', up.path('sub'), '--rev', 'main', '--json');
  assert.deepEqual(
    (JSON.parse(listed.stdout) as { path: string; isexec: boolean }[]).map(({ path, isexec }) => [
      path,
      isexec,
    ]),
    [
      ['pipeline.yaml', false],
      ['program', true],
    ],
  );
});
