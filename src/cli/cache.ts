// The commands that look at the cache: `verify`, `cache size|path|list`, `unprotect`.
import { join } from 'node:path';
import { listObjects } from '../cache/list-objects.ts';
import { filesIn } from '../cache/manifests.ts';
import { objectsFolder, quarantineFolder } from '../cache/open-store.ts';
import { unprotect } from '../cache/unprotect.ts';
import { verifyObjects } from '../cache/verify-objects.ts';
import { isDirectory, type Digest } from '../hash/digest.ts';
import { bytesText } from '../show/text/bytes-text.ts';
import { spelledOut } from '../show/text/spell-out.ts';
import { neededContents } from './gc.ts';
import { load, selectStages } from '../session/load.ts';
import {
  cacheFolder,
  foldersOf,
  openWorkspace,
  placingFolder,
  type OpenWorkspace,
} from '../session/open-workspace.ts';
import { withRunLock } from '../session/with-run-lock.ts';

/** @returns the exit code: 1 when something was damaged. */
export function verifyCommand(flags: { readonly all?: true }): Promise<number> {
  return withRunLock(load({}).project, async () => {
    const { project, graph } = load({});
    const workspace = openWorkspace({ project, graph }, {});
    const dir = cacheFolder(project);
    const needed = new Set(flags.all ? [] : neededDigests(workspace));
    const { objects, bytes, corrupt } = await verifyObjects({
      dir,
      layout: project.kind,
      quarantine: quarantineFolder(dir, project.kind, placingFolder(foldersOf(project))),
      ...(!flags.all && { only: (digest) => needed.has(digest) }),
    });
    workspace.close();
    for (const { digest } of corrupt) console.log(`damaged: ${digest}`);
    console.log(
      `${count(objects, 'object')} (${bytesText(bytes)}) hashed; ${corrupt.length} damaged and set aside.`,
    );
    if (corrupt.length > 0) console.log('The stages that made them run again with the next `pipe repro`.');
    return corrupt.length > 0 ? 1 : 0;
  });
}

/** The digests that lock files name, and those that their directories name. */
function neededDigests(workspace: OpenWorkspace): Digest[] {
  const { project } = workspace;
  const objects = objectsFolder(cacheFolder(project), project.kind);
  const members = (digest: Digest): Digest[] => [
    ...filesIn(join(objects, digest.slice(0, 2), digest.slice(2)), project.kind),
  ];
  return neededContents(workspace, false).flatMap(({ digest }) => [
    digest,
    ...(isDirectory(digest) ? members(digest) : []),
  ]);
}

/** Each returns the exit code. */
export const cacheCommands = { path: cachePath, size: cacheSize, list: cacheList } as const;

function cachePath(): number {
  console.log(spelledOut(cacheFolder(load({}).project)));
  return 0;
}

function cacheSize(): number {
  const { project } = load({});
  const objects = [...listObjects(cacheFolder(project), project.kind)];
  const bytes = objects.reduce((sum, { size }) => sum + size, 0);
  console.log(`${count(objects.length, 'object')}, ${bytesText(bytes)}`);
  return 0;
}

/** Largest first. */
function cacheList(): number {
  const { project } = load({});
  const objects = [...listObjects(cacheFolder(project), project.kind)].sort((a, b) => b.size - a.size);
  for (const { digest, size, time } of objects)
    console.log(`${digest}  ${String(size).padStart(12)}  ${new Date(time).toISOString()}`);
  return 0;
}

/** @returns the exit code. */
export function unprotectCommand(targets: readonly string[]): number {
  const { project, graph } = load({});
  const objects = objectsFolder(cacheFolder(project), project.kind);
  const stages = selectStages({ project, graph }, targets, { single: targets.length > 0 });
  let replaced = 0;
  for (const out of stages.flatMap(({ outs }) => outs))
    replaced += unprotect(join(project.root, out.at), objects);
  console.log(`${count(replaced, 'link')} to the cache replaced by files of their own.`);
  return 0;
}

const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`;
