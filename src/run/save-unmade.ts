// Before an output is replaced: saves what is at its path, if no stage made it and the cache does not have it. Of a folder these are the
// files that the cache does not have, and those that its content does not include, such as ignored ones.
import { lstatSync } from 'node:fs';
import { posix } from 'node:path';
import { saveAside, type Saved } from '../cache/saved.ts';
import { storeError } from '../disk/store-error.ts';
import { isDirectory, type Content } from '../hash/digest.ts';
import { lockedPath } from '../lock/lock-entry.ts';
import { absolutePath, type WorkspacePath } from '../base/workspace-path.ts';
import { PipeError } from '../base/problem.ts';
import type { Out, Stage } from '../pipeline/stage.ts';
import { unheldIn } from '../plan/held.ts';
import type { Workspace } from '../plan/workspace.ts';
import type { SavedOf } from './event.ts';
import { isPartialOut, leftOutIn } from './partial-outs.ts';

/** An output that was replaced, and what was saved of it. */
export interface Replaced {
  readonly at: WorkspacePath;
  readonly saved: Saved;
  /** Of a folder: so many of its files were saved, and not the others, which the cache has. */
  readonly files?: number;
}

export const savedOf = ({ at, saved: { id }, files }: Replaced): SavedOf => ({
  path: at,
  id,
  ...(files !== undefined && { files }),
});

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
  const save = (at: WorkspacePath, stays = out.persist, parts?: readonly string[]): Replaced => {
    const what = { at, stage: stage.address };
    const saved = saveAside(absolutePath(project.root, at), what, folders.saved, stays, parts);
    contents.written(out.at);
    return { at, saved, ...(parts && { files: saved.about.files }) };
  };
  const unmade = await unmadeAt(stage, out, workspace);
  if (unmade === 'whole') return [save(out.at, out.persist || (!removed && holdsOthers(out.at, workspace)))];
  const parts = unmade.length === 0 ? [] : [save(out.at, out.persist, unmade)];
  const others = removed ? leftOutIn(out.at, workspace).filter((at) => !isPartialOut(at, workspace)) : [];
  return [...parts, ...others.map((at) => save(at))];
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

/** What no stage made and the cache does not have: all that is at the path, or these paths in the folder there. */
async function unmadeAt(stage: Stage, out: Out, workspace: Workspace): Promise<'whole' | readonly string[]> {
  const { locks, contents, store } = workspace;
  const own = lockedPath(locks.entry(stage)?.outs, out.path)?.content;
  let content: Content | undefined;
  let parts: readonly string[] | undefined;
  try {
    content = await contents.get(out.at, own);
    // What a stage made it can make again; data is only where it is kept.
    const isOwn = stage.cmd !== null && content !== undefined && content.digest === own?.digest;
    if (content && (isOwn || store.has(content))) return [];
    if (content && isDirectory(content.digest)) {
      const unheld = await unheldIn(out.at, content, workspace);
      if (unheld.paths.length === 0 || !unheld.isAll) parts = unheld.paths;
    }
  } catch (error) {
    // What cannot be hashed was never stored; saving it works all the same, or fails with its own error.
    if (!(error instanceof PipeError)) throw error;
  }
  if (isPartialOut(out.at, workspace)) return [];
  if (content !== undefined && isOfAnotherStage(out.at, content, workspace)) return [];
  return parts ?? 'whole';
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
