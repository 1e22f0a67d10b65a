// Puts what a stage declares into the folder in which it runs: files of the workspace, results of the experiment's other stages from the
// cache, and its parameter files.
import { chmodSync, constants, copyFileSync, lstatSync, mkdirSync, symlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { PipeError, type Problem } from '../../base/problem.ts';
import {
  absolutePath,
  isUrl,
  isWithin,
  workspacePath,
  type WorkspacePath,
} from '../../base/workspace-path.ts';
import type { ObjectStore } from '../../cache/object-store.ts';
import { discard } from '../../disk/discard.ts';
import { isDirectory, type Content } from '../../hash/digest.ts';
import type { Hasher } from '../../hash/hasher.ts';
import type { ManifestEntry } from '../../hash/tree.ts';
import type { Stage } from '../../pipeline/stage.ts';
import { contains } from '../../plan/overlap.ts';
import { isMirrored, type Mirror } from './mirror.ts';
import type { PlannedExperiment } from './planned-experiment.ts';
import type { Results } from './results.ts';
import type { WorkFolder } from './work-folder.ts';

export interface PlaceContext {
  readonly mirror: Mirror;
  /** Of the workspace. */
  readonly hasher: Hasher;
  /** Copies files of the workspace and leaves them as they are. */
  readonly store: ObjectStore;
}

/** Bytes that are copied, of one file and of what is placed together; the rest is clones, or links into the cache. */
interface CopyLimits {
  readonly file: number;
  left: number;
}

const limits = (): CopyLimits => ({ file: 64 << 10, left: 1 << 20 });
const NO_LIMITS: CopyLimits = { file: Infinity, left: Infinity };
const ROOT = '.' as WorkspacePath;

/** @throws PipeError for results that the cache has lost. */
export async function placeInputs(
  stage: Stage,
  { texts, project }: PlannedExperiment,
  results: Results,
  folder: WorkFolder,
  context: PlaceContext,
): Promise<void> {
  // A folder is placed as a whole, and before what is named in it.
  const deps = stage.deps.map(({ at }) => at).sort((a, b) => a.length - b.length);
  for (const at of deps) if (!isUrl(at)) await placeDep(at, results, folder, context);
  for (const { at } of stage.params)
    if (!texts.has(at) && isMirrored(context.mirror, at)) await placeSource(at, () => false, folder, context);
  for (const [at, text] of texts) folder.write(at, text);
  // As in the workspace, the folder of the command need not be made by hand.
  if (lstatSync(absolutePath(project.root, stage.wdir), { throwIfNoEntry: false })?.isDirectory())
    mkdirSync(folder.at(stage.wdir), { recursive: true });
}

/** Also of what only parts of come from stages. */
export async function placeDep(
  at: WorkspacePath,
  results: Results,
  folder: WorkFolder,
  context: PlaceContext,
): Promise<void> {
  if (!isMirrored(context.mirror, at)) return;
  const made = results.overlapping(at);
  const around = made.find((result) => result.at !== at && contains(result.at, at));
  if (around) return placePart(at, around.at, around.content, folder);
  if (made[0]?.at !== at)
    await placeSource(at, (path) => made.some((result) => isWithin(path, result.at)), folder, context);
  for (const result of made) await placeResult(result.at, result.content, folder, context);
}

async function placeResult(
  at: WorkspacePath,
  content: Content,
  folder: WorkFolder,
  context: PlaceContext,
): Promise<void> {
  if (folder.has(at)) return;
  // A frozen stage has outputs that only the workspace has.
  if (!context.store.has(content)) return placeSource(at, () => false, folder, context);
  await lend(content, at, folder);
}

async function lend(content: Content, at: WorkspacePath, folder: WorkFolder): Promise<void> {
  if ((await folder.tools.store.lend(content, folder.at(at))) !== 'restored')
    throw new PipeError(lostProblem(at));
  folder.placed(at);
}

/** One file or folder of a folder that a stage writes. */
async function placePart(
  at: WorkspacePath,
  top: WorkspacePath,
  content: Content,
  folder: WorkFolder,
): Promise<void> {
  const entries = folder.tools.store.entries(content);
  if (!entries) throw new PipeError(lostProblem(top));
  const inner = at.slice(top.length + 1);
  for (const entry of entries) if (isWithin(entry.path, inner)) await placeEntry(entry, top, folder);
}

async function placeEntry(entry: ManifestEntry, top: WorkspacePath, folder: WorkFolder): Promise<void> {
  const at = `${top}/${entry.path}` as WorkspacePath;
  if (folder.has(at)) return;
  if (entry.kind === 'file') return lend(entry as Content, at, folder);
  const path = folder.at(at);
  mkdirSync(dirname(path), { recursive: true });
  if (entry.kind === 'directory') return void mkdirSync(path, { recursive: true });
  symlinkSync(entry.target, path);
  folder.placed(at);
}

/** @param isResult paths that come from stages. */
export async function placeSource(
  at: WorkspacePath,
  isResult: (at: WorkspacePath) => boolean,
  folder: WorkFolder,
  context: PlaceContext,
  copied = limits(),
): Promise<void> {
  const { mirror, hasher } = context;
  const path = absolutePath(mirror.root, at);
  const looked = await hasher.lookAs('input', path);
  if (!looked) return;
  if (!isDirectory(looked.content.digest)) {
    await placeFile(at, looked.content, copied, folder, context);
    return;
  }
  const { entries } = await hasher.inputTree(path, looked.content);
  mkdirSync(folder.at(at), { recursive: true });
  for (const entry of entries) {
    const inner = (at === '.' ? entry.path : `${at}/${entry.path}`) as WorkspacePath;
    if (isResult(inner) || folder.has(inner)) continue;
    if (entry.kind === 'file') await placeFile(inner, entry, copied, folder, context);
    else if (entry.kind === 'directory') mkdirSync(folder.at(inner), { recursive: true });
    else {
      mkdirSync(dirname(folder.at(inner)), { recursive: true });
      symlinkSync(entry.target, folder.at(inner));
      folder.placed(inner);
    }
  }
  // Links lead to places of the project that the stage reads, too. From there a link into the cache would lead out of the project.
  for (const place of looked.behind.map((behind) => workspacePath(mirror.root, ROOT, behind)))
    if (!contains(at, place) && isMirrored(mirror, place))
      await placeSource(place, isResult, folder, context, NO_LIMITS);
}

async function placeFile(
  at: WorkspacePath,
  content: Content,
  copied: CopyLimits,
  folder: WorkFolder,
  { mirror, store }: PlaceContext,
): Promise<void> {
  if (folder.has(at)) return;
  const [from, to] = [absolutePath(mirror.root, at), folder.at(at)];
  mkdirSync(dirname(to), { recursive: true });
  if (content.size <= Math.min(copied.file, copied.left)) {
    copied.left -= content.size;
    copy(from, to, 0);
  } else if (!clone(from, to)) {
    if (!store.has(content)) {
      await store.store(from, content);
      store.flush();
    }
    return lend(content, at, folder);
  }
  folder.placed(at);
}

function clone(from: string, to: string): boolean {
  try {
    copy(from, to, constants.COPYFILE_FICLONE_FORCE);
    return true;
  } catch {
    discard(to);
    return false;
  }
}

/** A file that is linked into the cache is read-only; the copy is not. */
function copy(from: string, to: string, mode: number): void {
  copyFileSync(from, to, mode | constants.COPYFILE_EXCL);
  chmodSync(to, lstatSync(to).mode | 0o200);
}

function lostProblem(at: WorkspacePath): Problem {
  return {
    code: 'cache-lost',
    title: `the cache no longer has '${at}' intact, which the stage reads`,
    hint: 'run again: the stage that makes it runs then',
  };
}
