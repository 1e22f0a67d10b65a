// Runs a program of the machine to its end and gives what it printed: git, a shell, a driver's tool. Owns what a missing program, a
// failure to start and too large an output mean. Stages are started elsewhere, by executors.
import { loadPackage } from './load-package.ts';
import { PipeError } from './problem.ts';

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
  const { execaSync } = loadPackage('execa');
  const end = execaSync(command, args, {
    reject: false,
    stripFinalNewline: false,
    maxBuffer: MAX_OUTPUT,
    ...(input === undefined ? { stdin: 'ignore' } : { input }),
    ...(cwd !== undefined && { cwd }),
    ...(env && { env, extendEnv: false }),
    ...(timeout !== undefined && { timeout }),
  });
  if (end.isMaxBuffer) throw tooLarge(command, args);
  if (end.exitCode !== undefined)
    return { kind: 'exited', code: end.exitCode, stdout: end.stdout, stderr: end.stderr };
  if (end.isTerminated || end.timedOut) return { kind: 'killed' };
  if (MISSING.includes(end.code)) return { kind: 'missing' };
  throw end.cause;
}

function tooLarge(command: string, args: readonly string[]): PipeError {
  return new PipeError({
    code: 'system-error',
    title: `${command} printed more than ${MAX_OUTPUT / 2 ** 20} MiB`,
    facts: [['command', [command, ...args].join(' ').slice(0, 200)]],
    hint: 'run the command by hand and look at what it prints',
  });
}
