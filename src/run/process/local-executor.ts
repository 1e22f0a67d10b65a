// Runs stages on this machine: each command in a shell of its own, at the head of a process group of its own.
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { spawn, type ChildProcess } from 'node:child_process';
import { APPEND_NO_LINK, refuseLink } from '../../disk/real-folder.ts';
import { errno } from '../../base/problem.ts';
import type { Exit } from '../event.ts';
import { CommandOutput } from './command-output.ts';
import type { Execution, Executor, Job, JobListener } from './executor.ts';
import { socketsOf, type HeldOutput } from './orphans.ts';
import { shellFlags } from './shell-flags.ts';
import type { Supervisor } from './supervisor.ts';

const TAIL_LINES = 20;
const GROUP_POLL_MS = 20;

/**
 * @param supervisor learns of every group, so that none outlives us.
 * @param onHeld gets the output of a command that was still open when the command and its group had ended.
 */
export function makeLocalExecutor(supervisor: Supervisor, onHeld: (held: HeldOutput) => void): Executor {
  return { submit: (job, listener) => new LocalExecution(job, listener, supervisor, onHeld) };
}

class LocalExecution implements Execution {
  readonly exit: Promise<Exit>;
  readonly #job: Job;
  readonly #listener: JobListener;
  readonly #supervisor: Supervisor;
  readonly #onHeld: (held: HeldOutput) => void;
  /** Descriptor of the log file. */
  readonly #log: number;
  readonly #tail: string[] = [];
  #current: ChildProcess | undefined;
  #cancelled: 'SIGTERM' | 'SIGKILL' | undefined;

  constructor(job: Job, listener: JobListener, supervisor: Supervisor, onHeld: (held: HeldOutput) => void) {
    this.#job = job;
    this.#listener = {
      line: (stream, line, more) => {
        this.#keepInTail(line, more);
        listener.line(stream, line, more);
      },
      progress: (progress) => listener.progress(progress),
    };
    this.#supervisor = supervisor;
    this.#onHeld = onHeld;
    refuseLink(dirname(job.log));
    mkdirSync(dirname(job.log), { recursive: true });
    this.#log = openSync(job.log, APPEND_NO_LINK);
    this.exit = this.#run();
  }

  tail(): readonly string[] {
    return this.#tail;
  }

  cancel(signal: 'SIGTERM' | 'SIGKILL'): void {
    this.#cancelled = signal;
    if (this.#current?.pid !== undefined) signalGroup(this.#current.pid, signal);
  }

  async #run(): Promise<Exit> {
    try {
      for (const command of this.#job.commands) {
        if (this.#cancelled) return { kind: 'signal', signal: this.#cancelled };
        const exit = await this.#runCommand(command);
        if (exit.kind !== 'code' || exit.code !== 0) return exit;
      }
      return { kind: 'code', code: 0 };
    } catch (error) {
      // No free file descriptor, for example.
      if (errno(error) === undefined) throw error;
      return errno(error) === 'E2BIG' ? tooBig(this.#job) : notStarted(error);
    } finally {
      closeSync(this.#log);
    }
  }

  async #runCommand(command: string): Promise<Exit> {
    const child = start(command, this.#job);
    this.#current = child;
    if (child.pid !== undefined) this.#supervisor.started(child.pid);
    const sockets = socketsOf(child.pid);
    const exited = exitOf(child);
    const output = new CommandOutput(child, this.#log, this.#listener);
    const exit = await exited;
    if (child.pid !== undefined) await this.#graceOf(child.pid);
    const isOpen = await output.end();
    if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL');
    this.#current = undefined;
    if (isOpen && sockets.length > 0) this.#onHeld({ stage: this.#job.env['PIPE_STAGE'] ?? '', sockets });
    if (child.pid !== undefined) this.#supervisor.ended(child.pid);
    return exit;
  }

  /** The grace time is for the whole group: its head is often a shell that ends at once. */
  async #graceOf(group: number): Promise<void> {
    while (this.#cancelled === 'SIGTERM' && isGroupAlive(group)) await sleep(GROUP_POLL_MS);
  }

  #keepInTail(line: string, more: boolean): void {
    this.#tail.push(more ? `${line}…` : line);
    if (this.#tail.length > TAIL_LINES) this.#tail.shift();
  }
}

function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(notStarted(error)));
    child.once('exit', (code, signal) =>
      resolve(signal ? { kind: 'signal', signal } : { kind: 'code', code: code ?? 1 }),
    );
  });
}

/**
 * Without `PIPE_PARAMS` where all variables together are more than the system takes: the file has the same.
 * @throws Error as `startShell`.
 */
function start(command: string, job: Job): ChildProcess {
  try {
    return startShell(command, job);
  } catch (error) {
    if (errno(error) !== 'E2BIG' || job.env['PIPE_PARAMS'] === undefined) throw error;
    return startShell(command, { ...job, env: { ...job.env, PIPE_PARAMS: undefined } });
  }
}

/** @throws Error where the system refuses at once; otherwise the child emits `error`. */
function startShell(command: string, job: Job): ChildProcess {
  const shell = job.env['SHELL'] || '/bin/sh';
  return spawn(shell, [...shellFlags(shell), '-c', command], {
    cwd: job.cwd,
    env: { ...job.env, PIPE_PROGRESS_FD: '3' },
    // At the head of a group of its own: only the scheduler ends it, not the terminal.
    detached: true,
    stdio: [job.stdin ? 'inherit' : 'ignore', 'pipe', 'pipe', 'pipe'],
  });
}

/** Linux takes at most 128 KiB in one argument or variable, and a few megabytes in all. */
function tooBig({ commands, env }: Job): Exit {
  const command = Math.max(...commands.map((text) => Buffer.byteLength(text)));
  const variables = Object.entries(env).flatMap(([name, value]) =>
    value === undefined ? [] : [name + value],
  );
  const all = variables.reduce((sum, variable) => sum + Buffer.byteLength(variable), 0);
  const message = `a command of ${command} bytes with ${all} bytes of environment is more than the system takes (E2BIG); let the stage read long values from a file`;
  return { kind: 'not-started', message };
}

function notStarted(error: unknown): Exit {
  return { kind: 'not-started', message: error instanceof Error ? error.message : String(error) };
}

function isGroupAlive(pid: number): boolean {
  try {
    return process.kill(-pid, 0);
  } catch (error) {
    return errno(error) === 'EPERM';
  }
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (errno(error) !== 'ESRCH' && errno(error) !== 'EPERM') throw error;
  }
}
