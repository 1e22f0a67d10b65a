// Several conversations over one login: the socket of `ssh` by which the later ones join the first, in a folder that only this user can enter.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Configuration } from './ssh-command.ts';

/** It goes at the end of the process, at the latest. */
export function makePrivateFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'pipe-ssh-'));
  process.once('exit', () => removeFolder(folder));
  return folder;
}

export const removeFolder = (folder: string): void => rmSync(folder, { recursive: true, force: true });

/** Not where the user has a shared connection already; it is used as it is. */
export function controlSocket(
  folder: string,
  name: string,
  configuration: Configuration,
): string | undefined {
  const own = configuration.get('controlpath') ?? 'none';
  const socket = join(folder, name);
  return own === 'none' && socket.length < LONGEST_SOCKET ? socket : undefined;
}

/** Paths of sockets are short; `ssh` adds to this one. */
const LONGEST_SOCKET = 80;

export function master(socket: string | undefined): readonly string[] {
  return socket === undefined
    ? []
    : ['-o', 'ControlMaster=yes', '-o', `ControlPath=${socket}`, '-o', 'ControlPersist=no'];
}

/** With a login of its own nothing would be gained. */
export function sharing(socket: string | undefined): readonly string[] {
  const alone = [
    '-o',
    'ControlMaster=no',
    '-o',
    'ProxyJump=none',
    '-o',
    'ProxyCommand=false',
    '-o',
    'BatchMode=yes',
  ];
  return socket === undefined ? alone : ['-o', `ControlPath=${socket}`, ...alone];
}
