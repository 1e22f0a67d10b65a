// A command of a stage on its way: the shell that runs it, what it prints, how it ends. Starts it from this process; forker.ts starts it
// from a small one.
import { spawn, type ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { errno } from '../../base/problem.ts';
import type { Exit, Usage } from '../event.ts';
import { valueOf, wholeEnvironment, type Environment } from './environment.ts';
import type { Job } from './executor.ts';
import { plainCommand, type PlainCommand } from './plain-command.ts';
import { socketsOf } from './orphans.ts';
import { PrintedStreams } from './printed-streams.ts';
import type { Printed } from './printed.ts';
import { shellFlags } from './shell-flags.ts';

export interface ShellCommand {
  readonly shell: string;
  readonly args: readonly string[];
  /** The same without a shell, where that is possible. */
  readonly plain?: PlainCommand | undefined;
  /** Absolute. */
  readonly cwd: string;
  readonly env: Environment;
  /** It inherits our standard input. */
  readonly stdin: boolean;
}

/** A command that runs, at the head of a process group of its own. */
export interface StartedCommand {
  /** Undefined where there is none: `exit` says why. */
  readonly pid: number | undefined;
  /** Undefined where it was not executed, and another way may say why. */
  readonly exit: Promise<Exit | undefined>;
  /** What it used, once it has ended, where the system says it. */
  readonly used?: () => Usage | undefined;
  /** Whether others of its group may run after its end; absent where that is not known. */
  readonly hasGroup?: () => boolean;
  readonly printed: Printed;
}

export function shellCommand(
  command: string,
  { env, cwd, stdin }: Pick<Job, 'env' | 'cwd' | 'stdin'>,
): ShellCommand {
  const shell = valueOf(env, 'SHELL') || '/bin/sh';
  return {
    shell,
    args: [...shellFlags(shell), '-c', command],
    plain: plainCommand(command, shell),
    cwd,
    env: { ...env, own: { ...env.own, PIPE_PROGRESS_FD: '3' } },
    stdin,
  };
}

/**
 * Without `PIPE_PARAMS` where all variables together are more than the system takes: the file has the same.
 * @throws Error where the system refuses at once.
 */
export function startDirectly(command: ShellCommand): StartedCommand {
  try {
    return startChild(command);
  } catch (error) {
    const { env } = command;
    if (errno(error) !== 'E2BIG' || valueOf(env, 'PIPE_PARAMS') === undefined) throw error;
    return startChild({ ...command, env: { ...env, own: { ...env.own, PIPE_PARAMS: undefined } } });
  }
}

function startChild({ shell, args, cwd, env, stdin }: ShellCommand): StartedCommand {
  const child = spawn(shell, args, {
    cwd,
    env: wholeEnvironment(env),
    // At the head of a group of its own: only the scheduler ends it, not the terminal.
    detached: true,
    stdio: [stdin ? 'inherit' : 'ignore', 'pipe', 'pipe', 'pipe'],
  });
  // Without a free descriptor there are no streams at all.
  const [, stdout, stderr, progress] = (child.stdio as ChildProcess['stdio'] | undefined) ?? [];
  const streams = {
    stdout: (stdout as Readable | null) ?? undefined,
    stderr: (stderr as Readable | null) ?? undefined,
    progress: (progress as Readable | null) ?? undefined,
  };
  return {
    pid: child.pid,
    exit: exitOf(child),
    printed: new PrintedStreams(streams, socketsOf(child.pid)),
  };
}

function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(notStarted(error)));
    child.once('exit', (code, signal) =>
      resolve(signal ? { kind: 'signal', signal } : { kind: 'code', code: code ?? 1 }),
    );
  });
}

export function notStarted(error: unknown): Exit {
  return { kind: 'not-started', message: error instanceof Error ? error.message : String(error) };
}
