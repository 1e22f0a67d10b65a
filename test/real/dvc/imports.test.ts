// Imports: what pipe writes is what DVC writes, byte for byte, and each goes on with what the other imported.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { startSourceServer, type SourceServer } from '../../e2e/source-server.ts';
import { makeWorkspace, runPipe } from '../../workspace.ts';
import { makeRepository, type Repository, type Tool } from './twins.ts';

const identity = ['-c', 'user.name=Me', '-c', 'user.email=me@example.com'];

function git(root: string, ...args: readonly string[]): void {
  const { status, stderr } = spawnSync('git', [...identity, ...args], { cwd: root, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
}

/** Not `dvc`, which would wait while the server of this process cannot answer. */
async function run(tool: Tool, repository: Repository, ...args: readonly string[]): Promise<void> {
  if (tool === 'dvc') {
    assert.equal(await repository.start(...args), 0, `dvc ${args.join(' ')}`);
    return;
  }
  const { code, stdout, stderr } = await runPipe(repository.root, args);
  assert.equal(code, 0, `pipe ${args.join(' ')}\n${stdout}${stderr}`);
}

/** Two repositories; in one pipe works, in the other DVC. */
function pair(t: TestContext): readonly [ours: Repository, theirs: Repository] {
  return [makeRepository(t, {}), makeRepository(t, {})];
}

const same = (ours: Repository, theirs: Repository, file: string): void =>
  assert.equal(ours.read(file), theirs.read(file), file);

test('imports of URLs and folders are the files of DVC, also after an update and an edit', async (t) => {
  const server = await startSourceServer(t);
  server.files.set('tagged', 'one');
  server.files.set('dated', 'two');
  server.headers.set('dated', {
    'last-modified': 'Wed, 21 Oct 2015 07:28:00 GMT',
    'content-type': 'text/csv',
  });
  server.files.set('summed', 'three');
  server.headers.set('summed', { 'content-md5': 'SWBo2XElFZfnc91ZpYFOqA==' });
  const source = makeWorkspace(t, { 'd/one': '1', 'd/in/two': '2', tool: '#!/bin/sh\n' });
  const [ours, theirs] = pair(t);
  server.answer = streamed(server);
  const files = ['tagged', 'dated', 'summed', 'streamed', 'tool', 'd', 'late', 'bare'];
  for (const [tool, repository] of [
    ['pipe', ours],
    ['dvc', theirs],
  ] as const) {
    for (const name of ['tagged', 'dated', 'summed', 'streamed'])
      await run(tool, repository, 'import-url', server.url + name);
    await run(tool, repository, 'import-url', source.path('tool'));
    await run(tool, repository, 'import-url', source.path('d'));
    await run(tool, repository, 'import-url', '--no-download', `${server.url}tagged`, 'late');
    await run(tool, repository, 'import-url', '--no-exec', `${server.url}tagged`, 'bare');
  }
  for (const name of files) same(ours, theirs, `${name}.dvc`);
  same(ours, theirs, '.gitignore');

  server.files.set('tagged', 'other');
  source.write('d/three', '3');
  for (const [tool, repository] of [
    ['pipe', ours],
    ['dvc', theirs],
  ] as const)
    await run(tool, repository, 'update', ...files.map((name) => `${name}.dvc`));
  for (const name of files) same(ours, theirs, `${name}.dvc`);
  assert.equal(
    ours
      .dvc('status', '--json')
      .output.replace(/WARNING.*\n/g, '')
      .trim(),
    '{}',
  );

  // Edited here while their sources changed: what the sources have then is recorded.
  const edited = ['tagged', 'dated', 'tool', 'd'];
  for (const command of [['commit', '-f'], ['repro']]) {
    for (const name of ['tagged', 'dated']) server.files.set(name, `for ${command[0]}`);
    source.write('tool', `for ${command[0]}`);
    source.write('d/one', `for ${command[0]}`);
    for (const [tool, repository] of [
      ['pipe', ours],
      ['dvc', theirs],
    ] as const) {
      for (const file of ['tagged', 'dated', 'tool', 'd/in/two']) {
        repository.remove(file);
        repository.write(file, `by hand before ${command[0]}`);
      }
      await run(tool, repository, ...command, ...edited.map((name) => `${name}.dvc`));
    }
    for (const name of edited) same(ours, theirs, `${name}.dvc`);
    await run('pipe', ours, 'update', ...edited.map((name) => `${name}.dvc`));
  }
  assert.equal(
    ours
      .dvc('status', '--json')
      .output.replace(/WARNING.*\n/g, '')
      .trim(),
    '{}',
  );
  await run('dvc', ours, 'update', 'tagged.dvc');
  assert.doesNotMatch(
    (await runPipe(ours.root, ['status', 'tagged.dvc'])).stdout,
    /modified|source has changed/,
  );
});

/** `streamed` comes without its size. */
const streamed =
  ({ files }: SourceServer): SourceServer['answer'] =>
  ({ url, method }, response) => {
    if (url !== '/streamed') return false;
    response.writeHead(200, { etag: `"${files.get('tagged')}"` }).flushHeaders();
    response.end(method === 'HEAD' ? undefined : files.get('tagged'));
    return true;
  };

test('taking turns: edits by hand, updates and runs leave both agreeing', async (t) => {
  const source = makeWorkspace(t, { one: '1', 'd/a': 'a' });
  const repository = makeRepository(t, {});
  repository.write('dvc.yaml', 'stages:\n  c: {cmd: cat one d/* > c, deps: [one, d], outs: [c]}\n');
  await run('pipe', repository, 'import-url', source.path('one'));
  await run('dvc', repository, 'import-url', source.path('d'));
  const agree = async (at: string): Promise<void> => {
    const pipe = await runPipe(repository.root, ['status', '--check']);
    assert.equal(pipe.code, 0, `${at}\n${pipe.stdout}${pipe.stderr}`);
    const { output } = repository.dvc('status', '--json');
    assert.equal(output.replace(/WARNING.*\n/g, '').trim(), '{}', at);
  };
  const tools = ['dvc', 'pipe'] as const;
  for (const [turn, tool] of tools.entries()) {
    const other = tool === 'dvc' ? 'pipe' : 'dvc';
    await run(tool, repository, 'repro');
    await agree(`${tool} repro ${turn}`);
    repository.write('one', `by hand ${turn}`);
    repository.write('d/mine', `mine ${turn}`);
    await run(other, repository, 'commit', '-f', 'one.dvc', 'd.dvc');
    await run(other, repository, 'repro');
    await agree(`${other} commit ${turn}`);
    source.write('one', `there ${turn}`);
    source.write(`d/new${turn}`, 'new');
    await run(tool, repository, 'update', 'one.dvc', 'd.dvc');
    await run(other, repository, 'repro');
    await agree(`${tool} update ${turn}`);
    assert.equal(repository.read('one'), `there ${turn}`);
    // Not frozen: a run brings what is new.
    const frozen = repository.read('d.dvc');
    await run(tool, repository, 'freeze', 'one.dvc', 'd.dvc');
    assert.equal(repository.read('d.dvc'), frozen, 'it was frozen already');
    await run(tool, repository, 'unfreeze', 'one.dvc', 'd.dvc');
    source.write('one', `followed ${turn}`);
    await run(other, repository, 'repro');
    await agree(`${other} followed ${turn}`);
    assert.match(repository.read('c'), new RegExp(`^followed ${turn}`));
    const free = repository.read('d.dvc');
    await run(tool, repository, 'freeze', 'one.dvc', 'd.dvc');
    assert.equal(repository.read('d.dvc'), `${free}frozen: true\n`);
    source.write('one', `not followed ${turn}`);
    await run(other, repository, 'repro');
    assert.match(repository.read('c'), new RegExp(`^followed ${turn}`), 'a frozen import stays');
  }
});

test('imports of repositories are the files of DVC, and lists and downloads are the same', async (t) => {
  const up = makeRepository(t, {
    'data/big': 'big',
    'data/in/small': 's',
    'plain.txt': 'plain',
    'dvc.yaml': 'stages:\n  m: {cmd: cp plain.txt made, deps: [plain.txt], outs: [made]}\n',
  });
  await run('dvc', up, 'add', 'data');
  await run('dvc', up, 'repro');
  git(up.root, 'add', '-A');
  git(up.root, 'commit', '-qm', 'one');
  git(up.root, 'tag', 'v1');
  const [ours, theirs] = pair(t);
  const work = async (tool: Tool, repository: Repository): Promise<void> => {
    await run(tool, repository, 'import', up.root, 'data');
    await run(tool, repository, 'import', up.root, 'data/in/small', '--rev', 'v1');
    await run(tool, repository, 'import', up.root, 'plain.txt', '-o', 'renamed');
    await run(tool, repository, 'import', up.root, 'made', '--no-download');
    await run(tool, repository, 'import', up.root, 'data', '-o', 'bare', '--no-exec');
  };
  await work('pipe', ours);
  await work('dvc', theirs);
  const files = ['data', 'small', 'renamed', 'made', 'bare'];
  for (const name of files) same(ours, theirs, `${name}.dvc`);

  up.write('plain.txt', 'changed');
  await run('dvc', up, 'repro');
  git(up.root, 'commit', '-qam', 'two');
  assert.match((await runPipe(ours.root, ['status'])).stdout, /renamed.dvc: its source has changed/);
  for (const [tool, repository] of [
    ['pipe', ours],
    ['dvc', theirs],
  ] as const) {
    await run(tool, repository, 'update', 'data.dvc', 'renamed.dvc', 'made.dvc', 'bare.dvc');
    await run(tool, repository, 'update', 'small.dvc', '--rev', 'HEAD');
  }
  for (const name of files) same(ours, theirs, `${name}.dvc`);
  assert.equal(ours.read('made'), 'changed');
  assert.equal(
    ours
      .dvc('status', '--json')
      .output.replace(/WARNING.*\n/g, '')
      .trim(),
    '{}',
  );

  for (const args of [
    [up.root],
    [up.root, '-R'],
    [up.root, '--rev', 'v1'],
    [up.root, '-R', '--rev', 'v1'],
    [up.root, 'data', '--rev', 'v1'],
    [up.root, '--dvc-only'],
    [up.root, 'plain.txt'],
  ]) {
    const { stdout } = await runPipe(ours.root, ['list', '--json', ...args]);
    const { output } = ours.dvc('list', '--json', ...args);
    assert.deepEqual(JSON.parse(stdout), JSON.parse(output), args.join(' '));
  }
  await run('pipe', ours, 'get', up.root, 'data', '-o', 'got');
  await run('dvc', theirs, 'get', up.root, 'data', '-o', 'got');
  assert.equal(ours.read(join('got', 'in', 'small')), theirs.read(join('got', 'in', 'small')));
});

test('what comes from a repository needs no remote to be pulled', async (t) => {
  const up = makeRepository(t, { 'data/a': 'a', one: '1' });
  await run('dvc', up, 'add', 'data', 'one');
  git(up.root, 'add', '-A');
  git(up.root, 'commit', '-qm', 'one');
  for (const tool of ['pipe', 'dvc'] as const) {
    const repository = makeRepository(t, { mine: 'm' });
    await run('pipe', repository, 'import', up.root, 'data');
    await run('pipe', repository, 'import', up.root, 'one');
    await run('pipe', repository, 'add', 'mine');
    for (const path of ['.dvc/cache', 'data', 'one', 'mine']) repository.remove(path);
    const code =
      tool === 'dvc'
        ? await repository.start('pull')
        : (await runPipe(repository.root, ['pull'], repository.env)).code;
    assert.deepEqual(
      [code, repository.read('data/a'), repository.read('one'), repository.exists('mine')],
      [1, 'a', '1', false],
      tool,
    );
  }
});

test('URLs as dependencies of stages are recorded as DVC records them', async (t) => {
  const server = await startSourceServer(t);
  server.files.set('tagged', 'one');
  server.files.set('dated', 'two');
  server.headers.set('dated', { 'last-modified': 'Wed, 21 Oct 2015 07:28:00 GMT' });
  server.answer = streamed(server);
  const pipeline = `stages:\n  u:\n    cmd: echo x > got\n    deps: ['${server.url}tagged', '${server.url}dated', '${server.url}streamed', 'remote://web/tagged', '${server.url}x/./../dated', '${server.url}dated?q=a%2Fb%20%7e&r=a b#a%20b']\n    outs: [got]\n`;
  const [ours, theirs] = pair(t);
  for (const repository of [ours, theirs]) {
    repository.write('dvc.yaml', pipeline);
    await run('dvc', repository, 'remote', 'add', 'web', server.url.replace(/\/$/, ''));
  }
  assert.deepEqual((await ours.repro('pipe')).ran, ['u']);
  await run('dvc', theirs, 'repro');
  same(ours, theirs, 'dvc.lock');
  assert.deepEqual((await theirs.repro('pipe')).ran, []);
  server.files.set('tagged', 'changed');
  assert.deepEqual((await ours.repro('pipe')).ran, ['u']);
  await run('dvc', theirs, 'repro');
  same(ours, theirs, 'dvc.lock');
});
