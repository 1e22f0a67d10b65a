// Runs cache-child.ts for the fault tests.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { ChildWork } from './cache-child.ts';

export interface Done {
  readonly signal: NodeJS.Signals | null;
  /** Zero where it was killed. */
  readonly steps: number;
  readonly digest: string | undefined;
  readonly megabytes: number;
}

/** @param shell commands for bash before the work, such as `ulimit -n 64`. */
export function cacheWork(work: ChildWork, shell = 'true'): Done {
  const child = [process.execPath, join(import.meta.dirname, 'cache-child.ts'), JSON.stringify(work)];
  const { status, signal, stdout, stderr } = spawnSync(
    'bash',
    ['-c', `${shell}; exec "$@"`, 'bash', ...child],
    { encoding: 'utf8' },
  );
  if (status !== 0 && signal === null) throw new Error(stderr);
  return {
    signal,
    steps: 0,
    digest: undefined,
    megabytes: 0,
    ...(status === 0 && (JSON.parse(stdout) as Partial<Done>)),
  };
}
