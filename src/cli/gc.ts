// `pipe gc`: removes unused results from the cache, or prints what it would remove. Both print one list.
import { relative } from 'node:path';
import { collectGarbage, type Garbage } from '../cache/collect-garbage.ts';
import { sizeOf, type GarbagePolicy } from '../cache/garbage-policy.ts';
import type { GarbageItem } from '../cache/list-garbage.ts';
import { SAVED_DAYS } from '../cache/saved.ts';
import { bytesText } from '../show/text/bytes-text.ts';
import { countText } from '../show/text/count-text.ts';
import { isCacheShared, othersOf, type OtherProject } from '../session/cache-projects.ts';
import type { OpenWorkspace } from '../session/open-workspace.ts';
import { spelledOut } from '../show/text/spell-out.ts';
import { withLockedWorkspace } from '../session/with-workspace.ts';
import { neededContents } from '../session/needed-contents.ts';
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
  const dry = flags.dry === true;
  const collect = async (workspace: OpenWorkspace): Promise<number> => {
    const { layout, folders } = workspace;
    const { cache: dir, placing: scratch } = folders;
    const others = isCacheShared(workspace) ? othersOf(workspace, dry) : undefined;
    const garbage = collectGarbage({
      dir,
      layout,
      scratch,
      quarantine: layout.quarantine(dir, scratch),
      saved: { folder: folders.saved, keepFor: flags.saved ?? SAVED_DAYS * DAY },
      needed: [...neededContents(workspace, flags.allBranches === true), ...(others?.needed ?? [])],
      policy: policyOf(flags),
      // Another version of pipe, or DVC, may work in a folder that is shared.
      exclusive: !others,
      dry,
    });
    const print = makePrinter(flags);
    const projects = others?.kept ?? [];
    print.json(garbageJson(garbage, projects, dry));
    for (const line of garbageLines(garbage, flags, dir)) print.line(line);
    for (const line of projectLines(projects)) print.line(line);
    return 0;
  };
  return withLockedWorkspace({}, collect, { cacheAlone: !dry });
}

function garbageJson(
  { items, kept, others }: Garbage,
  projects: readonly OtherProject[],
  dry: boolean,
): object {
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
    projects: projects.map(({ root, host, gone }) => ({ root, host, gone })),
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

function projectLines(projects: readonly OtherProject[]): string[] {
  return projects.map(({ root, host, gone, lastUse }) => {
    const since = new Date(lastUse).toISOString().slice(0, 10);
    const where = gone ? `${root} on ${host}, not seen from here; last use ${since}` : root;
    return `Kept what another project needs: ${spelledOut(where)}.`;
  });
}

function policyOf({ keep, maxSize, workspace, allBranches }: GcFlags): GarbagePolicy {
  if (workspace || allBranches) return { onlyNeeded: true };
  if (keep === undefined && maxSize === undefined) return DEFAULT_POLICY;
  return { ...(keep !== undefined && { keepFor: keep }), ...(maxSize !== undefined && { maxSize }) };
}
