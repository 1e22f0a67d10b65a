// Runs stages on this machine: each command in a shell of its own, at the head of a process group of its own.
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { spawn, type ChildProcess } from 'node:child_process';
import { errno } from '../pipeline/problem.ts';
import type { Exit, StageProgress } from './event.ts';
import type { Execution, Executor, Job, JobListener } from './executor.ts';
import { splitLines } from './line-splitter.ts';
import type { Supervisor } from './supervisor.ts';

const TAIL_LINES = 20;
/** How long after a command's end we wait for others that hold its output open. */
const DRAIN_MS = 500;
const GROUP_POLL_MS = 20;

/** @param supervisor is told of every group, so that none outlives us. */
export function makeLocalExecutor(supervisor: Supervisor): Executor {
  return { submit: (job, listener) => submit(job, listener, supervisor) };
}

function submit(job: Job, listener: JobListener, supervisor: Supervisor): Execution {
  mkdirSync(dirname(job.log), { recursive: true });
  const log = openSync(job.log, 'a');
  const tail: string[] = [];
  let current: ChildProcess | undefined;
  let cancelled: 'SIGTERM' | 'SIGKILL' | undefined;

  const onLine = (stream: 'stdout' | 'stderr', line: string): void => {
    tail.push(line);
    if (tail.length > TAIL_LINES) tail.shift();
    listener.line(stream, line);
  };

  const run = async (): Promise<Exit> => {
    try {
      for (const command of job.commands) {
        if (cancelled) return { kind: 'signal', signal: cancelled };
        const child = startShell(command, job);
        current = child;
        if (child.pid !== undefined) supervisor.started(child.pid);
        const exit = await attend(child, log, onLine, listener, () => cancelled);
        current = undefined;
        if (child.pid !== undefined) supervisor.ended(child.pid);
        if (exit.kind !== 'code' || exit.code !== 0) return exit;
      }
      return { kind: 'code', code: 0 };
    } catch (error) {
      // A command line that is too long, or no file descriptor left.
      if (errno(error) === undefined) throw error;
      return notStarted(error);
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
  onLine: (stream: 'stdout' | 'stderr', line: string) => void,
  listener: JobListener,
  cancelled: () => 'SIGTERM' | 'SIGKILL' | undefined,
): Promise<Exit> {
  const exited = new Promise<Exit>((resolve) => {
    child.once('error', (error) => resolve(notStarted(error)));
    child.once('exit', (code, signal) =>
      resolve(signal ? { kind: 'signal', signal } : { kind: 'code', code: code ?? 1 }),
    );
  });
  const drained = Promise.all(
    (['stdout', 'stderr'] as const).map((stream) => {
      const lines = splitLines((line) => onLine(stream, line));
      return consume(child[stream], (chunk) => (writeLog(log, chunk), lines.push(chunk)), lines.end);
    }),
  );
  const progress = splitLines((line) => {
    const parsed = parseProgress(line);
    if (parsed) listener.progress(parsed);
  });
  // Without a descriptor left there are no streams at all.
  const channel = (child.stdio as ChildProcess['stdio'] | undefined)?.[3] as Readable | null | undefined;
  void consume(channel, progress.push, progress.end);

  const result = await exited;
  // The grace time is for the whole group: its head is often a shell that ends at once.
  while (child.pid !== undefined && cancelled() === 'SIGTERM' && isGroupAlive(child.pid))
    await sleep(GROUP_POLL_MS);
  // A daemon may hold the pipes open for ever: what it prints later is nobody's.
  const timer = Promise.withResolvers<void>();
  const handle = setTimeout(timer.resolve, DRAIN_MS);
  await Promise.race([drained, timer.promise]);
  clearTimeout(handle);
  for (const stream of [child.stdout, child.stderr, channel]) stream?.destroy();
  if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL');
  return result;
}

function notStarted(error: unknown): Exit {
  return { kind: 'not-started', message: error instanceof Error ? error.message : String(error) };
}

function consume(
  stream: NodeJS.ReadableStream | null | undefined,
  push: (chunk: Buffer) => void,
  end: () => void,
): Promise<void> {
  if (!stream) return Promise.resolve();
  return new Promise((resolve) => {
    stream.on('data', push);
    const finish = (): void => (end(), resolve());
    stream.once('end', finish);
    stream.once('close', resolve);
    stream.once('error', resolve);
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
