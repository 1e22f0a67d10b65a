// Checks, before the cache is used, that none of the engine's own folders and files is a symbolic link: a cloned repository
// could contain one that points anywhere. Deeper folders are checked where they are used.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { objectsFolder } from '../cache/open-store.ts';
import { runsFolder } from '../cache/runs-folder.ts';
import { refuseLink } from '../disk/real-folder.ts';
import type { Loaded } from './load.ts';

/** @throws PipeError naming the link. */
export function refuseLinkedFolders({ dialect, folders }: Loaded): void {
  const { cache, own: ours, state, logs, scratch, saved, placing, experiments } = folders;
  const objects = objectsFolder(cache, dialect.layout);
  const own = [
    // The cache folder itself may be a link that the user made.
    ...(ours === cache ? [join(cache, 'CACHEDIR.TAG')] : [ours]),
    join(objects, '..'),
    objects,
    runsFolder(cache),
    join(cache, 'quarantine'),
    placing,
    join(placing, 'quarantine'),
    logs,
    scratch,
    saved,
    experiments,
    state,
  ];
  own.forEach(refuseLink);
  refuseLinksBelow(state);
}

function refuseLinksBelow(folder: string): void {
  let entries;
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    return; // it does not exist, or the code that uses it reports why it cannot be read
  }
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isSymbolicLink()) refuseLink(path);
    else if (entry.isDirectory()) refuseLinksBelow(path);
  }
}
