// Makes the workspace hold what the lock file records, without running anything.
import { join } from 'node:path';
import { isDirectory, type Content } from '../hash/digest.ts';
import { PipeError, type Problem } from '../pipeline/problem.ts';
import type { Out, Stage, StageAddress } from '../pipeline/stage.ts';
import type { Workspace } from '../plan/workspace.ts';
import { restoreOuts } from './publish.ts';

export interface CheckedOut {
  readonly stage: StageAddress;
  /** As declared. */
  readonly path: string;
  readonly what: 'added' | 'modified';
}

export interface CheckoutResult {
  readonly changed: readonly CheckedOut[];
  /** Recorded outputs that the cache does not have. */
  readonly missing: readonly Problem[];
}

/**
 * @param force replace outputs that were changed by hand and whose bytes the cache does not have.
 * @throws PipeError naming all such outputs (without `force`), before anything is written.
 */
export async function checkout(
  stages: readonly Stage[],
  force: boolean,
  workspace: Workspace,
): Promise<CheckoutResult> {
  const different = await findDifferent(stages, workspace);
  const unsaved = different.filter(({ unsaved }) => unsaved);
  if (unsaved.length > 0 && !force)
    throw new PipeError(unsaved.map(({ stage, out }) => unsavedProblem(stage, out)));
  const changed: CheckedOut[] = [];
  const missing: Problem[] = [];
  for (const [stage, outs] of Map.groupBy(different, ({ stage }) => stage)) {
    const entry = workspace.locks.entry(stage)!;
    if (await restoreOuts(stage, entry.outs, workspace)) {
      for (const { out, present } of outs)
        changed.push({ stage: stage.address, path: out.path, what: present ? 'modified' : 'added' });
    } else missing.push(missingProblem(stage));
  }
  return { changed, missing };
}

interface Different {
  readonly stage: Stage;
  readonly out: Out;
  readonly present: boolean;
  /** What stands there would be lost. */
  readonly unsaved: boolean;
}

async function findDifferent(stages: readonly Stage[], workspace: Workspace): Promise<Different[]> {
  const { project, locks, contents } = workspace;
  const found: Different[] = [];
  for (const stage of stages) {
    const recorded = new Map(locks.entry(stage)?.outs.map((out) => [out.path, out.content]));
    for (const out of stage.outs) {
      const wanted = recorded.get(out.path);
      const content = await contents.get(out.at, wanted);
      if (
        !wanted ||
        (content?.digest === wanted.digest && (project.kind === 'dvc' || content.isexec === wanted.isexec))
      )
        continue;
      found.push({
        stage,
        out,
        present: content !== undefined,
        unsaved: content !== undefined && !(await isSaved(out, content, workspace)),
      });
    }
  }
  return found;
}

/** Of a directory, what counts are its files: one that was restored half-way is no loss. */
async function isSaved(
  { at }: Out,
  content: Content,
  { project, hasher, store }: Workspace,
): Promise<boolean> {
  if (store.has(content)) return true;
  if (!isDirectory(content.digest)) return false;
  const { entries } = await hasher.tree(join(project.root, at), content);
  return entries.every((entry) => entry.kind !== 'file' || store.has(entry));
}

function unsavedProblem(stage: Stage, out: Out): Problem {
  return {
    code: 'checkout-unsaved',
    title: `'${out.path}' of '${stage.address}' was changed by hand, and the cache does not have it`,
    hint: 'keep it with `pipe commit`, or give -f to replace it',
    place: stage.place,
  };
}

function missingProblem(stage: Stage): Problem {
  return {
    code: 'checkout-missing',
    title: `the cache does not have the recorded outputs of '${stage.address}'`,
    hint: `fetch them (\`pipe pull ${stage.address}\`), or run it again (\`pipe repro ${stage.address}\`)`,
    place: stage.place,
  };
}
