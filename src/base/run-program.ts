// Runs a program of the machine to its end and gives what it printed: git, a shell, a driver's tool. Owns what a missing program, a
// failure to start and too large an output mean. Stages are started elsewhere, by executors.
import { spawnSync } from 'node:child_process';
import { errno, PipeError } from './problem.ts';

export interface ProgramOptions {
  /** Absolute; default: the current folder. */
  readonly cwd?: string;
  /** Its standard input; default empty. */
  readonly input?: string;
  /** Its whole environment; default: ours. */
  readonly env?: NodeJS.ProcessEnv;
  /** Milliseconds after which it is ended. */
  readonly timeout?: number;
}

export type ProgramEnd =
  | {
      readonly kind: 'exited';
      readonly code: number;
      readonly stdout: string;
      readonly stderr: string;
    }
  /** Ended by a signal, that of the timeout included. */
  | { readonly kind: 'killed' }
  /** It is not installed, or may not be run. */
  | { readonly kind: 'missing' };

/** Many times the paths of the largest repositories. */
const MAX_OUTPUT = 2 ** 27;
const MISSING: readonly unknown[] = ['ENOENT', 'EACCES', 'ENOEXEC'];

/**
 * Waits for the end of the program.
 * @throws PipeError for an output of more than 128 MiB. @throws Error of the system when no program can be started.
 */
export function runProgram(
  command: string,
  args: readonly string[],
  { cwd, input, env, timeout }: ProgramOptions = {},
): ProgramEnd {
  const { status, signal, stdout, stderr, error } = spawnSync(command, args, {
    encoding: 'utf8',
    maxBuffer: MAX_OUTPUT,
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    ...(input !== undefined && { input }),
    ...(cwd !== undefined && { cwd }),
    ...(env && { env }),
    ...(timeout !== undefined && { timeout }),
  });
  if (errno(error) === 'ENOBUFS') throw tooLarge(command, args);
  // A program may end without reading all of its input, which is an error to Node.
  if (status !== null) return { kind: 'exited', code: status, stdout, stderr };
  if (signal !== null) return { kind: 'killed' };
  if (MISSING.includes(errno(error))) return { kind: 'missing' };
  throw error;
}

function tooLarge(command: string, args: readonly string[]): PipeError {
  return new PipeError({
    code: 'system-error',
    title: `${command} printed more than ${MAX_OUTPUT / 2 ** 20} MiB`,
    facts: [['command', [command, ...args].join(' ').slice(0, 200)]],
    hint: 'run the command by hand and look at what it prints',
  });
}
