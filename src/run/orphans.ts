// Ends what a run that died left running: every process that carries the run's id in its environment.
import { readdirSync, readFileSync } from 'node:fs';
import { errno } from '../pipeline/problem.ts';

const POLL_MS = 50;

/**
 * Kills and awaits all processes of a run (Linux: found by `PIPE_RUN_ID` in /proc, whatever group they moved to; other
 * systems have no such list, there the supervisor alone takes care).
 * @returns how many there were.
 */
export async function endOrphans(run: string): Promise<number> {
  // Each look reads the environment of every process of the machine.
  let left = findProcesses(run);
  const count = left.length;
  while (left.length > 0) {
    for (const pid of left) kill(pid);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    left = findProcesses(run);
  }
  return count;
}

function findProcesses(run: string): number[] {
  if (process.platform !== 'linux') return [];
  const mark = `PIPE_RUN_ID=${run}\0`;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((name) => (readProc(`/proc/${name}/environ`) ?? '').includes(mark) && !isZombie(name))
    .map(Number);
}

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
