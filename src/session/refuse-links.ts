// Before anything below the cache is used: none of the engine's own folders and files is a symbolic link, as one that came
// with a clone could be. Folders further down are looked at where they are used.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { objectsFolder } from '../cache/open-store.ts';
import { runsFolder } from '../cache/open-run-cache.ts';
import { refuseLink } from '../disk/real-folder.ts';
import type { Project } from '../pipeline/project.ts';
import { cacheFolder, foldersOf, placingFolder } from './open-workspace.ts';

/** @throws PipeError naming the link. */
export function refuseLinkedFolders(project: Project): void {
  const cache = cacheFolder(project);
  const folders = foldersOf(project);
  const { state, logs, scratch, saved } = folders;
  const objects = objectsFolder(cache, project.kind);
  const own = [
    ...(project.kind === 'dvc' ? [join(project.root, '.dvc/tmp/pipe')] : [join(cache, 'CACHEDIR.TAG')]),
    join(objects, '..'),
    objects,
    runsFolder(cache),
    join(cache, 'quarantine'),
    placingFolder(folders),
    join(placingFolder(folders), 'quarantine'),
    logs,
    scratch,
    saved,
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
    return; // it does not exist, or whoever uses it reports why it cannot
  }
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isSymbolicLink()) refuseLink(path);
    else if (entry.isDirectory()) refuseLinksBelow(path);
  }
}
