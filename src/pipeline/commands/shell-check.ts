// Checks with the shell that would run a line whether it can parse it (`sh -n`). Nothing is executed.
import { basename } from 'node:path';
import { runProgram } from '../../base/run-program.ts';

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
  const end = runProgram(shell, [...flags, '-n', '-c', line], {
    timeout: PATIENCE_MS,
    env: { PATH: process.env['PATH'], LC_ALL: 'C' },
  });
  return end.kind !== 'exited' || end.code === 0 || end.stderr === '';
}
