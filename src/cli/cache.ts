// The commands about the cache: `gc`, `verify`, `cache size|path|list`, `unprotect`.
import { join } from 'node:path';
import { collectGarbage, type GarbagePolicy } from '../cache/collect-garbage.ts';
import { listObjects } from '../cache/list-objects.ts';
import { entriesIn } from '../cache/manifests.ts';
import { objectsFolder, quarantineFolder } from '../cache/open-store.ts';
import { unprotect } from '../cache/unprotect.ts';
import { verifyObjects } from '../cache/verify-objects.ts';
import { isDirectory, type Content, type Digest } from '../hash/digest.ts';
import { dvcFormat } from '../lock/dvc-format.ts';
import type { Lock } from '../lock/lock-entry.ts';
import { locksInFolder, locksOfBranches } from '../lock/other-locks.ts';
import { pipeFormat } from '../lock/pipe-format.ts';
import { bytesText } from '../show/bytes-text.ts';
import { spelledOut } from '../show/spell-out.ts';
import { load, selectStages } from './load.ts';
import {
  cacheFolder,
  foldersOf,
  openWorkspace,
  placingFolder,
  type OpenWorkspace,
} from './open-workspace.ts';
import { withRunLock } from './with-run-lock.ts';

export interface GcFlags {
  /** Milliseconds. */
  readonly keep?: number;
  /** Bytes. */
  readonly maxSize?: number;
  readonly workspace?: true;
  readonly allBranches?: true;
  readonly dry?: true;
}

const DAY = 24 * 3600 * 1000;
/** What `pipe gc` does when it is not told anything: the results of a month, and no more than this. */
const DEFAULT_POLICY: GarbagePolicy = { keepFor: 30 * DAY, maxSize: 20 * 2 ** 30 };

/** @returns the exit code. */
export function gcCommand(flags: GcFlags): Promise<number> {
  return withRunLock(load({}).project, async () => {
    const { project, graph } = load({});
    const workspace = openWorkspace({ project, graph }, {});
    const dir = cacheFolder(project);
    const scratch = placingFolder(foldersOf(project));
    const garbage = collectGarbage({
      dir,
      layout: project.kind,
      scratch,
      quarantine: quarantineFolder(dir, project.kind, scratch),
      needed: neededContents(workspace, flags.allBranches === true),
      policy: policyOf(flags),
      // A cache folder outside of the project may be shared with others.
      exclusive: dir.startsWith(`${project.root}/`),
      dry: flags.dry === true,
    });
    workspace.close();
    const { removed, runs, leftovers, freed, kept } = garbage;
    console.log(
      `${flags.dry ? 'Would remove' : 'Removed'} ${count(removed.length, 'object')}, ${count(runs, 'result')} of earlier runs and ${count(leftovers, 'leftover')}: ${bytesText(freed)}.`,
    );
    console.log(`Kept ${count(kept.objects, 'object')}: ${bytesText(kept.bytes)}.`);
    return 0;
  });
}

function policyOf({ keep, maxSize, workspace, allBranches }: GcFlags): GarbagePolicy {
  if (workspace || allBranches) return { onlyNeeded: true };
  if (keep === undefined && maxSize === undefined) return DEFAULT_POLICY;
  return { ...(keep !== undefined && { keepFor: keep }), ...(maxSize !== undefined && { maxSize }) };
}

function neededContents({ project, locks }: OpenWorkspace, allBranches: boolean): Content[] {
  const asDvc = project.kind === 'dvc';
  const format = asDvc ? dvcFormat : pipeFormat;
  const others: Lock[] = [
    ...(asDvc ? [] : locksInFolder(cacheFolder(project), format)),
    ...(allBranches ? locksOfBranches(project.root, asDvc ? 'dvc.lock' : 'pipeline.lock', format) : []),
  ];
  const entries = [
    ...project.stages.flatMap((stage) => locks.entry(stage) ?? []),
    ...locks.vanished().map(({ entry }) => entry),
    ...others.flatMap((lock) => [...lock.entries.values()]),
  ];
  return entries.flatMap(({ deps, outs }) => [...deps, ...outs].map(({ content }) => content));
}

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
  const members = (digest: Digest): Digest[] =>
    entriesIn(join(objects, digest.slice(0, 2), digest.slice(2)), project.kind).flatMap((entry) =>
      entry.kind === 'file' ? [entry.digest] : [],
    );
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
