// pipe and DVC take turns on one remote, by ssh and by WebDAV: what either pushes the other pulls, and neither finds anything left.
import assert from 'node:assert/strict';
import { globSync, rmSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { makeWorkspace, runPipe } from '../../workspace.ts';
import { dvcWithSsh, makeRepository, type Repository } from '../dvc/twins.ts';
import { serveWebdav } from '../webdav/server.ts';
import { clientWith, knownHosts, startSshd } from './sshd.ts';

const files = {
  'dvc.yaml': `stages:
  one:
    cmd: mkdir -p one/deep && cp data one/file && cp data 'one/deep/é ü'
    deps: [data]
    outs: [one]
  two:
    cmd: cat one/file one/file > two
    deps: [one]
    outs: [two]
`,
  data: 'start\n',
};

interface Turns {
  readonly repository: Repository;
  readonly env: NodeJS.ProcessEnv;
}

/** @param configure declares the remote `shared`. */
async function takeTurns(
  { repository, env }: Turns,
  configure: (dvc: (...args: readonly string[]) => void) => void,
): Promise<void> {
  const dvc = (...args: readonly string[]): string => {
    const { code, output } = repository.dvc(...args);
    assert.equal(code, 0, `dvc ${args.join(' ')}\n${output}`);
    return output;
  };
  const pipe = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await runPipe(repository.root, args, { ...repository.env, ...env });
    assert.equal(code, 0, `pipe ${args.join(' ')}\n${stdout}${stderr}`);
    return stdout;
  };
  configure(dvc);
  for (const [turn, text] of ['a\n', 'b\nb\n', 'c\n', 'a\n'].entries()) {
    repository.write('data', text);
    dvc('add', 'data');
    const first = turn % 2 === 0 ? 'pipe' : 'dvc';
    await repository.repro(first);
    if (first === 'pipe') await pipe('push');
    else dvc('push');
    // As on another machine.
    for (const name of ['.dvc/cache', '.dvc/tmp', 'one', 'two', 'data']) repository.remove(name);
    rmSync(join(dirname(repository.root), 'site'), { recursive: true, force: true });
    if (first === 'pipe') dvc('pull');
    else await pipe('pull');
    assert.equal(repository.read('two'), text.repeat(2));
    assert.equal(repository.read('one/deep/é ü'), text);
    assert.match(await pipe('push'), /has everything already/);
    assert.match(dvc('push'), /Everything is up to date/);
    assert.match(dvc('status', '-c'), /in sync/);
  }
}

const objects = (folder: string): string[] => globSync('files/md5/*/*', { cwd: folder }).sort();

test('by ssh', { timeout: 900_000 }, async (t: TestContext) => {
  const server = await startSshd(t);
  const client = clientWith(t, `UserKnownHostsFile ${knownHosts(server.home, server.port)}\n`);
  const repository = makeRepository(t, files, dvcWithSsh());
  const there = server.home.path('dvc remote');
  const env = { PATH: [dvcWithSsh(), client.env['PATH']].join(delimiter) };
  await takeTurns({ repository, env }, (dvc) => {
    dvc('remote', 'add', '-d', 'Shared', `ssh://127.0.0.1:1${there}`);
    dvc('remote', 'modify', 'shared', 'port', String(server.port));
    dvc('remote', 'modify', 'shared', 'user', 'root');
    dvc('remote', 'modify', '--local', 'shared', 'keyfile', server.key);
  });
  // Of each of three texts: itself, the doubled one, a folder of two names.
  assert.equal(objects(there).length, 9);
});

test('by WebDAV, under the name that DVC has for it', { timeout: 900_000 }, async (t: TestContext) => {
  const home = makeWorkspace(t, { 'served/team/keep': '' });
  const url = await serveWebdav(t, home.path('served'));
  const repository = makeRepository(t, files, dvcWithSsh());
  await takeTurns({ repository, env: {} }, (dvc) => {
    dvc('remote', 'add', '-d', 'shared', `${url.replace(/^http/, 'webdav')}team`);
    dvc('remote', 'modify', '--local', 'shared', 'user', 'ada');
    dvc('remote', 'modify', '--local', 'shared', 'password', 'secret');
  });
  assert.equal(objects(home.path('served/team')).length, 9);
});
