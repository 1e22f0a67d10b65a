// `pipe gc`: removes from the cache what is of no use any more, or says what it would remove. Both print one list.
import { realpathSync } from 'node:fs';
import { relative } from 'node:path';
import { collectGarbage, type Garbage } from '../cache/collect-garbage.ts';
import { sizeOf, type GarbagePolicy } from '../cache/garbage-policy.ts';
import type { GarbageItem } from '../cache/list-garbage.ts';
import { SAVED_DAYS } from '../cache/saved.ts';
import type { Content } from '../hash/digest.ts';
import type { Lock } from '../lock/lock-entry.ts';
import { locksInFolder, locksOfBranches } from '../lock/other-locks.ts';
import { bytesText } from '../show/text/bytes-text.ts';
import type { OpenWorkspace } from '../session/open-workspace.ts';
import { withLockedWorkspace } from '../session/with-workspace.ts';

export interface GcFlags {
  /** Milliseconds. */
  readonly keep?: number;
  /** Bytes. */
  readonly maxSize?: number;
  readonly workspace?: true;
  readonly allBranches?: true;
  /** How long to keep what was saved before it was replaced, in milliseconds. */
  readonly saved?: number;
  readonly dry?: true;
  readonly verbose?: true;
}

const DAY = 24 * 3600 * 1000;
/** Without options: the results of a month, and no more than this. */
const DEFAULT_POLICY: GarbagePolicy = { keepFor: 30 * DAY, maxSize: 20 * 2 ** 30 };
/** Lines of the list that are printed without `--verbose`. */
const SHORT_LIST = 20;

/** @returns the exit code. */
export function gcCommand(flags: GcFlags): Promise<number> {
  return withLockedWorkspace({}, async (workspace) => {
    const { project, layout, folders } = workspace;
    const { cache: dir, placing: scratch } = folders;
    const garbage = collectGarbage({
      dir,
      layout,
      scratch,
      quarantine: layout.quarantine(dir, scratch),
      saved: { folder: folders.saved, keepFor: flags.saved ?? SAVED_DAYS * DAY },
      needed: neededContents(workspace, flags.allBranches === true),
      policy: policyOf(flags),
      // A cache folder outside of the project may be shared with others.
      exclusive: isInside(dir, project.root),
      dry: flags.dry === true,
    });
    for (const line of garbageLines(garbage, flags, dir)) console.log(line);
    return 0;
  });
}

function garbageLines({ items, kept, others }: Garbage, flags: GcFlags, dir: string): string[] {
  const shown = (path: string): string => (path.startsWith(`${dir}/`) ? relative(dir, path) : path);
  const listed = flags.verbose ? items : items.slice(0, SHORT_LIST);
  const more = items.length - listed.length;
  const of = (kind: GarbageItem['kind']): GarbageItem[] => items.filter((item) => item.kind === kind);
  const part = (kind: GarbageItem['kind'], n: number, noun: string, after = ''): string =>
    `${count(n, noun)}${after} (${bytesText(sizeOf(of(kind)))})`;
  const results = of('record').reduce((sum, item) => sum + (item.results ?? 0), 0);
  const parts = [
    part('object', of('object').length, 'object'),
    part('record', results, 'result', ' of earlier runs'),
    part('leftover', of('leftover').length, 'leftover'),
    part('saved', of('saved').length, 'saved output'),
  ];
  const names = others.slice(0, SHORT_LIST).map(({ path }) => shown(path));
  return [
    ...listed.map(
      ({ kind, path, size, left }) =>
        `${kind.padEnd(8)}  ${bytesText(size).padStart(10)}  ${shown(path)}${left === undefined ? '' : ' (in part)'}`,
    ),
    ...(more > 0 ? [`… and ${more} more (-v lists them all)`] : []),
    `${flags.dry ? 'Would remove' : 'Removed'} ${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}: ${bytesText(sizeOf(items))}.`,
    `Kept ${count(kept.objects, 'object')}: ${bytesText(kept.bytes)}.`,
    ...(others.length > 0
      ? [
          `Left alone below ${shown(`${dir}/runs`)}: ${count(others.length, 'file')} that this version cannot read as records: ${names.join(', ')}${others.length > names.length ? ', …' : ''}`,
        ]
      : []),
  ];
}

/** The cache folder can be a symbolic link to another place. */
function isInside(dir: string, root: string): boolean {
  try {
    return realpathSync.native(dir).startsWith(`${realpathSync.native(root)}/`);
  } catch {
    return dir.startsWith(`${root}/`); // no cache yet
  }
}

function policyOf({ keep, maxSize, workspace, allBranches }: GcFlags): GarbagePolicy {
  if (workspace || allBranches) return { onlyNeeded: true };
  if (keep === undefined && maxSize === undefined) return DEFAULT_POLICY;
  return { ...(keep !== undefined && { keepFor: keep }), ...(maxSize !== undefined && { maxSize }) };
}

/** What lock files name. */
export function neededContents(workspace: OpenWorkspace, allBranches: boolean): Content[] {
  const { dialect, project, folders, locks } = workspace;
  const { name, format } = dialect.lockFile;
  const others: Lock[] = [
    ...(dialect.keepsLocksInCache ? locksInFolder(folders.cache, format) : []),
    ...(allBranches ? locksOfBranches(project.root, name, format) : []),
  ];
  const entries = [
    ...project.stages.flatMap((stage) => locks.entry(stage) ?? []),
    ...locks.vanished().map(({ entry }) => entry),
    ...others.flatMap((lock) => [...lock.entries.values()]),
  ];
  return entries.flatMap(({ deps, outs }) => [...deps, ...outs].map(({ content }) => content));
}

const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`;
