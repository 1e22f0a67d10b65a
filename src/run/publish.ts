// The outputs of a stage: cleared before it runs; hashed, stored, flushed and only then recorded after it; restored instead.
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { crashPoint } from '../disk/crash-point.ts';
import type { RunCache } from '../cache/run-cache.ts';
import { isDirectory, type Content, type Digest } from '../hash/digest.ts';
import { lockedPath, type LockedOrigin, type LockedPath, type LockEntry } from '../lock/lock-entry.ts';
import { absolutePath } from '../base/workspace-path.ts';
import type { Problem } from '../base/problem.ts';
import { PipeError } from '../base/problem.ts';
import type { Out, Stage } from '../pipeline/stage.ts';
import { lockEntry, type Inputs } from '../plan/fingerprint.ts';
import { lookAtAll } from '../plan/look-at-all.ts';
import { hasReusableResult, keepsBytes } from '../plan/reusable.ts';
import type { Workspace } from '../plan/workspace.ts';
import { isThere, saveUnmade, type Replaced } from './save-unmade.ts';
import { missingOutProblem } from './stage-problems.ts';

/**
 * Deletes what the stage is about to write and creates the folders around it. `persist` outputs stay and become writable.
 */
export async function clearOuts(
  stage: Stage,
  workspace: Workspace,
  onSaved: (replaced: Replaced) => void,
): Promise<void> {
  const { project, contents, hasher, store } = workspace;
  for (const out of stage.outs) {
    const path = join(project.root, out.at);
    const mayHoldLinks = hasher.watchForLinks(path);
    const saved = await saveUnmade(stage, out, !out.persist, workspace);
    saved.forEach(onSaved);
    if (out.persist) {
      if (mayHoldLinks()) store.unprotect(path);
    } else {
      crashPoint('clear output');
      rmSync(path, { recursive: true, force: true });
    }
    if (out.at.includes('/') && !existsSync(dirname(path))) mkdirSync(dirname(path), { recursive: true });
    contents.written(out.at);
  }
}

/** A declared output that the command wrote. */
export interface FoundOut {
  readonly out: Out;
  readonly content: Content;
  /** What the lock file names. */
  readonly recorded?: Content | undefined;
}

/** @throws PipeError naming every declared output that does not exist. */
export async function lookAtOuts(stage: Stage, { contents, locks }: Workspace): Promise<FoundOut[]> {
  const recorded = locks.entry(stage)?.outs;
  for (const { at } of stage.outs) contents.written(at);
  const found = await lookAtAll(stage.outs, recorded, (at, before) => contents.get(at, before));
  const missing = stage.outs.filter((_, index) => found[index] === undefined);
  if (missing.length > 0) throw new PipeError(missing.map((out) => missingOutProblem(stage, out)));
  return stage.outs.map((out, index) => ({
    out,
    content: found[index]!,
    recorded: lockedPath(recorded, out.path)?.content,
  }));
}

/**
 * Stores the outputs and records the stage.
 * @param complete the inputs stayed the same during the run, so the result may be used again for the same inputs.
 * @param warn called where the run cache cannot keep the result; the lock file records it all the same.
 * @throws PipeError when the outputs cannot be stored or recorded.
 */
export async function publish(
  stage: Stage,
  inputs: Inputs,
  outs: readonly FoundOut[],
  complete: boolean,
  workspace: Workspace,
  warn: (problem: Problem) => void,
): Promise<void> {
  record(stage, inputs, await storeOuts(outs, workspace), complete, workspace, warn);
}

export interface StoreSteps {
  /** A run of the stage has just ended, which left most files of its `persist` outputs as they were stored. */
  readonly stays?: boolean;
  /** Called when the outputs only wait to be flushed. @returns whether other stages end in a moment. */
  readonly stored?: (() => boolean) | undefined;
}

/**
 * Stores the outputs that the cache keeps.
 * @returns all of them as they are recorded. @throws PipeError when they cannot be stored.
 */
export async function storeOuts(
  outs: readonly FoundOut[],
  { project, store, isTemporary }: Pick<Workspace, 'project' | 'store' | 'isTemporary'>,
  { stays = false, stored }: StoreSteps = {},
): Promise<readonly LockedPath[]> {
  for (const { out, content, recorded } of outs) {
    if (keepsBytes(out) || isTemporary)
      await store.store(
        join(project.root, out.at),
        content,
        stays && out.persist ? recorded?.digest : undefined,
      );
  }
  await store.flushTogether(stored?.());
  return outs.map(({ out, content }) => ({ path: out.path, content }));
}

/**
 * Records a stage whose outputs the store has: in the run cache, if the result is reusable, and in the lock file.
 * @param origin of imported data; undefined: as recorded before.
 */
export function record(
  stage: Stage,
  inputs: Inputs,
  outs: readonly LockedPath[],
  complete: boolean,
  { rules, runCache, locks }: Workspace,
  warn: (problem: Problem) => void,
  origin?: LockedOrigin,
): void {
  const made = lockEntry(inputs, outs);
  const entry: LockEntry = stage.cmd === null ? asData(made, origin ?? locks.entry(stage)?.origin) : made;
  if (complete && stage.cmd !== null && hasReusableResult(stage, rules)) {
    const key = rules.runKey(inputs);
    for (const problem of remember(entry, key, runCache))
      warn({ ...problem, title: `${stage.address}: ${problem.title}` });
  }
  locks.record(stage, entry);
}

/** Imported data that was changed by hand still has its origin. */
const asData = (made: LockEntry, origin: LockedOrigin | undefined): LockEntry => ({
  data: true,
  ...made,
  ...(origin && { origin }),
});

function remember(entry: LockEntry, key: Digest, runCache: RunCache): readonly Problem[] {
  try {
    const warning = runCache.save(key, entry);
    return warning ? [warning] : [];
  } catch (error) {
    if (error instanceof PipeError) return error.problems;
    throw error;
  }
}

/**
 * Puts the outputs of an earlier run into the workspace, if they are not in place already.
 * @returns false where the cache does not have all of them intact.
 */
export async function restoreOuts(
  stage: Stage,
  outs: readonly LockedPath[],
  workspace: Workspace,
  onSaved: (replaced: Replaced) => void,
): Promise<boolean> {
  for (const out of stage.outs) {
    const content = lockedPath(outs, out.path)?.content;
    if (!content) return false;
    if (!(await restoreOut(stage, out, content, workspace, onSaved))) return false;
  }
  return true;
}

/** As `restoreOuts`, of one output. */
export async function restoreOut(
  stage: Stage,
  out: Out,
  content: Content,
  workspace: Workspace,
  onSaved: (replaced: Replaced) => void,
): Promise<boolean> {
  const { project, store, contents, hasher } = workspace;
  if (await isInPlace(out, content, workspace)) return true;
  const path = absolutePath(project.root, out.at);
  // Where nothing is, nothing is replaced: what the cache lacks shows on the way.
  if (isThere(path, out.at) && !store.has(content)) return false;
  const removed = !isDirectory(content.digest);
  const saved = await saveUnmade(stage, { ...out, persist: false }, removed, workspace);
  saved.forEach(onSaved);
  const restored = await store.restore(content, path);
  contents.written(out.at);
  // What was placed is known: the next command need not hash it again.
  if (restored === 'restored' && !hasher.hasPlaced(path)) await contents.get(out.at, content);
  return restored === 'restored';
}

async function isInPlace(out: Out, content: Content, workspace: Workspace): Promise<boolean> {
  const { rules, contents, store } = workspace;
  const now = await contents.get(out.at, content);
  if (now?.digest !== content.digest) return false;
  if (rules.outModesCount && now.isexec !== content.isexec) return false;
  return !rules.needsObjects || !out.cache || store.has(content);
}
