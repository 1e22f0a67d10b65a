// `pipe gc`: removes unused results from the cache, or prints what it would remove. Both print one list.
import { relative } from 'node:path';
import type { Garbage } from '../cache/collect-garbage.ts';
import { sizeOf, type GarbagePolicy } from '../cache/garbage-policy.ts';
import type { GarbageItem } from '../cache/list-garbage.ts';
import { bytesText } from '../show/text/bytes-text.ts';
import { countText } from '../show/text/count-text.ts';
import type { OtherProject } from '../session/cache-projects.ts';
import { collectCache, DEFAULT_POLICY, type Collected } from '../session/collect-cache.ts';
import type { OpenWorkspace } from '../session/open-workspace.ts';
import { spelledOut } from '../show/text/spell-out.ts';
import { load } from '../session/load.ts';
import { runningNow } from '../session/run-lock.ts';
import { withLockedWorkspace, withWorkspace } from '../session/with-workspace.ts';
import { PipeError } from '../base/problem.ts';
import { choosesRevisions } from '../revision/chosen-revisions.ts';
import { confirmed, type ConfirmFlags } from './confirm.ts';
import { neededDigests, type NeededFlags } from './needed-digests.ts';
import { openCollection, type CollectFlags } from './remotes/collect-remote.ts';
import { remoteGarbageJson, remoteGarbageLines } from './remotes/garbage-text.ts';
import { makePrinter, type OutputFlags } from './printer.ts';

export interface GcFlags extends OutputFlags, NeededFlags, CollectFlags, ConfirmFlags {
  /** Milliseconds. */
  readonly keep?: number;
  /** Bytes. */
  readonly maxSize?: number;
  readonly workspace?: true;
  /** How long to keep files that were saved before they were replaced, in milliseconds. */
  readonly saved?: number;
  readonly dry?: true;
}

/** Lines of the list that are printed without `--verbose`. */
const SHORT_LIST = 20;

/** @returns the exit code. */
export async function gcCommand(flags: GcFlags): Promise<number> {
  if (flags.cloud && !keepsRevisions(flags)) throw unsureWhat();
  const work = async (workspace: OpenWorkspace): Promise<number> => {
    const needed = await neededDigests(workspace, flags);
    const asked = {
      needed,
      policy: policyOf(flags),
      ...(flags.saved !== undefined && { saved: flags.saved }),
    };
    const collect = (dry: boolean): Promise<Collected> =>
      collectCache(workspace, asked, { dry, isAlone: !flags.dry || !runningNow(workspace.folders.state) });
    return flags.cloud
      ? collectEverywhere(workspace, collect, flags)
      : collectOnlyHere(workspace, collect, flags);
  };
  // Neither does a list wait for a run, nor is the project noted in a shared cache for it.
  if (flags.dry) return withWorkspace(await load({}), {}, work);
  return withLockedWorkspace({}, work, { cacheAlone: true });
}

const keepsRevisions = (flags: GcFlags): boolean => flags.workspace === true || choosesRevisions(flags);

async function collectOnlyHere(
  { folders }: OpenWorkspace,
  collect: (dry: boolean) => Promise<Collected>,
  flags: GcFlags,
): Promise<number> {
  const { garbage, projects } = await collect(flags.dry === true);
  const print = makePrinter(flags);
  print.json(garbageJson(garbage, projects, flags.dry === true));
  for (const line of garbageLines(garbage, flags, folders.cache)) print.line(line);
  for (const line of projectLines(projects)) print.line(line);
  return 0;
}

/** The list of both comes first, and nothing is removed without a yes. */
async function collectEverywhere(
  workspace: OpenWorkspace,
  collect: (dry: boolean) => Promise<Collected>,
  flags: GcFlags,
): Promise<number> {
  const dry = flags.dry === true;
  const print = makePrinter(flags);
  const remote = await openCollection(workspace, () => neededDigests(workspace, flags), flags);
  try {
    const { garbage: local, projects } = await collect(true);
    const cloud = await remote.list();
    const others = await remote.others();
    const planned = { ...flags, dry: true as const };
    for (const line of garbageLines(local, planned, workspace.folders.cache)) print.line(line);
    for (const line of projectLines(projects)) print.line(line);
    for (const line of remoteGarbageLines(remote.remote, cloud, others, planned)) print.line(line);
    if (dry) {
      print.json({
        ...garbageJson(local, projects, true),
        remote: remoteGarbageJson(remote.remote, cloud, cloud.items, others),
      });
      return 0;
    }
    const { items } = cloud;
    if (
      items.length + local.items.length > 0 &&
      !(await confirmed(`Remove this from the cache and from '${remote.remote.name}'?`, flags))
    )
      return 1;
    const removed = items.length > 0 ? await remote.remove(items) : [];
    const { garbage: here } = await collect(false);
    print.json({
      ...garbageJson(here, projects, false),
      remote: remoteGarbageJson(remote.remote, cloud, removed, others),
    });
    print.line(
      `Removed ${bytesText(sizeOf(here.items))} from the cache and ${countText(removed.length, 'file')} (${bytesText(sizeOf(removed))}) from '${spelledOut(remote.remote.name)}'.`,
    );
    return 0;
  } finally {
    await remote.close();
  }
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
  const shown = (path: string): string => spelledOut(path.startsWith(`${dir}/`) ? relative(dir, path) : path);
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

function policyOf(flags: GcFlags): GarbagePolicy {
  const { keep, maxSize } = flags;
  if (keepsRevisions(flags)) return { onlyNeeded: true };
  if (keep === undefined && maxSize === undefined) return DEFAULT_POLICY;
  return { ...(keep !== undefined && { keepFor: keep }), ...(maxSize !== undefined && { maxSize }) };
}

const unsureWhat = (): PipeError =>
  new PipeError(
    {
      code: 'gc-unsure',
      title: 'gc --cloud does not know what to keep on the remote',
      hint: 'give -w (what the workspace records), -a (and all branches), -T (tags), -A (commits) or --rev, with --dry first: others may need the rest',
    },
    2,
  );
