// Tells of changes of the files that runs write into the folder of our state, which may not exist yet. Costs nothing while nothing
// changes.
import { existsSync, statSync, watch, type FSWatcher } from 'node:fs';
import { dirname } from 'node:path';

/** A burst of changes is one. */
const QUIET_MS = 60;

export interface StateWatch {
  close(): void;
}

/** @param folder absolute; @param names of files in it; undefined for all. */
export function watchState(
  folder: string,
  names: ReadonlySet<string> | undefined,
  changed: () => void,
): StateWatch {
  let watcher: FSWatcher | undefined;
  let watched: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;

  const nearest = (): string => {
    let at = folder;
    while (!existsSync(at)) at = dirname(at);
    return at;
  };
  /** @returns whether it watches another folder now. */
  const arm = (): boolean => {
    const place = nearest();
    const identity = identityOf(place);
    if (isClosed || identity === watched) return false;
    watcher?.close();
    watched = identity;
    watcher = watch(place, (_, name) => {
      const isOther = arm();
      if (!existsSync(folder)) return;
      if (!isOther && place === folder && name !== null && names?.has(name) === false) return;
      timer ??= setTimeout(() => {
        timer = undefined;
        changed();
      }, QUIET_MS);
    });
    watcher.on('error', () => {
      watched = undefined;
    });
    return true;
  };
  arm();
  return {
    close() {
      isClosed = true;
      clearTimeout(timer);
      watcher?.close();
    },
  };
}

/** A folder that was removed and made again is another one: its watch says nothing any more. */
function identityOf(folder: string): string {
  const stats = statSync(folder, { bigint: true, throwIfNoEntry: false });
  return `${folder} ${stats?.dev} ${stats?.ino} ${stats?.birthtimeNs}`;
}
