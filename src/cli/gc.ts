// `pipe gc`: removes unused results from the cache, or prints what it would remove. Both print one list.
import { realpathSync } from 'node:fs';
import { relative } from 'node:path';
import { collectGarbage, type Garbage } from '../cache/collect-garbage.ts';
import { sizeOf, type GarbagePolicy } from '../cache/garbage-policy.ts';
import type { GarbageItem } from '../cache/list-garbage.ts';
import { SAVED_DAYS } from '../cache/saved.ts';
import { bytesText } from '../show/text/bytes-text.ts';
import { countText } from '../show/text/count-text.ts';
import { withLockedWorkspace } from '../session/with-workspace.ts';
import { neededContents } from './needed-contents.ts';
import { makePrinter, type OutputFlags } from './printer.ts';

export interface GcFlags extends OutputFlags {
  /** Milliseconds. */
  readonly keep?: number;
  /** Bytes. */
  readonly maxSize?: number;
  readonly workspace?: true;
  readonly allBranches?: true;
  /** How long to keep files that were saved before they were replaced, in milliseconds. */
  readonly saved?: number;
  readonly dry?: true;
}

const DAY = 24 * 3600 * 1000;
/** Without options. */
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
    const print = makePrinter(flags);
    print.json(garbageJson(garbage, flags.dry === true));
    for (const line of garbageLines(garbage, flags, dir)) print.line(line);
    return 0;
  });
}

function garbageJson({ items, kept, others }: Garbage, dry: boolean): object {
  return {
    dry,
    bytes: sizeOf(items),
    removed: items.map(({ kind, path, size, results }) => ({
      kind,
      path,
      bytes: size,
      ...(results !== undefined && { results }),
    })),
    kept,
    unreadable: others.map(({ path }) => path),
  };
}

function garbageLines({ items, kept, others }: Garbage, flags: GcFlags, dir: string): string[] {
  const shown = (path: string): string => (path.startsWith(`${dir}/`) ? relative(dir, path) : path);
  const listed = flags.verbose ? items : items.slice(0, SHORT_LIST);
  const more = items.length - listed.length;
  const of = (kind: GarbageItem['kind']): GarbageItem[] => items.filter((item) => item.kind === kind);
  const part = (kind: GarbageItem['kind'], n: number, noun: string, after = ''): string =>
    `${countText(n, noun)}${after} (${bytesText(sizeOf(of(kind)))})`;
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
    `Kept ${countText(kept.objects, 'object')}: ${bytesText(kept.bytes)}.`,
    ...(others.length > 0
      ? [
          `Left alone below ${shown(`${dir}/runs`)}: ${countText(others.length, 'file')} that this version cannot read as records: ${names.join(', ')}${others.length > names.length ? ', …' : ''}`,
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
