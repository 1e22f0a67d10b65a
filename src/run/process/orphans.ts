// Ends the processes that a run left: all with the run's id in their environment. A process that cleared its environment and
// left its process group is found, and reported, while it holds a descriptor of its stage: the standard output or error, or
// the one for progress, which daemons rarely close. One that closed those too (or runs on a system without /proc) cannot be
// distinguished from other processes of the user.
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, readSync } from 'node:fs';
import { errno } from '../../base/problem.ts';

const POLL_MS = 50;
/** Characters of a command in a message. */
const LONGEST_COMMAND = 100;

/**
 * Kills and awaits all processes of a run (on Linux found by `PIPE_RUN_ID` in /proc, in any process group; other systems have
 * no such list, there only the supervisor ends them).
 * @param lowest the lowest number that one of them can have now. @returns how many there were.
 */
export async function endOrphans(run: string, lowest = (): number => 0): Promise<number> {
  // Each look reads the environment of every process with such a number.
  let left = findProcesses(run, lowest());
  const count = left.length;
  while (left.length > 0) {
    for (const pid of left) kill(pid);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    left = findProcesses(run, lowest());
  }
  return count;
}

/** Output of a stage that was still open when its command and its whole group had ended. */
export interface HeldOutput {
  readonly stage: string;
  /** What the descriptors of the stage's processes lead to, as /proc names it. */
  readonly sockets: readonly string[];
}

export interface Escaped {
  readonly stage: string;
  readonly pid: number;
  readonly command: string;
}

/** The targets of a command's output and progress descriptors. Empty where they are not visible, or it has ended. */
export function socketsOf(pid: number | undefined): string[] {
  if (process.platform !== 'linux' || pid === undefined) return [];
  return ['1', '2', '3'].flatMap((fd) => linkOf(`/proc/${pid}/fd/${fd}`) ?? []);
}

/** The processes that hold such output now. */
export function findEscaped(held: readonly HeldOutput[]): Escaped[] {
  const stages = new Map(held.flatMap(({ stage, sockets }) => sockets.map((socket) => [socket, stage])));
  if (stages.size === 0) return [];
  return processes().flatMap((pid) => {
    const stage = descriptorsOf(pid)
      .map((link) => stages.get(link))
      .find((owner) => owner !== undefined);
    return stage === undefined ? [] : [{ stage, pid: Number(pid), command: commandOf(pid) }];
  });
}

function descriptorsOf(pid: string): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => linkOf(`/proc/${pid}/fd/${fd}`) ?? []);
  } catch {
    return []; // gone meanwhile, or another user's
  }
}

const commandOf = (pid: string): string =>
  Buffer.from(readProc(`/proc/${pid}/cmdline`) ?? '', 'latin1')
    .toString()
    .split('\0')
    .filter(Boolean)
    .join(' ')
    .slice(0, LONGEST_COMMAND);

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

function findProcesses(run: string, lowest: number): number[] {
  if (process.platform !== 'linux') return [];
  const mark = Buffer.from(`PIPE_RUN_ID=${run}\0`);
  return processes()
    .filter((name) => Number(name) >= lowest && readEnvironment(name).includes(mark) && !isZombie(name))
    .map(Number);
}

/** Kept, since that of every process of the machine is read into it. */
let environment = Buffer.allocUnsafe(1 << 16);

/** @returns bytes that the next call replaces; none of another user's process, or one that is gone. */
function readEnvironment(pid: string): Buffer {
  let descriptor: number | undefined;
  let size = 0;
  try {
    descriptor = openSync(`/proc/${pid}/environ`, 'r');
    for (;;) {
      const got = readSync(descriptor, environment, size, environment.length - size, null);
      if (got === 0) break;
      size += got;
      if (size === environment.length) environment = Buffer.concat([environment, Buffer.allocUnsafe(size)]);
    }
  } catch {
    size = 0;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
  return environment.subarray(0, size);
}

const processes = (): string[] =>
  readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);

function isZombie(pid: string): boolean {
  const stat = readProc(`/proc/${pid}/stat`);
  return stat === undefined || stat[stat.lastIndexOf(')') + 2] === 'Z';
}

function readProc(file: string): string | undefined {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return undefined; // gone meanwhile, or another user's
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (errno(error) !== 'ESRCH' && errno(error) !== 'EPERM') throw error;
  }
}
