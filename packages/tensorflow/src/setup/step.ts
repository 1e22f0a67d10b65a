// The messages, the failures and the child programs of the setup.
import { spawnSync } from 'node:child_process';

/** A failure that the user can do something about. */
export class SetupError extends Error {
  override readonly name = 'SetupError';
}

export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Runs a program that prints for the user. @throws SetupError with the hint, where it is missing or fails */
export function runProgram(program: string, args: readonly string[], hint: string, cwd?: string): void {
  const { status, error } = spawnSync(program, args, {
    stdio: ['ignore', 'inherit', 'inherit'],
    ...(cwd !== undefined && { cwd }),
  });
  if (status !== 0)
    throw new SetupError(
      `${program} ${error === undefined ? `ended with ${status}` : 'cannot be run'}\n  ${hint}`,
    );
}

/** What a program prints; undefined where it is missing or fails. */
export function outputOf(program: string, args: readonly string[], cwd?: string): string | undefined {
  const { status, stdout } = spawnSync(program, args, {
    stdio: ['ignore', 'pipe', 'ignore'],
    encoding: 'utf8',
    maxBuffer: 64e6,
    ...(cwd !== undefined && { cwd }),
  });
  return status === 0 ? stdout : undefined;
}
