// `pipe import`, `pipe get` and `pipe list`: other repositories, in folders of this machine and on servers of git.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { hash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  globSync,
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
import { join, relative } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test, type TestContext } from 'node:test';
import { testInWhole } from '../amount.ts';
import { makeWorkspaceMostlyHere, runPipeMostlyHere } from '../cli/here.ts';
import { pipeBin, runPipe, startPipe, type Ran, type TestWorkspace } from '../workspace.ts';
import { startGitServer } from './git-server.ts';

const PIPELINE = `stages:
  make:
    cmd: mkdir -p out/deep && echo 1 > out/one && echo 2 > out/deep/two && echo 3 > out/deep/three && echo m > model.bin
    deps: [source.txt]
    outs: [out, model.bin]
config:
  remotes: {shared: {url: REMOTE}}
`;

function git(folder: string, ...args: readonly string[]): string {
  const identity = ['-c', 'user.name=Me', '-c', 'user.email=me@example.com', '-c', 'init.defaultBranch=main'];
  const { status, stdout, stderr } = spawnSync('git', [...identity, ...args], {
    cwd: folder,
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  return stdout.trim();
}

interface Setting {
  /** The repository whose data is imported. */
  readonly up: TestWorkspace;
  /** The project that imports. */
  readonly here: TestWorkspace;
  readonly pipe: (...args: readonly string[]) => Promise<Ran>;
  readonly expect: (code: number, ...args: readonly string[]) => Promise<Ran>;
  /** Commits everything; the id. */
  readonly commit: (message: string) => string;
}

/** @param run `runPipe` where the test's own process is a server: the engine waits for git. */
async function setting(t: TestContext, pipeline = 'stages: {}\n', run = runPipeMostlyHere): Promise<Setting> {
  const remote = realpathSync(mkdtempSync(join(tmpdir(), 'pipe-remote-')));
  t.after(() => rmSync(remote, { recursive: true, force: true }));
  const up = makeWorkspaceMostlyHere(t, {
    'pipeline.yaml': PIPELINE.replace('REMOTE', remote),
    'source.txt': 'x',
    tool: '#!/bin/sh\n',
  });
  const here = makeWorkspaceMostlyHere(t, { 'pipeline.yaml': pipeline });
  const cache = makeWorkspaceMostlyHere(t, {});
  git(up.root, 'init', '-q');
  await up.repro();
  await up.expect(0, 'push');
  const commit = (message: string): string => {
    git(up.root, 'add', '-A');
    git(up.root, 'commit', '-qm', message);
    return git(up.root, 'rev-parse', 'HEAD');
  };
  const pipe = (...args: readonly string[]): Promise<Ran> =>
    run(here.root, args, { XDG_CACHE_HOME: cache.root, GIT_CONFIG_GLOBAL: '/dev/null' });
  return {
    up,
    here,
    commit,
    pipe,
    async expect(code, ...args) {
      const ran = await pipe(...args);
      assert.equal(ran.code, code, `pipe ${args.join(' ')}\n${ran.stdout}${ran.stderr}`);
      return ran;
    },
  };
}

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
