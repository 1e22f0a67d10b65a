// Remotes over ssh, by way of the user's own `ssh`: what it connects through, and what is said where it does not.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  assertTrueObjects,
  cloneOf,
  config,
  makeProject,
  objectsIn,
} from '../../cache/remote/shared-project.ts';
import { makeWorkspace, type TestWorkspace } from '../../workspace.ts';
import { freePort } from '../ports.ts';
import { clientWith, hostSection, startSshd, type Client } from './sshd.ts';

/** Replaces the URL of the remote. */
function pointAt({ read, write }: TestWorkspace, url: string): void {
  write('pipeline.yaml', read('pipeline.yaml').replace(/^config:.*\n/m, config(url)));
}

test(
  'by a name of the configuration: push, pull, records of runs, and nothing twice',
  { timeout: 120_000 },
  async (t) => {
    const server = await startSshd(t);
    const client = clientWith(t, hostSection('big', server));
    const there = server.home.path('data/team');
    const project = await makeProject(t, `ssh://big${there}`);
    Object.assign(client.env, { PIPE_REMOTE_KEY: 'ours', PIPE_REMOTE_HOST: 'ssh://big' });
    assert.match(
      (await client.expect(1, cloneOf(t, project).root, 'fetch')).stderr,
      /remote-unreachable[^]*the folder does not exist/,
    );
    const first = await client.expect(0, project.root, 'push', '--run-cache');
    assert.match(first.stdout, /^Pushed 5 objects .* and 2 records of runs to 'shared' \(ssh:\/\/big\//);
    assert.equal(objectsIn(there).length, 5);
    assertTrueObjects(there);
    assert.deepEqual(readdirSync(`${there}/tmp`), []);
    assert.match(
      (await client.expect(0, project.root, 'push', '--run-cache')).stdout,
      /has everything already/,
    );
    // What dead pushes left aside goes after a week; others may be at work on the rest.
    for (const days of [6, 8]) {
      writeFileSync(`${there}/tmp/${days}.tmp`, '');
      const time = Date.now() / 1000 - days * 86_400;
      utimesSync(`${there}/tmp/${days}.tmp`, time, time);
    }
    assert.match((await client.expect(0, project.root, 'push', '--force')).stdout, /^Pushed 4 objects/);
    assert.deepEqual(readdirSync(`${there}/tmp`), ['6.tmp']);

    const clone = cloneOf(t, project);
    await client.expect(0, clone.root, 'pull');
    assert.equal(clone.read('sum.txt'), 'one\ntwo\n');
    const fresh = cloneOf(t, project);
    for (const name of ['pipeline.lock', 'lines.json']) fresh.remove(name);
    assert.match((await client.expect(0, fresh.root, 'repro', '--pull')).stdout, /2 restored/);
    assert.match((await client.expect(0, project.root, 'doctor')).stdout, /remote shared .* answers/);
  },
);

test(
  'by address, port, user and key, in the URL or beside it; a path from the home',
  { timeout: 120_000 },
  async (t) => {
    const server = await startSshd(t);
    const user = spawnSync('id', ['-un'], { encoding: 'utf8' }).stdout.trim();
    const client = clientWith(
      t,
      `StrictHostKeyChecking no\nUserKnownHostsFile ${server.home.path('new-hosts')}\n`,
    );
    const there = server.home.path('by url');
    const project = await makeProject(t, `ssh://${user}@127.0.0.1:${server.port}${there}/`);
    project.write('cache/config.yaml', `remotes: {shared: {keyfile: ${server.key}}}\n`);
    await client.expect(0, project.root, 'push');
    assertTrueObjects(there);
    pointAt(project, `sftp://127.0.0.1${there}`);
    project.write(
      'cache/config.yaml',
      `remotes: {shared: {keyfile: ${server.key}, port: ${server.port}, user: ${user}, timeout: 20, allow_agent: false, gss_auth: false}}\n`,
    );
    assert.match((await client.expect(0, project.root, 'push')).stdout, /has everything already/);
  },
);

test('a folder that cannot be made on the server is said', { timeout: 120_000 }, async (t) => {
  const server = await startSshd(t);
  const client = clientWith(t, hostSection('big', server));
  // The folders around it exist, and still none can be made there.
  const project = await makeProject(t, 'ssh://big/proc/none/team');
  const { stderr } = await client.expect(1, project.root, 'push');
  assert.match(stderr, /error\[remote-[^]*no such file/i);
});

test('through another host', { timeout: 120_000 }, async (t) => {
  const [jump, server] = [await startSshd(t), await startSshd(t)];
  const client = clientWith(t, hostSection('jump', jump) + hostSection('inner', server, 'ProxyJump jump'));
  const there = server.home.path('data');
  const project = await makeProject(t, `ssh://inner${there}`);
  await client.expect(0, project.root, 'push');
  assertTrueObjects(there);
  jump.stop();
  assert.match(
    (await client.expect(1, project.root, 'push', '--force')).stderr,
    /remote-unreachable[^]*127\.0\.0\.1 port \d+: Connection refused/,
  );
});

test('with the agent, unless it is not to be asked', { timeout: 120_000 }, async (t) => {
  const server = await startSshd(t);
  const section = hostSection('big', { ...server, key: 'none' }).replace(/^ *Identit.*\n/gm, '');
  const { env, ...client } = clientWith(t, section);
  const socket = server.home.path('agent');
  const agent = spawnSync('ssh-agent', ['-s', '-a', socket], { encoding: 'utf8' });
  t.after(() => process.kill(Number(/SSH_AGENT_PID=(\d+)/.exec(agent.stdout)![1])));
  const added = spawnSync('ssh-add', ['-q', server.key], { env: { ...process.env, SSH_AUTH_SOCK: socket } });
  assert.equal(added.status, 0);
  Object.assign(env, { SSH_AUTH_SOCK: socket });
  const there = server.home.path('data');
  const project = await makeProject(t, `ssh://big${there}`);
  await client.expect(0, project.root, 'push');
  assertTrueObjects(there);
  project.write('cache/config.yaml', 'remotes: {shared: {allow_agent: false}}\n');
  assert.match(
    (await client.expect(1, project.root, 'push', '--force')).stderr,
    /no key of ours is accepted/,
  );
});

test('a login that the user shares between connections is used', { timeout: 120_000 }, async (t) => {
  const server = await startSshd(t);
  const client = clientWith(
    t,
    hostSection(
      'big',
      server,
      'ControlMaster auto',
      `ControlPath ${server.home.path('c-%h')}`,
      'ControlPersist 60',
    ),
  );
  t.after(() => spawnSync('ssh', ['-O', 'exit', 'big'], { env: client.env }));
  const there = server.home.path('data');
  const project = await makeProject(t, `ssh://big${there}`);
  await client.expect(0, project.root, 'push');
  await client.expect(0, project.root, 'push', '--force');
  assertTrueObjects(there);
  assert.equal(server.home.read('log').match(/Accepted publickey/g)?.length, 1);
});

test('a server that allows one conversation a login', { timeout: 120_000 }, async (t) => {
  const server = await startSshd(t, ['MaxSessions 1']);
  const client = clientWith(t, hostSection('big', server));
  const there = server.home.path('data');
  const project = await makeProject(t, `ssh://big${there}`, many);
  await client.expect(0, project.root, 'push');
  assert.equal(objectsIn(there).length, 401);
  assertTrueObjects(there);
  assert.equal(server.home.read('log').match(/Accepted publickey/g)?.length, 1);
});

const many = `stages:
  many:
    cmd: mkdir many && for i in $(seq 400); do echo $i > many/$i; done
    outs: [many]
    deps: [in.txt]
`;

/** What keeps `ssh` out, and what is said of it. */
const refusals: readonly (readonly [
  what: string,
  prepare: (parts: {
    readonly section: string;
    readonly port: number;
    readonly other: number;
    readonly home: TestWorkspace;
  }) => string,
  said: RegExp,
])[] = [
  [
    'a host key that nobody has confirmed',
    ({ section, home }) =>
      section.replace(/UserKnownHostsFile .*/, `UserKnownHostsFile ${home.path('none')}`),
    /remote-refused[^]*the key of big is not known on this machine[^]*`ssh big`/,
  ],
  [
    'another host key than before',
    ({ section, port, home }) => {
      const [kind, key] = home.read('user.pub').split(' ');
      home.write('changed', `[127.0.0.1]:${port} ${kind} ${key}\n`);
      return section.replace(/UserKnownHostsFile .*/, `UserKnownHostsFile ${home.path('changed')}`);
    },
    /remote-refused[^]*the key of big is not the one that this machine knows[^]*ssh-keygen -R/,
  ],
  [
    'a key that is not accepted',
    ({ section, home }) => section.replace(/IdentityFile .*/, `IdentityFile ${home.path('host')}`),
    /remote-refused[^]*no key of ours is accepted \(it takes: publickey[^]*PIPE_REMOTE_SHARED_PASSWORD/,
  ],
  [
    'no such host',
    ({ section }) => section.replace(/HostName .*/, 'HostName no-such-host.invalid'),
    /remote-unreachable[^]*there is no host 'no-such-host\.invalid'/,
  ],
  [
    'nobody at the port',
    ({ section, other }) => section.replace(/Port .*/, `Port ${other}`),
    /remote-unreachable[^]*port \d+: Connection refused/,
  ],
  [
    'a mistake in the configuration',
    ({ section }) => `${section}  Nonsense yes\n`,
    /remote-refused[^]*ssh does not accept its configuration[^]*nonsense/i,
  ],
];

for (const [what, prepare, said] of refusals)
  test(`${what}: said at once, nothing is asked`, { timeout: 120_000 }, async (t) => {
    const server = await startSshd(t);
    const section = prepare({ ...server, section: hostSection('big', server), other: await freePort() });
    const client = clientWith(t, section);
    const project = await makeProject(t, `ssh://big${server.home.path('data')}`);
    const { stderr } = await client.expect(1, project.root, 'push');
    assert.match(stderr, said);
    assert.doesNotMatch(stderr, /\n +at |bug in pipe/);
    // A run goes on without it.
    Object.assign(client.env, { PIPE_REMOTE_KEY: 'ours', PIPE_REMOTE_HOST: 'ssh://big' });
    project.remove('sum.txt');
    project.write('in.txt', 'three\n');
    const run = await client.expect(0, project.root, 'repro', '--pull');
    assert.match(run.stdout, /2 ran/);
    assert.equal(run.stdout.match(/warning\[/g)?.length, 1, run.stdout);
  });

test('a server without SFTP, or whose login scripts print: said', { timeout: 120_000 }, async (t) => {
  const scripts = makeWorkspace(t, { greet: '#!/bin/sh\necho Welcome to the machine\nexec sleep 5\n' });
  for (const [line, said] of [
    ['Subsystem other internal-sftp', /remote-refused[^]*big has no SFTP[^]*Subsystem sftp/],
    [
      `Subsystem sftp ${scripts.path('greet')}`,
      /remote-refused[^]*it does not speak SFTP, but says: Welcome to the machine[^]*must print nothing/,
    ],
  ] as const) {
    const server = await startSshd(t, [line]);
    const client = clientWith(t, hostSection('big', server));
    const project = await makeProject(t, `ssh://big${server.home.path('data')}`);
    assert.match((await client.expect(1, project.root, 'push')).stderr, said);
    server.stop();
  }
});

test(
  'no room, a read-only disk, no permission there: said, and the next push completes it',
  { timeout: 120_000 },
  async (t) => {
    const server = await startSshd(t);
    const client = clientWith(t, hostSection('big', server));
    const disk = server.home.path('disk');
    server.home.write('disk/keep', '');
    assert.equal(
      spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', disk]).status,
      0,
      'only root mounts',
    );
    try {
      const project = await makeProject(t, `ssh://big${disk}`);
      spawnSync('mount', ['-o', 'remount,ro', disk]);
      assert.match(
        (await client.expect(1, project.root, 'push')).stderr,
        /remote-refused[^]*mounted read-only/,
      );
      spawnSync('mount', ['-o', 'remount,rw', disk]);
      server.home.write('disk/filler', 'x'.repeat((2 << 20) - 4096));
      assert.match(
        (await client.expect(1, project.root, 'push')).stderr,
        /remote-failed[^]*no space is left there[^]*free some space there/,
      );
      assertTrueObjects(disk);
      server.home.remove('disk/filler');
      await client.expect(0, project.root, 'push');
      assertTrueObjects(disk);
      assert.equal(objectsIn(disk).length, 4);
    } finally {
      spawnSync('umount', ['-l', disk]);
    }
  },
);

test('a folder that belongs to another user there', { timeout: 120_000 }, async (t) => {
  const server = await startSshd(t);
  const client = clientWith(t, hostSection('big', server, 'User nobody'));
  const there = server.home.path('data');
  const project = await makeProject(t, `ssh://big${there}`);
  Object.assign(client.env, { PIPE_REMOTE_KEY: 'ours', PIPE_REMOTE_HOST: 'ssh://big' });
  assert.match(
    (await client.expect(1, project.root, 'push')).stderr,
    /remote-refused[^]*permission denied[^]*the user there/,
  );
});

test('without ssh: what to install', async (t) => {
  const project = await makeProject(t, 'ssh://big/data');
  const empty = makeWorkspace(t, {});
  const client: Client = clientWith(t, '');
  Object.assign(client.env, { PATH: `${empty.root}:/nowhere` });
  assert.match(
    (await client.expect(1, project.root, 'push')).stderr,
    /remote-unreachable[^]*`ssh` is not installed[^]*openssh-client/,
  );
});

test('the cache itself, and that of another project, by ssh', { timeout: 120_000 }, async (t) => {
  const server = await startSshd(t);
  const client = clientWith(t, hostSection('big', server));
  const [project, other] = [await makeProject(t, 'x'), await makeProject(t, 'x')];
  const before = objectsIn(project.path('cache'));
  pointAt(project, `ssh://big${project.path('cache')}`);
  for (const args of [
    ['push'],
    ['status', '-c'],
    ['remote', 'test'],
    ['gc', '-c', '-w', '-y', '--grace', '0m'],
  ])
    assert.match((await client.expect(1, project.root, ...args)).stderr, /remote-is-cache/, args.join(' '));
  pointAt(project, `ssh://big${other.path('cache')}`);
  assert.match(
    (await client.expect(1, project.root, 'gc', '-c', '-w', '-y')).stderr,
    /remote-is-other-cache/,
  );
  assert.match((await client.expect(0, project.root, 'push')).stderr, /remote-is-other-cache/);
  assert.deepEqual(objectsIn(project.path('cache')), before);
});
