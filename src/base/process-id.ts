// Identifies a process by its number and its start, since the system reuses numbers.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { errno } from './problem.ts';

export interface ProcessId {
  readonly pid: number;
  /** The start as the system reports it; only compared. */
  readonly started: string;
}

/** @returns undefined when there is no such process. */
export function startOf(pid: number): string | undefined {
  return process.platform === 'linux' ? startOnLinux(pid) : startByPs(pid);
}

export const isAlive = ({ pid, started }: ProcessId): boolean => startOf(pid) === started;

export function ownProcessId(): ProcessId {
  return { pid: process.pid, started: startOf(process.pid) ?? '' };
}

/** Field 22 of /proc/PID/stat, clock ticks since boot; the name in field 2 may hold spaces and brackets (proc(5)). */
function startOnLinux(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  } catch (error) {
    if (errno(error) === 'ENOENT' || errno(error) === 'ESRCH') return undefined;
    throw error;
  }
}

function startByPs(pid: number): string | undefined {
  try {
    return (
      execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }).trim() || undefined
    );
  } catch {
    return undefined; // ps ends with 1 when there is no such process
  }
}
