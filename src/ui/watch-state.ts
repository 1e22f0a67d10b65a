// Tells of changes of the files that runs write into the folder of our state, which may not exist yet. Costs nothing while nothing
// changes.
import { existsSync, watch, type FSWatcher } from 'node:fs';
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
  const arm = (): void => {
    const place = nearest();
    if (isClosed || place === watched) return;
    watcher?.close();
    watched = place;
    watcher = watch(place, (_, name) => {
      if (place !== folder || !existsSync(folder)) arm();
      if (!existsSync(folder)) return;
      if (place === folder && name !== null && names?.has(name) === false) return;
      timer ??= setTimeout(() => {
        timer = undefined;
        changed();
      }, QUIET_MS);
    });
    watcher.on('error', () => {
      watched = undefined;
    });
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
