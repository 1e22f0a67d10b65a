// A real sshd on loopback, with keys, a configuration and a port of its own, and an `ssh` that knows it by a short name, as the user's
// ~/.ssh/config would.
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { delimiter, dirname } from 'node:path';
import type { TestContext } from 'node:test';
import { makeWorkspace, runPipe, type Ran, type TestWorkspace } from '../../workspace.ts';
import { install } from '../debian.ts';
import { freePort } from '../ports.ts';

export const SSHD = '/usr/sbin/sshd';

export interface SshServer {
  readonly port: number;
  /** Absolute folder of its keys and of everything else. */
  readonly home: TestWorkspace;
  /** Absolute path of the private key that it accepts. */
  readonly key: string;
  /** Ends it, and every connection to it. */
  stop(): void;
}

export interface Client {
  /** With this an `ssh` of the user's configuration is found. */
  readonly env: NodeJS.ProcessEnv;
  pipe(cwd: string, ...args: readonly string[]): Promise<Ran>;
  /** As `pipe`, and fails the test when it ends with another code. */
  expect(code: number, cwd: string, ...args: readonly string[]): Promise<Ran>;
}

/** @param lines of its configuration, which come first and so count. */
export async function startSshd(t: TestContext, lines: readonly string[] = []): Promise<SshServer> {
  if (!existsSync(SSHD)) install('openssh-server');
  // Without it sshd does not start; where it is started by the system, that makes it.
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true });
  const home = makeWorkspace(t, {});
  for (const name of ['host', 'user'])
    command('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', home.path(name));
  home.write('authorized', home.read('user.pub'));
  chmodSync(home.root, 0o755);
  const port = await freePort();
  const config = [
    ...lines,
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${home.path('host')}`,
    `AuthorizedKeysFile ${home.path('authorized')}`,
    'PidFile none',
    'StrictModes no',
    'UsePAM no',
    'PasswordAuthentication no',
    'PermitRootLogin yes',
    'MaxStartups 100',
    ...(lines.some((line) => line.startsWith('Subsystem')) ? [] : ['Subsystem sftp internal-sftp']),
  ];
  home.write('sshd_config', `${config.join('\n')}\n`);
  const log = home.path('log');
  const server = spawn(SSHD, ['-D', '-f', home.path('sshd_config'), '-E', log], {
    stdio: 'ignore',
    // Those of the connections, too.
    detached: true,
  });
  const stop = (): void => {
    try {
      process.kill(-server.pid!, 'SIGKILL');
    } catch {
      // It has ended.
    }
  };
  t.after(stop);
  await answers(port, () => (server.exitCode === null ? undefined : readFileSync(log, 'utf8')));
  return { port, home, key: home.path('user'), stop };
}

/** @param config of the user. */
export function clientWith(t: TestContext, config: string): Client {
  const home = makeWorkspace(t, {
    config,
    ssh: `#!/bin/sh\nexec /usr/bin/ssh -F "$(dirname "$0")/config" "$@"\n`,
  });
  const env = {
    PATH: [home.root, dirname(process.execPath), process.env['PATH']].join(delimiter),
    SSH_AUTH_SOCK: undefined,
  };
  const client: Client = {
    env,
    pipe: (cwd, ...args) => runPipe(cwd, args, env),
    async expect(code, cwd, ...args) {
      const ran = await client.pipe(cwd, ...args);
      if (ran.code !== code)
        throw new Error(
          `pipe ${args.join(' ')} ended with ${ran.code ?? ran.signal}, not ${code}\n${ran.stdout}${ran.stderr}`,
        );
      return ran;
    },
  };
  return client;
}

/** The section of a configuration for a server. @param more lines of it. */
export function hostSection(
  name: string,
  { port, home, key }: Pick<SshServer, 'port' | 'home' | 'key'>,
  ...more: readonly string[]
): string {
  return [
    `Host ${name}`,
    ...more.map((line) => `  ${line}`),
    '  HostName 127.0.0.1',
    `  Port ${port}`,
    `  IdentityFile ${key}`,
    '  IdentitiesOnly yes',
    `  UserKnownHostsFile ${knownHosts(home, port)}`,
    '',
  ].join('\n');
}

/** A file that has the key of a server. @param port by which it is called. */
export function knownHosts(home: TestWorkspace, port: number): string {
  const name = `known-${port}`;
  const [kind = '', key = ''] = home.read('host.pub').split(' ');
  if (!existsSync(home.path(name))) home.write(name, `[127.0.0.1]:${port} ${kind} ${key}\n`);
  return home.path(name);
}

/** @param ended why it never will. */
async function answers(port: number, ended: () => string | undefined): Promise<void> {
  for (;;) {
    const reason = ended();
    if (reason !== undefined) throw new Error(reason);
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect({ host: '127.0.0.1', port }, () => resolve(true)).on('error', () =>
        resolve(false),
      );
      socket.once('connect', () => socket.destroy());
    });
    if (open) return;
    await new Promise(setImmediate);
  }
}

function command(program: string, ...args: readonly string[]): void {
  const { status, error } = spawnSync(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error(`${program} failed: ${error?.message ?? `status ${status}`}`);
}
