// What `pipe fetch` and `pipe pull` do about imports, which no remote of this project has: data of other repositories comes from there,
// at the recorded commit, and data that was recorded without being downloaded from its source.
import { rmSync } from 'node:fs';
import { join, posix } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { shellQuote } from '../../base/shell-quote.ts';
import { PipeError, type Problem } from '../../base/problem.ts';
import { temporaryName } from '../../disk/temporary-name.ts';
import { beginUnfinished, finished } from '../../disk/unfinished.ts';
import { isDirectory, type Content } from '../../hash/digest.ts';
import type { ManifestEntry } from '../../hash/tree.ts';
import type { LockEntry } from '../../lock/lock-entry.ts';
import type { Stage } from '../../pipeline/stage.ts';
import {
  basesOf,
  bringFromRepository,
  bringList,
  type RepositoryOrigin,
} from '../../repository/find-origin.ts';
import type { BesideRun } from '../../run/beside-run.ts';
import type { CheckedOut } from '../../run/checkout.ts';
import { importData, outOf } from '../../run/import/import-data.ts';
import { entriesIn, type RecordedPart } from '../../run/remote/part-records.ts';
import type { OpenWorkspace } from '../../session/open-workspace.ts';
import type { OutputFlags } from '../printer.ts';
import { downloading, reportSaved, type Reports } from './downloading.ts';
import { findingOf } from './finding.ts';
import type { Meant } from '../remotes/meant-records.ts';

export interface FetchImportsOptions {
  readonly beside: BesideRun | undefined;
  readonly flags: OutputFlags;
  /** Data that was never downloaded is put into the workspace, and recorded. */
  readonly place: boolean;
}

export interface FetchedImports {
  /** Into the cache alone. */
  readonly fetched: readonly Stage[];
  /** Into the workspace too. */
  readonly placed: readonly CheckedOut[];
  /** What could not be had. */
  readonly problems: readonly Problem[];
}

export async function fetchImports(
  { stages, parts }: Pick<Meant, 'stages' | 'parts'>,
  workspace: OpenWorkspace,
  { beside, flags, place }: FetchImportsOptions,
): Promise<FetchedImports> {
  const problems: Problem[] = [];
  const fetched: Stage[] = [];
  const placed: CheckedOut[] = [];
  const asked = new Map<Stage, readonly RecordedPart[]>(stages.map((stage) => [stage, []]));
  for (const part of parts)
    if (!stages.includes(part.stage)) asked.set(part.stage, [...(asked.get(part.stage) ?? []), part]);
  for (const [stage, wanted] of asked) {
    const { origin } = stage;
    const entry = origin && workspace.locks.entry(stage);
    if (!origin || !entry?.origin) continue;
    const recorded = entry.outs.find(({ path }) => path === outOf(stage).path)?.content;
    const fetch = async (reports: Reports): Promise<void> => {
      if (!recorded) {
        await bringRecorded(stage, entry, workspace, beside, reports);
        placed.push({ stage: stage.address, path: outOf(stage).at, what: 'added' });
      } else if (origin.kind === 'repository') {
        const imported = { stage, origin, recorded, rev: entry.origin?.rev };
        if (await fetchRecorded(imported, wanted, workspace, reports)) fetched.push(stage);
      }
    };
    if (recorded ? origin.kind === 'url' || workspace.store.has(recorded) : !place) continue;
    try {
      await downloading('Fetching imports', flags, fetch);
    } catch (error) {
      if (!(error instanceof PipeError)) throw error;
      problems.push(...error.problems.map((problem) => ({ place: stage.place, ...problem })));
    }
  }
  return { fetched, placed, problems };
}

interface RecordedImport {
  readonly stage: Stage;
  readonly origin: RepositoryOrigin;
  readonly recorded: Content;
  readonly rev: string | undefined;
}

/** Into the cache only. @param parts of the folder; none: all of it. @returns whether it lacked something. */
async function fetchRecorded(
  imported: RecordedImport,
  parts: readonly RecordedPart[],
  workspace: OpenWorkspace,
  reports: Reports,
): Promise<boolean> {
  const listed = parts.length > 0 ? await listOf(imported, workspace, reports) : undefined;
  if (!listed) {
    await fetchWhole(imported, workspace, reports);
    return true;
  }
  let lacked = false;
  for (const { out, at } of parts) {
    const inside = posix.relative(out.at, at);
    const files = entriesIn(listed, inside).filter((entry) => entry.kind === 'file');
    const areHere = (): boolean => files.every(({ digest }) => workspace.store.sizeOf(digest) !== undefined);
    if (areHere()) continue;
    const { origin } = imported;
    const part = { ...imported, origin: { ...origin, path: posix.join(origin.path, inside) } };
    await bringToCache(part, workspace, reports, areHere);
    lacked = true;
  }
  return lacked;
}

/** The list of a folder; undefined where only the whole of it says what is in it. */
async function listOf(
  { stage, origin, recorded, rev }: RecordedImport,
  workspace: OpenWorkspace,
  reports: Reports,
): Promise<readonly ManifestEntry[] | undefined> {
  const { project, store, rules } = workspace;
  if (!isDirectory(recorded.digest) || recorded.legacy) return undefined;
  const known = store.entries(recorded);
  if (known) return known;
  const options = { ...reports, modes: rules.outModesCount };
  const came = await bringList(origin, basesOf(project.root, stage), rev, recorded, workspace, options);
  return came ? store.entries(recorded) : undefined;
}

const fetchWhole = (imported: RecordedImport, workspace: OpenWorkspace, reports: Reports): Promise<void> =>
  bringToCache(imported, workspace, reports, (content) => content.digest === imported.recorded.digest);

/** @param isRight of what came, which the cache has by then. */
async function bringToCache(
  { stage, origin, rev }: RecordedImport,
  workspace: OpenWorkspace,
  reports: Reports,
  isRight: (content: Content) => boolean,
): Promise<void> {
  const { folders, hasher, store, project, rules } = workspace;
  // Not beside the output: its folder would appear in the workspace.
  const path = beginUnfinished(join(folders.placing, temporaryName()));
  try {
    const options = { ...reports, modes: rules.outModesCount };
    await bringFromRepository(origin, basesOf(project.root, stage), rev, path, workspace, options);
    const content = await hasher.look(path);
    if (!content) throw otherData(stage);
    await store.store(path, content);
    store.flush();
    if (!isRight(content)) throw otherData(stage);
  } finally {
    rmSync(path, { recursive: true, force: true });
    finished(path);
  }
}

/** At the version that was recorded without its data. */
async function bringRecorded(
  stage: Stage,
  { origin }: LockEntry,
  workspace: OpenWorkspace,
  beside: BesideRun | undefined,
  reports: Reports,
): Promise<void> {
  const { project, rules } = workspace;
  const declared = stage.origin!;
  const options = { ...reports, modes: rules.outModesCount };
  await importData(
    stage,
    async (path) => {
      if (declared.kind === 'repository')
        return bringFromRepository(
          declared,
          basesOf(project.root, stage),
          origin?.rev,
          path,
          workspace,
          options,
        );
      const now = await findingOf(declared, stage).bring(workspace, path, options);
      if (!isDeepStrictEqual(now, origin)) throw otherData(stage);
      return now;
    },
    { workspace, beside, declare: () => undefined, onSaved: reportSaved },
  );
}

function otherData(stage: Stage): PipeError {
  return new PipeError({
    code: 'source-changed',
    title: `the source of '${stage.address}' has other data than was recorded`,
    hint: `take what it has now with \`pipe update ${shellQuote(stage.address)}\``,
    place: stage.place,
  });
}
