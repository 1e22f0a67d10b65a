// Brings imported data into the workspace and the cache, and records it together with what it was brought from. Data appears at its
// path as a whole; what was there is saved first, unless the cache has it.
import { lstatSync, rmSync } from 'node:fs';
import { absolutePath } from '../../base/workspace-path.ts';
import { TemporaryPlaces } from '../../cache/temporary-places.ts';
import { crashPoint } from '../../disk/crash-point.ts';
import { discardFolder } from '../../disk/discard.ts';
import { inFolderFor } from '../../disk/folder-for.ts';
import { systemError } from '../../disk/system-problem.ts';
import { beginUnfinished, finished } from '../../disk/unfinished.ts';
import type { LockedOrigin, LockEntry, LockedPath } from '../../lock/lock-entry.ts';
import type { Out, Stage } from '../../pipeline/stage.ts';
import type { Workspace } from '../../plan/workspace.ts';
import type { BesideRun } from '../beside-run.ts';
import { lookAtOuts, storeOuts } from '../publish.ts';
import type { SentSource } from '../remote/send-source.ts';
import { isThere, saveUnmade, type Replaced } from '../save-unmade.ts';

/** Brings data to a path at which nothing is. @returns what it was brought from. */
export type Bring<T = LockedOrigin> = (path: string) => Promise<T>;

export interface Importing {
  readonly workspace: Workspace;
  readonly beside: BesideRun | undefined;
  /** Writes the file that declares the import, before it is recorded. */
  readonly declare: (entry: LockEntry) => void;
  readonly onSaved: (replaced: Replaced) => void;
}

/** @throws PipeError where the data cannot be brought, stored or recorded: then its path is empty if it was, without new folders. */
export async function importData(stage: Stage, bring: Bring, importing: Importing): Promise<LockEntry> {
  const { workspace } = importing;
  return placeData(stage, bring, importing, async (origin) => {
    const outs = await storeOuts(await lookAtOuts(stage, workspace), workspace);
    return recordImport(stage, outs, origin, importing);
  });
}

/** Brings data to its path in the workspace, for `record`. @throws PipeError as `importData`. */
export function placeData<T, R>(
  stage: Stage,
  bring: Bring<T>,
  importing: Omit<Importing, 'declare'>,
  record: (brought: T) => Promise<R>,
): Promise<R> {
  const path = absolutePath(importing.workspace.project.root, outOf(stage).at);
  return inFolderFor(path, () => placeAndRecord(stage, path, bring, importing, record));
}

async function placeAndRecord<T, R>(
  stage: Stage,
  path: string,
  bring: Bring<T>,
  importing: Omit<Importing, 'declare'>,
  record: (brought: T) => Promise<R>,
): Promise<R> {
  const isNew = !isThere(path, outOf(stage).at);
  const brought = await place(stage, bring, importing);
  if (isNew) beginUnfinished(path);
  try {
    return await record(brought);
  } catch (error) {
    if (isNew) discardFolder(path);
    throw error;
  } finally {
    finished(path);
  }
}

async function place<T>(
  stage: Stage,
  bring: Bring<T>,
  { workspace, beside, onSaved }: Omit<Importing, 'declare'>,
): Promise<T> {
  const { project, folders, contents } = workspace;
  const out = outOf(stage);
  const path = absolutePath(project.root, out.at);
  beside?.refuseTracked(stage);
  const places = new TemporaryPlaces(folders.placing, crashPoint);
  const temporary = places.newPath(path);
  try {
    const result = await bring(temporary);
    await saveFormer(stage, { workspace, onSaved });
    // A file takes the place of another in one step: whoever is killed leaves one of them there.
    if (isFolder(path) || isFolder(temporary)) rmSync(path, { recursive: true, force: true });
    places.moveIn(temporary, path);
    contents.written(out.at);
    return result;
  } catch (error) {
    throw systemError(error, { doing: `bring '${out.path}'`, path });
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** Records where data comes from, without the data: what was there before would be taken for it. */
export async function importWithoutData(
  stage: Stage,
  origin: LockedOrigin,
  importing: Importing,
): Promise<LockEntry> {
  importing.beside?.refuseTracked(stage);
  await removeFormer(stage, importing);
  return recordImport(stage, [], origin, importing);
}

/** Records data that was sent to a remote, and is not here: neither is what was there before. */
export async function importSent(
  stage: Stage,
  { content, version }: SentSource,
  importing: Importing,
): Promise<LockEntry> {
  await removeFormer(stage, importing);
  return recordImport(stage, [{ path: outOf(stage).path, content }], { content: version }, importing);
}

const isFolder = (path: string): boolean =>
  lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

/** What the cache does not have of it. */
async function saveFormer(
  stage: Stage,
  { workspace, onSaved }: Pick<Importing, 'workspace' | 'onSaved'>,
): Promise<void> {
  for (const replaced of await saveUnmade(stage, outOf(stage), true, workspace)) onSaved(replaced);
}

/** What the cache does not have is saved first. */
async function removeFormer(
  stage: Stage,
  { workspace, onSaved }: Pick<Importing, 'workspace' | 'onSaved'>,
): Promise<void> {
  const out = outOf(stage);
  await saveFormer(stage, { workspace, onSaved });
  rmSync(absolutePath(workspace.project.root, out.at), { recursive: true, force: true });
  workspace.contents.written(out.at);
}

function recordImport(
  stage: Stage,
  outs: readonly LockedPath[],
  origin: LockedOrigin,
  { workspace, beside, declare }: Importing,
): LockEntry {
  const entry: LockEntry = {
    data: true,
    cmd: '',
    wdir: '.',
    env: {},
    deps: [],
    params: new Map(),
    outs,
    origin,
  };
  declare(entry);
  workspace.locks.record(stage, entry);
  workspace.locks.fold(workspace.locks.overlay(), false);
  beside?.ignore(stage);
  beside?.addToGit();
  return entry;
}

/** An import has one output. */
export const outOf = (stage: Stage): Out => stage.outs[0]!;
