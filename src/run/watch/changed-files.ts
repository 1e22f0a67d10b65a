// Collects changes of watched files until the next request for them: a burst becomes one answer, and what happens during a
// run waits for its end.
import { watch, type FSWatcher } from 'chokidar';
import { errno, PipeError } from '../../base/problem.ts';

/** Editors save a file in several steps: changes count once nothing has happened for so long. */
const QUIET_MS = 150;

export interface ChangedFiles {
  /** Resolves with the paths that changed since the last answer, once there are some and no more come. */
  next(): Promise<readonly string[]>;
  /**
   * Watches these absolute paths in place of the earlier ones. Resolves once every change is seen: what reads the files begins after
   * it. @throws PipeError when the system has no more watches to give; the earlier paths are watched then.
   */
  watch(paths: readonly string[]): Promise<void>;
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
  const changes = new CollectedChanges(counts);
  await changes.watch(paths);
  return changes;
}

class CollectedChanges implements ChangedFiles {
  readonly #counts: (path: string) => boolean;
  readonly #changed = new Set<string>();
  #watcher: FSWatcher | undefined;
  #watched: ReadonlySet<string> = new Set();
  #isClosed = false;
  #isQuiet = true;
  #quietTimer: NodeJS.Timeout | undefined;
  #failure: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(counts: (path: string) => boolean) {
    this.#counts = counts;
  }

  async next(): Promise<readonly string[]> {
    while (this.#failure === undefined && (this.#changed.size === 0 || !this.#isQuiet))
      await new Promise<void>((resolve) => (this.#wake = resolve));
    if (this.#failure !== undefined) throw this.#failure;
    const answer = [...this.#changed].sort();
    this.#changed.clear();
    return answer;
  }

  async watch(paths: readonly string[]): Promise<void> {
    const next = new Set(paths);
    if (next.size === this.#watched.size && paths.every((path) => this.#watched.has(path))) return;
    // A watcher of its own: one that exists does not say when it sees paths that are added to it.
    const watcher = watch([...next], { ignoreInitial: true });
    watcher.on('all', (_, path) => {
      if (this.#counts(path)) this.#collect(path);
    });
    try {
      await untilReady(watcher);
    } catch (error) {
      // What is open would keep the process alive.
      await watcher.close();
      throw error;
    }
    watcher.on('error', (error) => {
      this.#failure = explain(error);
      this.#wake?.();
    });
    const former = this.#watcher;
    [this.#watcher, this.#watched] = [watcher, next];
    await (this.#isClosed ? watcher : former)?.close();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#quietTimer);
    await this.#watcher?.close();
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

function untilReady(watcher: FSWatcher): Promise<void> {
  return new Promise((resolve, reject) => {
    watcher.once('ready', resolve);
    watcher.once('error', (error) => reject(explain(error)));
  });
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
