// Imports from servers of git: clones, secrets, waiting, refusals.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { hash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test, type TestContext } from 'node:test';
import { testInWhole } from '../amount.ts';
import { makeWorkspaceMostlyHere } from '../cli/here.ts';
import { pipeBin, runPipe, startPipe, type TestWorkspace } from '../workspace.ts';
import { startGitServer } from './git-server.ts';
import { git, setting } from './import-setting.ts';

interface Served {
  readonly here: TestWorkspace;
  /** Of a repository that a server of git has. */
  readonly url: string;
  readonly env: NodeJS.ProcessEnv;
  /** Folder of its clone, which the first command makes. */
  readonly clone: () => string;
  readonly commitMore: () => void;
}

async function served(t: TestContext): Promise<Served> {
  const { up, here, commit } = await setting(t, undefined, runPipe);
  commit('one');
  const home = makeWorkspaceMostlyHere(t, {});
  git(home.root, 'clone', '-q', '--bare', up.root, 'up.git');
  const clones = home.path('pipe/repositories');
  return {
    here,
    url: `${(await startGitServer(t, home.root)).url}up.git`,
    env: { XDG_CACHE_HOME: home.root, GIT_CONFIG_GLOBAL: '/dev/null' },
    clone: () => join(clones, readdirSync(clones)[0]!),
    commitMore() {
      up.write('source.txt', 'y');
      commit('two');
      git(up.root, 'push', '-q', home.path('up.git'), 'HEAD');
    },
  };
}

testInWhole('a server of git is asked for one commit, and its remote for the data', async (t) => {
  const { up, here, commit, expect } = await setting(t, undefined, runPipe);
  up.write('large.bin', 'L'.repeat(2 << 20));
  commit('one');
  git(up.root, 'tag', '-a', 'v1', '-m', 'annotated');
  up.write('source.txt', 'new');
  const second = commit('two');
  const bare = realpathSync(mkdtempSync(join(tmpdir(), 'pipe-bare-')));
  t.after(() => rmSync(bare, { recursive: true, force: true }));
  git(bare, 'clone', '-q', '--bare', up.root, 'up.git');
  git(join(bare, 'up.git'), 'config', 'uploadpack.allowFilter', 'true');
  const server = await startGitServer(t, bare);
  const url = `${server.url}up.git`;
  up.remove('cache');

  await expect(0, 'import', url, 'source.txt');
  assert.equal(here.read('source.txt'), 'new');
  await expect(0, 'import', url, 'source.txt', '-o', 'old.txt', '--rev', 'v1');
  assert.equal(here.read('old.txt'), 'x');
  await expect(0, 'import', url, 'model.bin', '--rev', second.slice(0, 10));
  assert.equal(here.read('model.bin'), 'm\n');
  await expect(0, 'import', url, 'large.bin');
  assert.equal(here.read('large.bin').length, 2 << 20);
  assert.match(
    (await expect(1, 'import', url, 'model.bin', '-o', 'q', '--rev', 'nowhere')).stderr,
    /unknown-revision/,
  );
  assert.match((await expect(1, 'import', `${server.url}none.git`, 'x')).stderr, /repository-unreachable/);

  const list = JSON.parse((await expect(0, 'list', url, '--json')).stdout) as {
    path: string;
    isout: boolean;
  }[];
  assert.deepEqual(
    list.filter(({ isout }) => isout).map(({ path }) => path),
    ['model.bin', 'out'],
  );
  assert.match(
    (await expect(0, 'list', url, '-R', '--outs')).stdout,
    /^model.bin\nout\/deep\/three\nout\/deep\/two\nout\/one\n$/,
  );
  await expect(0, 'get', url, 'out', '-o', 'got');
  assert.equal(here.read('got/deep/two'), '2\n');

  const asked = server.asked.length;
  await expect(0, 'status');
  const questions = server.asked.slice(asked).filter((path) => path.includes('info/refs'));
  assert.equal(questions.length, 1, 'for all imports of it');
  git(join(bare, 'up.git'), 'update-ref', '-d', 'HEAD');
  assert.match((await expect(1, 'update', 'source.txt')).stderr, /has no commit\n.*pipeline\.yaml:\d+/);
});

test('secrets in URLs of git are in no clone and no message, and go from clones of earlier versions', async (t) => {
  const { up, here, commit } = await setting(t, undefined, runPipe);
  commit('one');
  const home = makeWorkspaceMostlyHere(t, {});
  git(home.root, 'clone', '-q', '--bare', up.root, 'up.git');
  const plain = `${(await startGitServer(t, home.root)).url}up.git`;
  const clones = home.path('pipe/repositories');
  const cloneOf = (url: string): string => join(clones, `${hash('sha256', url).slice(0, 32)}.git`);
  const printed: string[] = [];
  const list = async (code: number, url: string): Promise<void> => {
    const env = {
      XDG_CACHE_HOME: home.root,
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_SSH_COMMAND: home.path('ssh'),
    };
    const ran = await runPipe(here.root, ['list', url], env);
    assert.equal(ran.code, code, ran.stdout + ran.stderr);
    printed.push(ran.stdout, ran.stderr);
  };
  const secrets = ['abcdef0123456789abcdef', 'quietly', 'aloud', 'ofletters', 'un/en'];
  const [token, parameter, password, letters, unencoded] = secrets as [
    string,
    string,
    string,
    string,
    string,
  ];
  await list(0, plain);
  await list(0, plain.replace('//', `//${token}@`));
  await list(1, `${plain}?access_token=${parameter}`);
  await list(0, plain.replace('//', `//${letters}@`));
  await list(1, plain.replace('//', `//me:${unencoded}@`));
  home.write(
    'ssh',
    '#!/bin/sh\necho "$*" | sed "s/ git-.*/: Permission denied (publickey)./" >&2\nexit 255\n',
  );
  chmodSync(home.path('ssh'), 0o755);
  await list(1, `ssh://me:${password}@127.0.0.1:1/up.git`);
  assert.match(printed.at(-1)!, /Permission denied/);
  const written = (): string =>
    readdirSync(clones, { recursive: true, encoding: 'utf8' })
      .filter((name) => statSync(join(clones, name)).isFile())
      .map((name) => readFileSync(join(clones, name), 'latin1'))
      .join('');
  for (const secret of secrets) assert.ok(!(written() + printed.join('')).includes(secret), secret);

  // As they were: one of a repository that has no other clone, one beside another.
  const older = [plain.replace('//', `//me:${password}@`), `${plain}?sig=${parameter}`] as const;
  renameSync(cloneOf(plain), cloneOf(older[0]));
  cpSync(cloneOf(older[0]), cloneOf(older[1]), { recursive: true });
  for (const url of older) git(cloneOf(url), 'config', 'remote.origin.url', url);
  // What was left of a password that was not encoded; the other one has data, so that it is no such rest.
  const [rest, path] = ['https://en/coded@127.0.0.1/up', 'https://inside/a@b/up'];
  git(home.root, 'init', '-q', '--bare', cloneOf(rest));
  cpSync(cloneOf(older[0]), cloneOf(path), { recursive: true });
  for (const url of [rest, path]) git(cloneOf(url), 'config', 'remote.origin.url', url);
  mkdirSync(join(cloneOf(older[0]), 'same'));
  assert.ok(secrets.some((secret) => written().includes(secret)));
  await list(0, plain);
  for (const secret of secrets) assert.ok(!written().includes(secret), secret);
  assert.ok(existsSync(join(cloneOf(plain), 'same')), 'it is used again');
  assert.deepEqual([...older, rest].map(cloneOf).filter(existsSync), []);
  assert.ok(existsSync(cloneOf(path)));
});

test('commands at once share a new clone, and one that was killed leaves no locks in it', async (t) => {
  const { here, url, env, clone, commitMore } = await served(t);
  const list = async (): Promise<void> => {
    const ran = await runPipe(here.root, ['list', url], env);
    assert.equal(ran.code, 0, ran.stderr);
  };
  await Promise.all([list(), list(), list(), list()]);
  // As git leaves them when it is killed while it makes the clone, and while it fetches.
  const left = ['config.lock', 'shallow.lock'].map((name) => join(clone(), name));
  rmSync(join(clone(), 'complete'), { recursive: true });
  commitMore();
  for (const file of left) {
    writeFileSync(file, '');
    utimesSync(file, 1, 1);
  }
  await list();
  assert.deepEqual(left.filter(existsSync), []);
});

test('who waits for another command in a clone says so, and signals end the wait and git at once', async (t) => {
  const { here, url, env, clone, commitMore } = await served(t);
  assert.equal((await runPipe(here.root, ['list', url], env)).code, 0);
  commitMore();
  /** @param act once something was printed. */
  const started = async (args: string[], act: (pid: number) => void): Promise<[unknown, string]> => {
    const child = startPipe(here.root, args, env);
    let printed = '';
    child.stderr!.setEncoding('utf8').once('data', () => act(child.pid!));
    child.stderr!.on('data', (text: string) => (printed += text));
    const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
    return [code ?? signal, printed];
  };
  const lock = new DatabaseSync(join(clone(), 'in-use.lock'));
  lock.exec('BEGIN EXCLUSIVE');
  const wait = /^waiting for process \d+ on \S+, which reads the same repository\n$/;
  const killed = async (args: string[], signal: NodeJS.Signals, end: unknown): Promise<void> => {
    const [code, said] = await started(args, (pid) => process.kill(pid, signal));
    assert.equal(code, end, args.join(' '));
    assert.match(said, wait);
  };
  await Promise.all([
    killed(['import', url, 'tool'], 'SIGINT', 130),
    killed(['list', url], 'SIGINT', 'SIGINT'),
  ]);
  const second = killed(['import', '--no-download', url, 'tool'], 'SIGTERM', 143);
  const [code, said] = await started(
    ['get', url, 'tool'],
    () => void second.finally(() => lock.close()).catch(() => undefined),
  );
  await second;
  assert.equal(code, 0, said);
  assert.match(said, wait);
  assert.deepEqual(readdirSync(here.root).sort(), ['cache', 'pipeline.yaml', 'tool']);

  // Ctrl-C reaches git too, which then fails.
  const silent = createServer();
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  t.after(() => silent.close());
  const { port } = silent.address() as AddressInfo;
  const child = spawn(process.execPath, [pipeBin, 'import', `http://127.0.0.1:${port}/x.git`, 'x'], {
    cwd: here.root,
    env: { ...process.env, ...env, NODE_COMPILE_CACHE: undefined },
    stdio: 'ignore',
    detached: true,
  });
  silent.once('connection', (socket) => {
    process.kill(-child.pid!, 'SIGINT');
    socket.on('error', () => undefined).resume();
  });
  assert.deepEqual(await once(child, 'close'), [130, null]);
});

test('why a server of git refuses is what it says, not what it advises', async (t) => {
  const here = makeWorkspaceMostlyHere(t, { 'pipeline.yaml': 'stages: {}\n' });
  for (const [said, reason] of [
    [
      [
        "fatal: detected dubious ownership in repository at '/r'",
        'To add an exception, call:',
        '',
        '\tgit config x',
      ],
      "fatal: detected dubious ownership in repository at '/r'",
    ],
    [['a banner', 'Host key verification failed.'], 'Host key verification failed.'],
    [['remote: hello', 'me@big: Permission denied (publickey).'], 'me@big: Permission denied (publickey).'],
  ] as const) {
    here.write('ssh', `#!/bin/sh\ncat >&2 <<'end'\n${said.join('\n')}\nend\nexit 128\n`);
    const env = { XDG_CACHE_HOME: here.path('home'), GIT_SSH_COMMAND: here.path('ssh') };
    const { stderr } = await runPipe(here.root, ['list', 'big:r'], env);
    assert.ok(stderr.includes(`\n  reason  ${reason}\n`), stderr);
  }
});

test('a server of git that takes connections and says nothing is given up', async (t) => {
  const silent = createServer();
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  t.after(() => silent.close());
  const sockets: Socket[] = [];
  silent.on('connection', (socket) => sockets.push(socket));
  const folder = makeWorkspaceMostlyHere(t, {});
  const { port } = silent.address() as AddressInfo;
  const ran = await runPipe(folder.root, ['list', `http://127.0.0.1:${port}/x.git`], {
    XDG_CACHE_HOME: folder.root,
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_HTTP_LOW_SPEED_TIME: '1',
  });
  for (const socket of sockets) socket.destroy();
  assert.match(ran.stderr, /repository-unreachable[^]*too slow/);
});
