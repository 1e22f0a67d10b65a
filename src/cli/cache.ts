// The commands about single objects of the cache: `verify`, `cache path|size|list`, `unprotect`.
import { join } from 'node:path';
import { listObjects } from '../cache/list-objects.ts';
import { filesIn } from '../cache/manifests.ts';
import { objectsFolder } from '../cache/open-store.ts';
import { unprotect } from '../cache/unprotect.ts';
import { verifyObjects } from '../cache/verify-objects.ts';
import { isDirectory, type Digest } from '../hash/digest.ts';
import { bytesText } from '../show/text/bytes-text.ts';
import { countText } from '../show/text/count-text.ts';
import { spelledOut } from '../show/text/spell-out.ts';
import { neededContents } from '../session/needed-contents.ts';
import { makePrinter, type OutputFlags } from './printer.ts';
import { load, selectStages } from '../session/load.ts';
import type { OpenWorkspace } from '../session/open-workspace.ts';
import { withLockedWorkspace } from '../session/with-workspace.ts';

export interface VerifyFlags extends OutputFlags {
  readonly all?: true;
}

/** @returns the exit code: 1 when something was damaged. */
export function verifyCommand(flags: VerifyFlags): Promise<number> {
  return withLockedWorkspace({}, async (workspace) => {
    const { layout, folders } = workspace;
    const { cache: dir, placing } = folders;
    const needed = new Set(flags.all ? [] : neededDigests(workspace));
    const { objects, bytes, corrupt } = await verifyObjects({
      dir,
      layout,
      quarantine: layout.quarantine(dir, placing),
      shared: workspace.project.config.cache?.shared === true,
      ...(!flags.all && { only: (digest) => needed.has(digest) }),
    });
    const print = makePrinter(flags);
    print.json({ objects, bytes, damaged: corrupt.map(({ digest }) => digest) });
    for (const { digest } of corrupt) print.line(`damaged: ${digest}`);
    print.line(
      `${countText(objects, 'object')} (${bytesText(bytes)}) hashed; ${corrupt.length} damaged and set aside.`,
    );
    if (corrupt.length > 0) print.line('The stages that made them run again with the next `pipe repro`.');
    return corrupt.length > 0 ? 1 : 0;
  });
}

/** The digests that lock files name, and those that their directories name. */
function neededDigests(workspace: OpenWorkspace): Digest[] {
  const { layout, folders } = workspace;
  const objects = objectsFolder(folders.cache, layout);
  const members = (digest: Digest): Digest[] => [
    ...filesIn(join(objects, digest.slice(0, 2), digest.slice(2)), layout.content),
  ];
  return neededContents(workspace).flatMap(({ digest }) => [
    digest,
    ...(isDirectory(digest) ? members(digest) : []),
  ]);
}

/** Each returns the exit code. */
export const cacheCommands = { path: cachePath, size: cacheSize, list: cacheList } as const;

async function cachePath(flags: OutputFlags): Promise<number> {
  const { folders } = await load({});
  const print = makePrinter(flags);
  print.json({ path: folders.cache });
  print.line(spelledOut(folders.cache));
  return 0;
}

async function cacheSize(flags: OutputFlags): Promise<number> {
  const { folders, dialect } = await load({});
  const objects = [...listObjects(folders.cache, dialect.layout)];
  const bytes = objects.reduce((sum, { size }) => sum + size, 0);
  const print = makePrinter(flags);
  print.json({ objects: objects.length, bytes });
  print.line(`${countText(objects.length, 'object')}, ${bytesText(bytes)}`);
  return 0;
}

/** Largest first. */
async function cacheList(flags: OutputFlags): Promise<number> {
  const { folders, dialect } = await load({});
  const objects = [...listObjects(folders.cache, dialect.layout)].sort((a, b) => b.size - a.size);
  const print = makePrinter(flags);
  const list = objects.map(({ digest, size, time }) => ({
    digest,
    size,
    time: new Date(time).toISOString(),
  }));
  print.json(list);
  for (const { digest, size, time } of list) print.line(`${digest}  ${String(size).padStart(12)}  ${time}`);
  return 0;
}

/** @returns the exit code. */
export async function unprotectCommand(targets: readonly string[], flags: OutputFlags): Promise<number> {
  const { project, graph, folders, dialect } = await load({});
  const objects = objectsFolder(folders.cache, dialect.layout);
  const stages = selectStages({ project, graph }, targets, { single: targets.length > 0 });
  let replaced = 0;
  for (const out of stages.flatMap(({ outs }) => outs))
    replaced += unprotect(join(project.root, out.at), objects);
  const print = makePrinter(flags);
  print.json({ replaced });
  print.line(`${countText(replaced, 'link')} to the cache replaced by files of their own.`);
  return 0;
}
