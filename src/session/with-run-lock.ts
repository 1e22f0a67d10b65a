// Holds the run lock of a project while a command changes it, together with the locks of another program that works in the
// same repository. Releases both however the command ends.
import type { Problem } from '../base/problem.ts';
import type { BesideRun } from '../run/beside-run.ts';
import { isCacheShared } from './cache-projects.ts';
import { useCache, type CacheUse } from './cache-use.ts';
import type { Loaded } from './load.ts';
import { acquireRunLock } from './run-lock.ts';

export interface RunLockRequest {
  /** Identifies the run in the environment of everything it starts. */
  readonly run: string;
  /** Wait until the owner releases the lock; else fail at once. */
  readonly wait: boolean;
  /** Take the lock of a run on another host, whose processes cannot be seen from here. */
  readonly breakLock: boolean;
  /** Called once, before waiting. */
  readonly onWait: (owner: string) => void;
  /** Whether the user has asked to stop waiting. */
  readonly stopped: () => boolean;
  /** Other projects that share the cache may not use it meanwhile. */
  readonly cacheAlone?: boolean;
  /** It starts no processes that could outlive it, so that it lets go even where it ends by a signal. */
  readonly startsNothing?: true;
  /** Called with the `.gitignore` files that received lines. */
  readonly onIgnored: (files: readonly string[]) => void;
  readonly warn: (problem: Problem) => void;
}

/** What a command has while it holds the run lock. */
export interface HeldLock {
  /** Another run held the lock first: files may differ from what was loaded before. */
  readonly waited: boolean;
  /** Undefined where no other program works in the repository. */
  readonly beside: BesideRun | undefined;
}

/** @returns undefined when the user stopped waiting. @throws PipeError as `acquireRunLock` does. */
export async function withRunLock<T>(
  { dialect, project, folders }: Loaded,
  request: RunLockRequest,
  use: (held: HeldLock) => Promise<T>,
): Promise<T | undefined> {
  const { wait, onWait, stopped, warn, onIgnored } = request;
  const { own, cache } = folders;
  // Where the cache is elsewhere, only a run makes and marks the folder of our own files.
  if (own !== cache) dialect.layout.check(own);
  const lock = await acquireRunLock({ ...request, folder: folders.state, onTakeOver: warn });
  if (!lock) return undefined;
  const release = (): void => lock.release();
  if (request.startsNothing) process.once('exit', release);
  let cacheUse: CacheUse | undefined;
  try {
    if (own !== cache) dialect.layout.make(own, false);
    if (isCacheShared({ dialect, project, folders })) {
      const shared = project.config.cache?.shared === true;
      dialect.layout.make(cache, shared);
      cacheUse = await useCache({ ...request, dir: cache, shared, alone: request.cacheAlone === true });
      if (!cacheUse) return undefined;
    }
    const beside = dialect.openBeside(project, { wait, onWait, stopped, warn, onIgnored });
    try {
      return await use({ waited: lock.waited, beside });
    } finally {
      beside?.close();
    }
  } finally {
    cacheUse?.release();
    process.off('exit', release);
    release();
  }
}
