// Asks the shell that would run a line whether it can read it (`sh -n`); nothing is executed.
import { basename } from 'node:path';
import { runProgram } from '../../base/run-program.ts';

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
  const end = runProgram(shell, [...flags, '-n', '-c', line], {
    timeout: PATIENCE_MS,
    env: { PATH: process.env['PATH'], LC_ALL: 'C' },
  });
  return end.kind !== 'exited' || end.code === 0 || end.stderr === '';
}
