// Folders that hold a whole Debian, and commands in them: what a container is made of, without a daemon. Needs root.
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

export interface Process {
  readonly user: string;
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
}

/** What tells npm and pip of this machine where packages are; an image that is built elsewhere has its own ways. */
const SETTINGS = /^(?:npm_config_|pip_|ssl_cert|node_extra_ca|https?_proxy$|no_proxy$|all_proxy$)/i;

/**
 * A minimal Debian 12 with Node and npm where Docker's official images have them, and this machine's way to the registries.
 * @throws where it cannot be made
 */
export function makeBase(root: string): void {
  command('debootstrap', ['--variant=minbase', '--include=ca-certificates', 'bookworm', root]);
  addNode(root);
}

export function addNode(root: string): void {
  mkdirSync(join(root, 'usr/local/lib/node_modules'), { recursive: true });
  copyFileSync(process.execPath, join(root, 'usr/local/bin/node'));
  // <npm>/bin/npm-cli.js
  const npm = command('sh', ['-c', 'readlink -f "$(command -v npm)"']).trim();
  cpSync(dirname(dirname(npm)), join(root, 'usr/local/lib/node_modules/npm'), { recursive: true });
  symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(root, 'usr/local/bin/npm'));
  const settings = [
    '/etc/resolv.conf',
    '/etc/hosts',
    '/etc/npmrc',
    '/etc/pip.conf',
    '/etc/ssl/certs/ca-certificates.crt',
    join(homedir(), '.npmrc'),
    join(homedir(), '.config/pip/pip.conf'),
  ];
  for (const path of settings.filter((path) => existsSync(path))) {
    const target = join(root, path.startsWith(homedir()) ? path.replace(homedir(), '/root') : path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, readFileSync(path));
  }
}

/** Copies keep owners, modes and links. */
export function copyTree(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  command('cp', ['-a', '--reflink=auto', `${from}/.`, to]);
}

/**
 * Runs a command in the folder as its root, with mounts of its own that end with it.
 * @param mounts folders of this machine by their place in there
 * @returns what it printed, and its exit status
 */
export function runIn(
  root: string,
  argv: readonly string[],
  { user, folder, env }: Process,
  mounts: Readonly<Record<string, string>> = {},
): { status: number | null; output: string } {
  const bound = Object.entries(mounts).map(([place, source]) => `mount --bind '${source}' '${root}${place}'`);
  const script = [
    `mount -t proc proc '${root}/proc'`,
    `mount --rbind /dev '${root}/dev'`,
    ...bound,
    `exec chroot --userspec="$1" '${root}' /usr/bin/env --chdir="$2" "\${@:3}"`,
  ].join(' && ');
  const done = spawnSync(
    'unshare',
    ['--mount', '--pid', '--fork', '--kill-child', 'bash', '-c', script, 'bash', user, folder, ...argv],
    {
      encoding: 'utf8',
      env: { ...registrySettings(), ...env },
      maxBuffer: Infinity,
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  return { status: done.status, output: done.stdout + done.stderr };
}

function registrySettings(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => SETTINGS.test(entry[0])),
  );
}

function command(program: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    encoding: 'utf8',
    maxBuffer: Infinity,
  });
  if (status !== 0)
    throw new Error(`${program} ${args.join(' ')}: ${error?.message ?? `${stdout}${stderr}`.slice(-2000)}`);
  return stdout;
}
