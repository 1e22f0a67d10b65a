// Collects changes of watched files until somebody asks for them: a burst becomes one answer, and what happens during a
// run waits for its end.
import { watch } from 'chokidar';
import { errno, PipeError } from '../../base/problem.ts';

/** Editors save a file in several steps: changes count once nothing has happened for so long. */
const QUIET_MS = 150;

export interface Changes {
  /** Resolves with the paths that changed since the last answer, once there are some and they have come to rest. */
  next(): Promise<readonly string[]>;
  /** Watches these absolute paths from now on, in place of the earlier ones. */
  watch(paths: readonly string[]): void;
  close(): Promise<void>;
}

/**
 * @param counts whether a change of this absolute path is to be told.
 * @returns once the watcher sees every path. @throws PipeError when the system has no more watches to give.
 */
export async function openChanges(
  paths: readonly string[],
  counts: (path: string) => boolean,
): Promise<Changes> {
  const watcher = watch([...paths], { ignoreInitial: true });
  const changed = new Set<string>();
  const state: { atRest: boolean; failure?: Error } = { atRest: true };
  let watched = new Set(paths);
  let wake: (() => void) | undefined;
  let quiet: NodeJS.Timeout | undefined;

  watcher.on('all', (_, path) => {
    if (!counts(path)) return;
    changed.add(path);
    state.atRest = false;
    clearTimeout(quiet);
    quiet = setTimeout(() => {
      state.atRest = true;
      wake?.();
    }, QUIET_MS);
  });
  const ready = new Promise<void>((resolve, reject) => {
    watcher.once('ready', resolve);
    watcher.on('error', (error) => {
      state.failure = explain(error);
      reject(state.failure);
      wake?.();
    });
  });
  try {
    await ready;
  } catch (error) {
    // What is open would keep the process alive.
    await watcher.close();
    throw error;
  }

  return {
    async next() {
      while (state.failure === undefined && (changed.size === 0 || !state.atRest)) {
        await new Promise<void>((resolve) => (wake = resolve));
      }
      if (state.failure !== undefined) throw state.failure;
      const answer = [...changed].sort();
      changed.clear();
      return answer;
    },
    watch(now) {
      const next = new Set(now);
      watcher.add(now.filter((path) => !watched.has(path)));
      watcher.unwatch([...watched].filter((path) => !next.has(path)));
      watched = next;
    },
    close: () => watcher.close(),
  };
}

function explain(error: unknown): Error {
  if (errno(error) !== 'ENOSPC' && errno(error) !== 'EMFILE') return error as Error;
  return new PipeError({
    code: 'watch-limit',
    title: 'the system has no more file watches to give',
    facts: [['reason', String(error)]],
    hint: 'raise fs.inotify.max_user_watches (sysctl), or give `pipe watch` fewer targets',
  });
}
