// Checks with the shell that would run a line whether it can parse it (`sh -n`). Nothing is executed.
import { basename } from 'node:path';

/** Shells with the option -n, which parses without running, and options that skip their start-up files. */
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

/** @returns false only if the shell reports an error; true for a missing or unknown shell. */
export function canRead(shell: string, line: string): boolean {
  const flags = CHECKING[basename(shell)];
  if (!flags || line.includes('\0')) return true;
  // Loaded when needed: few pipelines have such a line.
  const { spawnSync } = process.getBuiltinModule('node:child_process');
  const { status, stderr } = spawnSync(shell, [...flags, '-n', '-c', line], {
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
    timeout: PATIENCE_MS,
    env: { PATH: process.env['PATH'], LC_ALL: 'C' },
  });
  return status === null || status === 0 || stderr === '';
}
