// Repositories of git that ask who comes: by ssh with a key, by http with what git's credential helper keeps.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync } from 'node:fs';
import { createServer, request as ask } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { startGitServer } from '../../e2e/git-server.ts';
import { makeWorkspace, type TestWorkspace } from '../../workspace.ts';
import { expecting } from './expecting.ts';
import { clientWith, hostSection, startSshd } from './sshd.ts';

interface Upstream {
  /** With `up.git`, bare. */
  readonly folder: TestWorkspace;
  /** The commits, by what they hold. */
  readonly commits: Readonly<Record<'one' | 'two' | 'three', string>>;
}

/** More than what clones have from the start. */
const LARGE = 1_300_000;

/** `main` has three, a branch two and an annotated tag one. */
function makeUpstream(t: TestContext): Upstream {
  const folder = makeWorkspace(t, {
    'work/pipeline.yaml': 'stages: {}\n',
    'work/dir/deep/b': 'b',
    'work/dir/large': 'x'.repeat(LARGE),
  });
  chmodSync(folder.root, 0o755);
  const git = (...args: readonly string[]): string =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', '-C', folder.path('work'), ...args], {
      encoding: 'utf8',
    }).trim();
  git('init', '-qb', 'main');
  const commit = (text: string): string => {
    folder.write('work/file', text);
    git('add', '-A');
    git('commit', '-qm', text);
    return git('rev-parse', 'HEAD');
  };
  const one = commit('one');
  git('tag', '-am', 'first', 'v1');
  const two = commit('two');
  git('branch', 'side/two');
  const three = commit('three');
  git('clone', '-q', '--bare', '.', folder.path('up.git'));
  return { folder, commits: { one, two, three } };
}

/** Without protocol 2 of git, which sshd lets through only where it is set to, only what a ref names may be asked for. */
test('by ssh, in each way to write the URL, and at a tag, a branch, a commit and part of its id', async (t) => {
  const { folder, commits } = makeUpstream(t);
  const { env } = clientWith(t, hostSection('big', await startSshd(t)));
  const home = makeWorkspace(t, {});
  const expect = expecting({ ...env, XDG_CACHE_HOME: home.root, GIT_CONFIG_GLOBAL: '/dev/null' });
  const project = makeWorkspace(t, { 'pipeline.yaml': 'stages: {}\n' });
  const path = folder.path('up.git');
  for (const [url, rev, text] of [
    [`ssh://big${path}`, 'v1', 'one'],
    [`git+ssh://root@big${path}`, 'side/two', 'two'],
    [`big:${path}`, commits.two, 'two'],
    [`root@big:${path}`, commits.one.slice(0, 9), 'one'],
  ] as const) {
    await expect(0, project, 'get', url, 'file', '--rev', rev, '-o', 'got', '--force');
    assert.equal(project.read('got'), text, `${url} ${rev}`);
  }
  const url = `ssh://big${path}`;
  assert.equal(
    (await expect(0, project, 'list', url, '-R')).stdout,
    'dir/deep/b\ndir/large\nfile\npipeline.yaml\n',
  );
  await expect(0, project, 'import', url, 'file', '--rev', 'v1');
  await expect(0, project, 'import', url, 'dir');
  assert.equal(project.read('file') + project.read('dir/deep/b'), 'oneb');
  await expect(0, project, 'update', 'file', '--rev', 'side/two');
  assert.equal(project.read('file'), 'two');
  assert.doesNotMatch((await expect(0, project, 'status')).stdout, /source/);
  const lacking = await expect(1, project, 'get', url, 'file', '--rev', 'v9', '-o', 'x');
  assert.match(lacking.stderr, /has no revision 'v9'/);
  assert.match((await expect(1, project, 'list', `${url}x`)).stderr, /repository-unreachable/);
});

test('by ssh without protocol 2, from a server that leaves out large files, those come too', async (t) => {
  const { folder, commits } = makeUpstream(t);
  const bare = (...args: readonly string[]): void =>
    void execFileSync('git', ['-C', folder.path('up.git'), ...args]);
  bare('config', 'uploadpack.allowFilter', 'true');
  const { env } = clientWith(t, hostSection('big', await startSshd(t)));
  const home = makeWorkspace(t, {});
  const expect = expecting({ ...env, XDG_CACHE_HOME: home.root, GIT_CONFIG_GLOBAL: '/dev/null' });
  const project = makeWorkspace(t, { 'pipeline.yaml': 'stages: {}\n' });
  const url = `ssh://big${folder.path('up.git')}`;
  const { stdout } = await expect(0, project, 'list', url, 'dir', '--size');
  assert.match(stdout, /1.3 ?M\S* +large/);
  for (const rev of ['v1', 'side/two', commits.two, commits.one.slice(0, 9)]) {
    await expect(0, project, 'get', url, 'dir', '--rev', rev, '-o', 'got', '--force');
    assert.equal(project.read('got/large').length, LARGE, rev);
  }
  await expect(0, project, 'import', url, 'dir/large');
  assert.equal(project.read('large').length, LARGE);
});

test('by ssh: a key that is refused and a host that is not known are errors, and no question', async (t) => {
  const { folder } = makeUpstream(t);
  const server = await startSshd(t);
  const other = makeWorkspace(t, { known: '', 'project/pipeline.yaml': 'stages: {}\n' });
  for (const [section, reason] of [
    [hostSection('refused', { ...server, key: other.path('none') }), /Permission denied/],
    [
      hostSection('unknown', server, `UserKnownHostsFile ${other.path('known')}`),
      /Host key verification failed/,
    ],
  ] as const) {
    const client = clientWith(t, section);
    const env = { ...client.env, XDG_CACHE_HOME: other.root, GIT_CONFIG_GLOBAL: '/dev/null' };
    const [name] = /(?<=Host )\w+/.exec(section)!;
    const args = ['import', `${name}:${folder.path('up.git')}`, 'file'];
    const { stderr } = await expecting(env)(1, { root: other.path('project') }, ...args);
    assert.match(stderr, /repository-unreachable/);
    assert.match(stderr, reason);
  }
  assert.equal(other.read('project/pipeline.yaml'), 'stages: {}\n');
});

const SECRET = 'a secret+of/ours';

/** Lets in who comes as `ada`. */
async function behindPassword(t: TestContext, url: string): Promise<string> {
  const right = `Basic ${Buffer.from(`ada:${SECRET}`).toString('base64')}`;
  const server = createServer((request, response) => {
    if (request.headers.authorization !== right) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end('who?');
      return;
    }
    const { host: _, ...headers } = request.headers;
    request.pipe(
      ask(new URL(request.url!.slice(1), url), { method: request.method!, headers }, (answer) => {
        response.writeHead(answer.statusCode!, answer.headers);
        answer.pipe(response);
      }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('by http with a password: from the credential helper, never by a question, and written nowhere', async (t) => {
  const { folder } = makeUpstream(t);
  // Large files come on demand, by git itself.
  execFileSync('git', ['-C', folder.path('up.git'), 'config', 'uploadpack.allowFilter', 'true']);
  const host = await behindPassword(t, (await startGitServer(t, folder.root)).url);
  const url = `http://${host}/up.git`;
  const open = (password: string): string => url.replace('//', `//ada:${encodeURIComponent(password)}@`);
  const home = makeWorkspace(t, { credentials: `${open(SECRET).replace('/up.git', '')}\n` });
  home.write('config', `[credential]\n\thelper = store --file=${home.path('credentials')}\n`);
  const printed: string[] = [];
  const as = (config: string, cache: string): ReturnType<typeof expecting> => {
    const env = { XDG_CACHE_HOME: home.path(cache), GIT_CONFIG_GLOBAL: config };
    const expect = expecting({ ...env, GIT_ASKPASS: undefined, SSH_ASKPASS: undefined });
    return async (...args) => {
      const ran = await expect(...args);
      printed.push(ran.stdout, ran.stderr);
      return ran;
    };
  };
  const [knowing, lacking] = [as(home.path('config'), 'one'), as('/dev/null', 'two')];
  for (const project of [
    makeWorkspace(t, { 'pipeline.yaml': 'stages: {}\n' }),
    makeWorkspace(t, { '.dvc/config': '[core]\n    no_scm = true\n' }),
  ]) {
    await knowing(0, project, 'import', url, 'file', '--rev', 'v1');
    await knowing(0, project, 'update', 'file', '--rev', 'main');
    assert.equal(project.read('file'), 'three');
    for (const args of [
      ['list', url],
      ['get', url, 'dir'],
      ['import', url, 'dir'],
    ])
      assert.match((await lacking(1, project, ...args)).stderr, /repository-unreachable[^]*prompts disabled/);
    assert.match((await lacking(0, project, 'status')).stdout, /could not be checked/);

    await lacking(0, project, 'get', open(SECRET), 'file', '-o', 'got');
    await lacking(0, project, 'get', open(SECRET), 'dir', '-o', 'dir-got');
    assert.equal(project.read('dir-got/large').length, LARGE);
    assert.match((await lacking(1, project, 'import', open(SECRET), 'dir')).stderr, /remote-secret/);
    const wrong = `${SECRET} not`;
    const refused = await lacking(1, project, 'list', open(wrong));
    assert.match(refused.stderr, /Authentication failed/);

    const files = [project.root, home.path('two')]
      .flatMap((root) => readdirSync(root, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'));
    for (const text of [...files, ...printed])
      for (const secret of [SECRET, encodeURIComponent(SECRET)]) assert.ok(!text.includes(secret), text);
  }
});
