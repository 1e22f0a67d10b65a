// A password for ssh: given to the host that it is for, and to no other; to a server that is not OpenSSH's.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { assertTrueObjects, cloneOf, makeProject, objectsIn } from '../../cache/remote/shared-project.ts';
import { makeWorkspace, type TestWorkspace } from '../../workspace.ts';
import { dvcWithSsh } from '../dvc/twins.ts';
import { clientWith, hostSection, knownHosts, startSshd } from './sshd.ts';

interface PasswordServer {
  readonly port: number;
  readonly home: TestWorkspace;
  /** How often it was sent a password. */
  asked(): number;
}

async function startServer(t: TestContext, method: 'password' | 'keyboard'): Promise<PasswordServer> {
  const home = makeWorkspace(t, {});
  spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', home.path('host')]);
  const script = join(import.meta.dirname, 'password_server.py');
  const server = spawn(join(dvcWithSsh(), 'python'), [script, home.path('host'), 'open $esame', method], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => server.kill('SIGKILL'));
  let output = '';
  const port = await new Promise<number>((resolve, reject) => {
    server.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      const found = /PORT (\d+)\n/.exec(output);
      if (found) resolve(Number(found[1]));
    });
    server.on('close', () => reject(new Error(output)));
  });
  return { port, home, asked: () => output.match(/PASSWORD/g)?.length ?? 0 };
}

for (const method of ['password', 'keyboard'] as const)
  test(
    `asked for by way of ${method}: pushed and pulled, where the host is named`,
    { timeout: 900_000 },
    async (t) => {
      const server = await startServer(t, method);
      const client = clientWith(t, `UserKnownHostsFile ${knownHosts(server.home, server.port)}\n`);
      const there = server.home.path('data');
      const url = `ssh://ada@127.0.0.1:${server.port}`;
      const project = await makeProject(t, url + there);
      const push = async (code: number, env: NodeJS.ProcessEnv): Promise<string> => {
        for (const name of Object.keys(client.env)) if (name.startsWith('PIPE_')) delete client.env[name];
        Object.assign(client.env, env);
        return (await client.expect(code, project.root, 'push')).stderr;
      };
      assert.match(
        await push(1, {}),
        /remote-refused[^]*no key of ours is accepted[^]*PIPE_REMOTE_SHARED_PASSWORD/,
      );
      assert.match(await push(1, { PIPE_REMOTE_PASSWORD: 'open $esame' }), /remote-untrusted/);
      assert.equal(server.asked(), 0);
      const host = url.replace('ada@', '');
      assert.match(
        await push(1, { PIPE_REMOTE_PASSWORD: 'wrong', PIPE_REMOTE_HOST: host }),
        /remote-refused[^]*no key, and not the password, of ours is accepted/,
      );
      await push(0, { PIPE_REMOTE_PASSWORD: 'open $esame', PIPE_REMOTE_HOST: host });
      assertTrueObjects(there);
      assert.equal(objectsIn(there).length, 4);
      const clone = cloneOf(t, project);
      await client.expect(0, clone.root, 'pull');
      assert.equal(clone.read('sum.txt'), 'one\ntwo\n');
    },
  );

test('another host on the way asks in vain', { timeout: 900_000 }, async (t) => {
  const jump = await startServer(t, 'password');
  const server = await startSshd(t);
  const client = clientWith(
    t,
    `Host jump\n  HostName 127.0.0.1\n  User ada\n  Port ${jump.port}\n  UserKnownHostsFile ${knownHosts(jump.home, jump.port)}\n` +
      hostSection('inner', server, 'ProxyJump jump'),
  );
  const project = await makeProject(t, `ssh://inner${server.home.path('data')}`);
  Object.assign(client.env, { PIPE_REMOTE_PASSWORD: 'open $esame', PIPE_REMOTE_HOST: 'ssh://inner' });
  await client.expect(1, project.root, 'push');
  assert.equal(jump.asked(), 0);
});

test('a key with a passphrase', { timeout: 120_000 }, async (t) => {
  const server = await startSshd(t);
  const client = clientWith(t, `UserKnownHostsFile ${knownHosts(server.home, server.port)}\n`);
  const locked = server.home.path('locked');
  spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'open $esame', '-f', locked]);
  server.home.write('authorized', server.home.read('locked.pub'));
  const there = server.home.path('data');
  const project = await makeProject(t, `ssh://root@127.0.0.1:${server.port}${there}`);
  const set = (more: string): void =>
    project.write('cache/config.yaml', `remotes: {shared: {keyfile: ${locked}${more}}}\n`);
  set('');
  assert.match((await client.expect(1, project.root, 'push')).stderr, /remote-refused[^]*no key of ours/);
  set(', passphrase: open $esame');
  await client.expect(0, project.root, 'push');
  assertTrueObjects(there);
});
