// Runs stages on this machine: each command in a shell of its own, at the head of a process group of its own.
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { spawn, type ChildProcess } from 'node:child_process';
import { APPEND_NO_LINK, refuseLink } from '../../disk/real-folder.ts';
import { errno } from '../../base/problem.ts';
import type { Exit, StageProgress } from '../event.ts';
import type { Execution, Executor, Job, JobListener } from './executor.ts';
import { splitLines } from './line-splitter.ts';
import { socketsOf, type HeldOutput } from './orphans.ts';
import type { Supervisor } from './supervisor.ts';

const TAIL_LINES = 20;
/** How long after a command's end we wait for others that hold its output open. */
const DRAIN_MS = 500;
const GROUP_POLL_MS = 20;
/** Of the event loop: a pipe or socket holds less than is read in these. */
const MOST_TURNS = 16;

/**
 * @param supervisor is told of every group, so that none outlives us.
 * @param onHeld gets the output of a command that was still open when the command and its group had ended.
 */
export function makeLocalExecutor(supervisor: Supervisor, onHeld: (held: HeldOutput) => void): Executor {
  return { submit: (job, listener) => submit(job, listener, supervisor, onHeld) };
}

function submit(
  job: Job,
  listener: JobListener,
  supervisor: Supervisor,
  onHeld: (held: HeldOutput) => void,
): Execution {
  refuseLink(dirname(job.log));
  mkdirSync(dirname(job.log), { recursive: true });
  const log = openSync(job.log, APPEND_NO_LINK);
  const tail: string[] = [];
  let current: ChildProcess | undefined;
  let cancelled: 'SIGTERM' | 'SIGKILL' | undefined;

  const onLine = (stream: 'stdout' | 'stderr', line: string, more: boolean): void => {
    tail.push(more ? `${line}…` : line);
    if (tail.length > TAIL_LINES) tail.shift();
    listener.line(stream, line, more);
  };

  const run = async (): Promise<Exit> => {
    try {
      for (const command of job.commands) {
        if (cancelled) return { kind: 'signal', signal: cancelled };
        const child = start(command, job);
        current = child;
        if (child.pid !== undefined) supervisor.started(child.pid);
        const sockets = socketsOf(child.pid);
        const { exit, open } = await attend(child, log, onLine, listener, () => cancelled);
        current = undefined;
        if (open && sockets.length > 0) onHeld({ stage: job.env['PIPE_STAGE'] ?? '', sockets });
        if (child.pid !== undefined) supervisor.ended(child.pid);
        if (exit.kind !== 'code' || exit.code !== 0) return exit;
      }
      return { kind: 'code', code: 0 };
    } catch (error) {
      // No file descriptor left, for example.
      if (errno(error) === undefined) throw error;
      return errno(error) === 'E2BIG' ? tooBig(job) : notStarted(error);
    } finally {
      closeSync(log);
    }
  };

  return {
    exit: run(),
    tail: () => tail,
    cancel(signal) {
      cancelled = signal;
      if (current?.pid !== undefined) signalGroup(current.pid, signal);
    },
  };
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

/** @throws Error where the system refuses at once; otherwise the child tells by its `error` event. */
function startShell(command: string, job: Job): ChildProcess {
  const shell = job.env['SHELL'] || '/bin/sh';
  return spawn(shell, [...shellFlags(shell), '-c', command], {
    cwd: job.cwd,
    env: { ...job.env, PIPE_PROGRESS_FD: '3' },
    // At the head of a group of its own: ending it is the scheduler's business.
    detached: true,
    stdio: [job.stdin ? 'inherit' : 'ignore', 'pipe', 'pipe', 'pipe'],
  });
}

/** The flags that DVC gives a shell, so that a user's start-up files decide nothing. */
function shellFlags(shell: string): string[] {
  const name = basename(shell);
  if (name === 'bash') return ['--noprofile', '--norc'];
  if (name === 'zsh') return ['--no-rcs'];
  if (name === 'fish') return ['--no-config'];
  return [];
}

async function attend(
  child: ChildProcess,
  log: number,
  onLine: JobListener['line'],
  listener: JobListener,
  cancelled: () => 'SIGTERM' | 'SIGKILL' | undefined,
): Promise<{ readonly exit: Exit; /** Somebody holds the output. */ readonly open: boolean }> {
  const exited = new Promise<Exit>((resolve) => {
    child.once('error', (error) => resolve(notStarted(error)));
    child.once('exit', (code, signal) =>
      resolve(signal ? { kind: 'signal', signal } : { kind: 'code', code: code ?? 1 }),
    );
  });
  let received = 0;
  const outputs = (['stdout', 'stderr'] as const).map((stream) => {
    const lines = splitLines((line, more) => onLine(stream, line, more));
    const take = (chunk: Buffer): void => {
      received += chunk.length;
      writeLog(log, chunk);
      lines.push(chunk);
    };
    return { lines, over: consume(child[stream], take) };
  });
  const drained = Promise.all(outputs.map(({ over }) => over));
  const progress = splitLines((line) => {
    const parsed = parseProgress(line);
    if (parsed) listener.progress(parsed);
  });
  // Without a descriptor left there are no streams at all.
  const channel = (child.stdio as ChildProcess['stdio'] | undefined)?.[3] as Readable | null | undefined;
  void consume(channel, progress.push);

  const exit = await exited;
  // The grace time is for the whole group: its head is often a shell that ends at once.
  while (child.pid !== undefined && cancelled() === 'SIGTERM' && isGroupAlive(child.pid))
    await sleep(GROUP_POLL_MS);
  // A daemon may hold the pipes open for ever: what it prints later is nobody's.
  const timer = Promise.withResolvers<void>();
  const handle = setTimeout(timer.resolve, DRAIN_MS);
  await Promise.race([drained, timer.promise]);
  clearTimeout(handle);
  // Where we were busy for longer than that, the time is over before what was printed has been read.
  for (let before = -1, turn = 0; before !== received && turn < MOST_TURNS; turn += 1) {
    before = received;
    await nextTurn();
  }
  const streams = [child.stdout, child.stderr, channel].filter((stream) => stream);
  const open = streams.some((stream) => !stream!.readableEnded);
  for (const stream of streams) stream!.destroy();
  for (const { lines } of outputs) lines.end();
  progress.end();
  if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL');
  return { exit, open };
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

function consume(
  stream: NodeJS.ReadableStream | null | undefined,
  push: (chunk: Buffer) => void,
): Promise<void> {
  if (!stream) return Promise.resolve();
  return new Promise((resolve) => {
    stream.on('data', push);
    for (const event of ['end', 'close', 'error']) stream.once(event, resolve);
  });
}

function writeLog(log: number, chunk: Buffer): void {
  try {
    writeSync(log, chunk);
  } catch (error) {
    // A full disk, a file that may not grow, or a late chunk after the end must not take the stage down with it.
    if (errno(error) === undefined) throw error;
  }
}

function parseProgress(line: string): StageProgress | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== 'object' || value === null || !('done' in value) || typeof value.done !== 'number')
      return undefined;
    return value as StageProgress;
  } catch {
    return undefined;
  }
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
