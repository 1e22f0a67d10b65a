// `pipe remote …` as people use it: which file is written, what is refused, and what other commands see of it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { globSync, statSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import { testInWhole } from '../amount.ts';
import { startFileServer } from '../cache/remote/file-server.ts';
import { makeWorkspaceHere as makeWorkspace } from '../cli/here.ts';
import { runPipe, type TestWorkspace } from '../workspace.ts';

const PIPELINE = '# a pipeline\nstages:\n  a: {cmd: echo a > a, outs: [a]}   # one\n';

function makeProject(t: TestContext): TestWorkspace {
  const project = makeWorkspace(t, { 'pipeline.yaml': PIPELINE });
  git(project, 'init', '-q');
  return project;
}

function git({ root }: TestWorkspace, ...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync('git', args, { cwd: root, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return stdout;
}

test('declare, use, rename, remove: the pipeline file is as before', async (t) => {
  const project = makeProject(t);
  await project.repro();
  await project.expect(0, 'remote', 'add', '-d', 'shared', '../store');
  assert.equal(
    project.read('pipeline.yaml'),
    `${PIPELINE}config:\n  remotes:\n    shared:\n      url: ../store\n  remote: shared\n`,
  );
  assert.match((await project.expect(0, 'push', '--dry')).stdout, /Would push 1 object .* to 'shared'/);
  assert.match((await project.expect(1, 'remote', 'add', 'shared', 'x')).stderr, /remote-exists[^]*-f/);
  assert.match((await project.expect(1, 'remote', 'add', 's3://b', 'x')).stderr, /remote add NAME URL/);
  await project.expect(0, 'remote', 'add', '-f', 'shared', '/other');
  await project.expect(0, 'remote', 'rename', 'shared', 'main');
  assert.equal((await project.expect(0, 'remote', 'list')).stdout, 'main\t/other\t(default)\n');
  assert.equal((await project.expect(0, 'remote', 'default')).stdout, 'main\n');
  assert.match(
    (await project.expect(1, 'remote', 'remove', 'mian')).stderr,
    /no-remote[^]*did you mean 'main'/,
  );
  await project.expect(0, 'remote', 'remove', 'main');
  assert.equal(project.read('pipeline.yaml'), PIPELINE);
  assert.equal((await project.expect(1, 'remote', 'default')).stdout, 'There is no default remote.\n');
});

test('a folder is relative to the current one, and written from the root', async (t) => {
  const project = makeProject(t);
  project.write('sub/x', '');
  const { code } = await runPipe(project.path('sub'), ['remote', 'add', 'near', 'store']);
  assert.equal(code, 0);
  assert.match(project.read('pipeline.yaml'), /url: sub\/store\n/);
  assert.match(
    (await project.expect(0, 'remote', 'list')).stdout,
    new RegExp(`^near\t${project.path('sub/store')}\t`),
  );
});

testInWhole('options have the types of the reference, and unknown ones are refused', async (t) => {
  const project = makeProject(t);
  await project.expect(0, 'remote', 'add', 'web', 'https://example.org/x');
  await project.expect(0, 'remote', 'modify', 'web', 'trust', 'true');
  await project.expect(0, 'remote', 'modify', 'web', 'user', '0123');
  assert.match(project.read('pipeline.yaml'), /trust: true\n {6}user: "0123"\n/);
  const before = project.read('pipeline.yaml');
  for (const [args, message] of [
    [['web', 'trust', 'perhaps'], /expected true or false/],
    [['web', 'pasword', 'x'], /unknown key 'pasword'[^]*did you mean 'password'/],
    [['web', 'user'], /no value is given/],
    [['wbe', 'user', 'x'], /declares no remote 'wbe'/],
  ] as const)
    assert.match((await project.pipe('remote', 'modify', ...args)).stderr, message);
  assert.equal(project.read('pipeline.yaml'), before);
  await project.expect(0, 'remote', 'modify', '--unset', 'web', 'user');
  assert.doesNotMatch(project.read('pipeline.yaml'), /user/);
  assert.match(
    (await project.expect(0, 'remote', 'modify', '--unset', 'web', 'user')).stdout,
    /^pipeline\.yaml has no 'user' of the remote 'web'\.$/m,
  );
});

test('secrets: refused where git would see them, readable by the owner alone elsewhere', async (t) => {
  const project = makeProject(t);
  await project.expect(0, 'remote', 'add', 'web', 'https://example.org/x');
  const before = project.read('pipeline.yaml');
  const refused = await project.expect(1, 'remote', 'modify', 'web', 'password', 'hunter2');
  assert.match(
    refused.stderr,
    /remote-secret[^]*pipe remote modify --local web password -[^]*PIPE_REMOTE_WEB_PASSWORD/,
  );
  assert.doesNotMatch(refused.stderr, /hunter2/);
  for (const url of ['https://ada:hunter2@example.org/x', 'https://example.org/x?token=hunter2']) {
    const inUrl = await project.expect(1, 'remote', 'add', 'b', url);
    assert.match(inUrl.stderr, /remote-secret/);
    assert.doesNotMatch(inUrl.stderr, /hunter2/);
  }
  const endpoint = ['web', 'endpointurl', 'https://ada:hunter2@example.org'] as const;
  assert.match(
    (await project.expect(1, 'remote', 'modify', ...endpoint)).stderr,
    /remote-secret[^]*--local web secret_access_key -/,
  );
  assert.equal(project.read('pipeline.yaml'), before);

  await project.expect(0, 'remote', 'modify', '--local', 'web', 'password', 'hunter2');
  assert.equal(project.read('cache/config.yaml'), 'remotes:\n  web:\n    password: hunter2\n');
  assert.equal(statSync(project.path('cache/config.yaml')).mode & 0o777, 0o600);
  git(project, 'add', '-A');
  assert.equal(git(project, 'ls-files'), 'pipeline.yaml\n');
  const listed = await project.expect(0, 'remote', 'list', '-v');
  assert.match(listed.stdout, /password = \*\*\*  \(cache\/config.yaml\)/);
  assert.doesNotMatch(listed.stdout, /hunter2/);

  git(project, 'add', '-f', 'cache/config.yaml');
  const tracked = await project.expect(1, 'remote', 'modify', '--local', 'web', 'token', 'x');
  assert.match(tracked.stderr, /git does not ignore that file[^]*git rm --cached cache\/config.yaml/);
});

test('a secret from the standard input', async (t) => {
  const project = makeProject(t);
  await project.expect(0, 'remote', 'add', 'web', 'https://example.org/x');
  const { status } = spawnSync(
    'sh',
    ['-c', `printf 'a b\\n' | "${process.execPath}" "$PIPE" remote modify --local web token -`],
    {
      cwd: project.root,
      env: { ...process.env, PIPE: new URL('../../bin/pipe.js', import.meta.url).pathname },
    },
  );
  assert.equal(status, 0);
  assert.equal(project.read('cache/config.yaml'), 'remotes:\n  web:\n    token: a b\n');
});

testInWhole('for all projects: weaker than the project, and outside of one too', async (t) => {
  const home = makeWorkspace(t, { 'none/x': '' });
  const project = makeProject(t);
  const env = { XDG_CONFIG_HOME: home.path('config') };
  const pipe = async (cwd: string, ...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await runPipe(cwd, args, env);
    assert.equal(code, 0, stderr);
    return stdout;
  };
  await pipe(home.path('none'), 'remote', 'add', '--global', '-d', 'mine', home.path('mine'));
  await pipe(home.path('none'), 'remote', 'add', '--global', 'other', home.path('other'));
  assert.match(home.read('config/pipe/config.yaml'), /^remotes:\n {2}mine:/);
  await project.repro();
  assert.match(await pipe(project.root, 'push'), /Pushed 1 object .* to 'mine'/);
  await pipe(project.root, 'remote', 'add', 'other', home.path('ours'));
  await pipe(project.root, 'remote', 'default', 'other');
  assert.match(
    await pipe(project.root, 'push'),
    new RegExp(`Pushed 1 object .* to 'other' \\(${home.path('ours')}\\)`),
  );
  await pipe(project.root, 'remote', 'default', '--local', 'mine');
  assert.match(await pipe(project.root, 'push'), /'mine' .* has everything already/);
});

test("the user's password for all projects is sent to no server that a repository names", async (t) => {
  const home = makeWorkspace(t, {});
  const project = makeProject(t);
  await project.repro();
  const env = { XDG_CONFIG_HOME: home.path('config') };
  const pipe = (...args: readonly string[]): ReturnType<typeof runPipe> => runPipe(project.root, args, env);
  await pipe('remote', 'add', '--global', 'web', 'https://mine.example.org/x');
  await pipe('remote', 'modify', '--global', 'web', 'password', 'x');
  await pipe('remote', 'add', 'web', 'https://evil.example.org/x');
  const { code, stderr } = await pipe('push');
  assert.equal(code, 1);
  assert.match(stderr, /remote-untrusted[^]*https:\/\/evil\.example\.org/);
});

testInWhole('in a DVC repository: its files, its names of options', async (t) => {
  const project = makeWorkspace(t, { '.dvc/config': '', 'dvc.yaml': 'stages: {}\n' });
  const env = {
    DVC_GLOBAL_CONFIG_DIR: project.path('user'),
    DVC_SYSTEM_CONFIG_DIR: project.path('system'),
  };
  project.write('system/config', `['remote "all"']\n    url = /all\n`);
  const pipe = (...args: readonly string[]): ReturnType<typeof runPipe> =>
    runPipe(project.root, ['remote', ...args], env);
  assert.equal((await pipe('add', '-d', 'Shared', '../store')).code, 0);
  assert.equal(
    project.read('.dvc/config'),
    '[core]\n    remote = shared\n[\'remote "shared"\']\n    url = ../../store\n',
  );
  assert.match((await pipe('modify', 'shared', 'region', 'x')).stderr, /remote-option[^]*'region'/);
  assert.equal((await pipe('add', 'web', 'https://example.org')).code, 0);
  assert.match(
    (await pipe('modify', 'web', 'password', 'x')).stderr,
    /remote-secret[^]*\.dvc\/config\.local/,
  );
  assert.equal((await pipe('modify', '--local', 'web', 'password', 'x')).code, 0);
  // DVC would refuse its configuration from then on.
  const before = project.read('.dvc/config');
  assert.match(
    (await pipe('add', '-f', 'web', '/folder')).stderr,
    /remote-option[^]*'password'[^]*\.dvc\/config\.local/,
  );
  assert.match((await pipe('remove', 'web')).stderr, /no URL[^]*\.dvc\/config\.local/);
  // It cannot write its configuration then.
  assert.match((await pipe('add', 'b', '/tür')).stderr, /remote-option[^]*ASCII/);
  assert.equal(project.read('.dvc/config'), before);
  assert.match((await pipe('list')).stdout, /^all\t\/all\nshared\t.*\nweb\t/);
  assert.match((await pipe('remove', 'all')).stderr, /system\/config declares it: edit that file/);
});

test('remote test: what works, step by step, and nothing is left there', async (t) => {
  const home = makeWorkspace(t, {});
  const project = makeProject(t);
  await project.expect(0, 'remote', 'add', '-d', 'shared', home.path('store'));
  const { stdout } = await project.expect(0, 'remote', 'test');
  assert.deepEqual(
    [...stdout.matchAll(/^ {2}(ok|FAILED|-) +(.*?)(?: \(\d+ ms\)|:.*)$/gm)].map(([, mark, step]) => [
      mark,
      step,
    ]),
    [
      ['ok', 'options and credentials'],
      ['ok', 'write a file'],
      ['ok', 'look for it'],
      ['ok', 'read it, and compare'],
      ['ok', 'list'],
      ['ok', 'remove it'],
    ],
  );
  assert.deepEqual(
    globSync('**', { cwd: home.path('store') }).filter((name) =>
      statSync(home.path(`store/${name}`)).isFile(),
    ),
    [],
  );
});

testInWhole(
  'remote test: a server that cannot list, one that changes bytes, one that keeps what it should remove',
  async (t) => {
    const server = await startFileServer(t);
    const project = makeProject(t);
    await project.expect(0, 'remote', 'add', 'web', server.url);
    const tested = await project.expect(0, 'remote', 'test');
    assert.match(tested.stdout, /- +list: it cannot list files, so `pipe gc --cloud` cannot work there/);
    assert.equal(server.files.size, 0);

    server.answer = ({ method }, response) => {
      if (method !== 'GET') return false;
      response.writeHead(200).end('<html>log in</html>');
      return true;
    };
    const changed = await project.expect(1, 'remote', 'test');
    assert.match(changed.stdout, /FAILED {2}read it, and compare/);
    assert.match(changed.stderr, /remote-failed[^]*what was read is not what was written/);
    assert.equal(server.files.size, 0);

    server.answer = ({ method }, response) => {
      if (method !== 'DELETE') return false;
      response.writeHead(405).end();
      return true;
    };
    const kept = JSON.parse((await project.expect(1, 'remote', 'test', '--json')).stdout) as {
      ok: boolean;
      left: string;
      steps: { step: string; state: string; problems: { code: string }[] }[];
    };
    assert.equal(kept.ok, false);
    assert.deepEqual(
      kept.steps
        .filter(({ state }) => state === 'failed')
        .map(({ step, problems }) => [step, problems[0]!.code]),
      [['remove', 'remote-refused']],
    );
    assert.deepEqual([...server.files.keys()], [kept.left]);
  },
);

testInWhole('remote test: what cannot be reached, opened or written is named', async (t) => {
  const project = makeProject(t);
  project.write('file', '');
  for (const [url, step, code] of [
    ['http://127.0.0.1:1/x', 'write a file', 'remote-unreachable'],
    ['nosuch://x/y', 'options and credentials', 'remote-unsupported'],
    [project.path('file'), 'write a file', 'remote-failed'],
  ] as const) {
    await project.expect(0, 'remote', 'add', '-f', 'one', url);
    const { stdout, stderr } = await project.expect(1, 'remote', 'test');
    assert.match(stdout, new RegExp(`FAILED  ${step}`));
    assert.match(stderr, new RegExp(code));
    assert.equal(stderr.match(/^error/gm)!.length, 1);
  }
});
