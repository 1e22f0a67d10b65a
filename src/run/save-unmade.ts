// Before an output is replaced: saves what is at its path, if no stage made it and the cache does not have it. In a folder that a stage
// made, these are the files that its content does not include, such as ignored ones.
import { lstatSync } from 'node:fs';
import { posix } from 'node:path';
import { saveAside, type Saved } from '../cache/saved.ts';
import { storeError } from '../disk/store-error.ts';
import type { Content } from '../hash/digest.ts';
import { absolutePath, type WorkspacePath } from '../base/workspace-path.ts';
import { PipeError } from '../base/problem.ts';
import type { Out, Stage } from '../pipeline/stage.ts';
import { isHeld } from '../plan/held.ts';
import type { Workspace } from '../plan/workspace.ts';
import { isPartialOut, leftOutIn } from './partial-outs.ts';

/** An output that was replaced, and what was saved of it. */
export interface Replaced {
  readonly at: WorkspacePath;
  readonly saved: Saved;
}

/**
 * @param removed a folder goes as a whole; else files in it that its content does not include stay where they are.
 * @throws PipeError for what cannot be saved, before anything is removed.
 */
export async function saveUnmade(
  stage: Stage,
  out: Out,
  removed: boolean,
  workspace: Workspace,
): Promise<readonly Replaced[]> {
  const { project, folders, contents } = workspace;
  if (!isThere(absolutePath(project.root, out.at), out.at)) return [];
  // It can have changed since the stage was decided.
  contents.written(out.at);
  const save = (at: WorkspacePath, stays = out.persist): Replaced => {
    const what = { at, stage: stage.address };
    const saved = saveAside(absolutePath(project.root, at), what, folders.saved, stays);
    contents.written(out.at);
    return { at, saved };
  };
  if (await isUnmade(stage, out, workspace))
    return [save(out.at, out.persist || (!removed && holdsOthers(out.at, workspace)))];
  return removed
    ? leftOutIn(out.at, workspace)
        .filter((at) => !isPartialOut(at, workspace))
        .map((at) => save(at))
    : [];
}

/** Files in it that its content does not include stay. */
function holdsOthers(at: WorkspacePath, workspace: Workspace): boolean {
  if (!lstatSync(absolutePath(workspace.project.root, at)).isDirectory()) return false;
  try {
    return leftOutIn(at, workspace).length > 0;
  } catch (error) {
    if (error instanceof PipeError) return false;
    throw error;
  }
}

/** @param path the absolute path of `at`. */
export function isThere(path: string, at: WorkspacePath): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    throw storeError(error, `look at '${at}' before it is replaced`, path);
  }
}

async function isUnmade(stage: Stage, out: Out, workspace: Workspace): Promise<boolean> {
  const { locks, contents } = workspace;
  const own = locks.entry(stage)?.outs.find(({ path }) => path === out.path)?.content;
  let content: Content | undefined;
  try {
    content = await contents.get(out.at, own);
    // What a stage made it can make again; data is only where it is kept.
    const isOwn = stage.cmd !== null && content !== undefined && content.digest === own?.digest;
    if (content && (isOwn || (await isHeld(out.at, content, workspace)))) return false;
  } catch (error) {
    // What cannot be hashed was never stored; saving it works all the same, or fails with its own error.
    if (!(error instanceof PipeError)) throw error;
  }
  if (isPartialOut(out.at, workspace)) return false;
  return content === undefined || !isOfAnotherStage(out.at, content, workspace);
}

/** A stage that was renamed, or whose output moved to another stage, left it as it is recorded. */
function isOfAnotherStage(at: WorkspacePath, { digest }: Content, { locks }: Workspace): boolean {
  return Iterator.from(locks.recorded())
    .filter(({ entry }) => !entry.data)
    .some(({ folder, entry }) =>
      entry.outs.some(
        ({ path, content }) =>
          content.digest === digest && posix.normalize(posix.join(folder, entry.wdir ?? '.', path)) === at,
      ),
    );
}
