// Asks the shell that would run a line whether it can read it (`sh -n`); nothing is executed.
import { basename } from 'node:path';

/** Shells that read a line without running it when they are given -n. */
const CHECKING: Readonly<Record<string, readonly string[]>> = {
  sh: [],
  dash: [],
  ash: [],
  ksh: [],
  mksh: [],
  bash: ['--noprofile', '--norc'],
  zsh: ['--no-rcs'],
};
const PATIENCE_MS = 2000;

/** @returns false only where the shell says so: a shell that is not there, or an unknown one, refuses nothing. */
export function canRead(shell: string, line: string): boolean {
  const flags = CHECKING[basename(shell)];
  if (!flags || line.includes('\0')) return true;
  // Loaded when it is needed: hardly any pipeline has such a line.
  const { spawnSync } = process.getBuiltinModule('node:child_process');
  const { status, stderr } = spawnSync(shell, [...flags, '-n', '-c', line], {
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
    timeout: PATIENCE_MS,
    env: { PATH: process.env['PATH'], LC_ALL: 'C' },
  });
  return status === null || status === 0 || stderr === '';
}
