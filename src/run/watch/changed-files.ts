// Collects changes of watched files until the next request for them: a burst becomes one answer, and what happens during a
// run waits for its end.
import { watch, type FSWatcher } from 'chokidar';
import { errno, PipeError } from '../../base/problem.ts';

/** Editors save a file in several steps: changes count once nothing has happened for so long. */
const QUIET_MS = 150;

export interface ChangedFiles {
  /** Resolves with the paths that changed since the last answer, once there are some and no more come. */
  next(): Promise<readonly string[]>;
  /** Watches these absolute paths from now on, in place of the earlier ones. */
  watch(paths: readonly string[]): void;
  close(): Promise<void>;
}

/**
 * @param counts whether a change of this absolute path is reported.
 * @returns once the watcher sees every path. @throws PipeError when the system has no more watches to give.
 */
export async function watchFiles(
  paths: readonly string[],
  counts: (path: string) => boolean,
): Promise<ChangedFiles> {
  const watcher = watch([...paths], { ignoreInitial: true });
  const collected = new CollectedChanges(watcher, paths, counts);
  try {
    await untilReady(watcher);
  } catch (error) {
    // What is open would keep the process alive.
    await watcher.close();
    throw error;
  }
  return collected;
}

function untilReady(watcher: FSWatcher): Promise<void> {
  return new Promise((resolve, reject) => {
    watcher.once('ready', resolve);
    watcher.on('error', (error) => reject(explain(error)));
  });
}

class CollectedChanges implements ChangedFiles {
  readonly #watcher: FSWatcher;
  readonly #changed = new Set<string>();
  #watched: ReadonlySet<string>;
  #isQuiet = true;
  #quietTimer: NodeJS.Timeout | undefined;
  #failure: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(watcher: FSWatcher, paths: readonly string[], counts: (path: string) => boolean) {
    this.#watcher = watcher;
    this.#watched = new Set(paths);
    watcher.on('all', (_, path) => {
      if (counts(path)) this.#collect(path);
    });
    watcher.on('error', (error) => {
      this.#failure = explain(error);
      this.#wake?.();
    });
  }

  async next(): Promise<readonly string[]> {
    while (this.#failure === undefined && (this.#changed.size === 0 || !this.#isQuiet))
      await new Promise<void>((resolve) => (this.#wake = resolve));
    if (this.#failure !== undefined) throw this.#failure;
    const answer = [...this.#changed].sort();
    this.#changed.clear();
    return answer;
  }

  watch(paths: readonly string[]): void {
    const next = new Set(paths);
    this.#watcher.add(paths.filter((path) => !this.#watched.has(path)));
    this.#watcher.unwatch([...this.#watched].filter((path) => !next.has(path)));
    this.#watched = next;
  }

  close(): Promise<void> {
    return this.#watcher.close();
  }

  #collect(path: string): void {
    this.#changed.add(path);
    this.#isQuiet = false;
    clearTimeout(this.#quietTimer);
    this.#quietTimer = setTimeout(() => {
      this.#isQuiet = true;
      this.#wake?.();
    }, QUIET_MS);
  }
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
