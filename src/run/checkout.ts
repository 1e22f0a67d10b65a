// Restores the outputs that the lock file records, without running anything.
import { shellQuote } from '../base/shell-quote.ts';
import type { Content } from '../hash/digest.ts';
import { PipeError, type Problem } from '../base/problem.ts';
import type { Out, Stage, StageAddress } from '../pipeline/stage.ts';
import { isHeld } from '../plan/held.ts';
import type { Workspace } from '../plan/workspace.ts';
import { restoreOut } from './publish.ts';
import type { StageRecord } from './remote/remote-outs.ts';
import type { Replaced } from './save-unmade.ts';
import { remakingHint } from './stage-problems.ts';

export interface CheckedOut {
  readonly stage: StageAddress;
  /** From the root. */
  readonly path: string;
  readonly what: 'added' | 'modified';
}

export interface CheckoutResult {
  readonly changed: readonly CheckedOut[];
  /** Recorded outputs that the cache should have, and does not. */
  readonly missing: readonly Problem[];
  /** Recorded outputs that the cache does not keep: they come from git, or with the next run. */
  readonly unkept: readonly Problem[];
  /** Outputs that were changed by hand, and saved before they were replaced. */
  readonly saved: readonly Replaced[];
}

/**
 * @param force also replace outputs that were changed by hand and that the cache does not have; they are saved before.
 * @throws PipeError naming all such outputs (without `force`), before anything is written.
 */
export async function checkout(
  records: readonly StageRecord[],
  force: boolean,
  workspace: Workspace,
): Promise<CheckoutResult> {
  const different = await findDifferent(records, workspace);
  const unsaved = different.filter(({ unsaved }) => unsaved);
  if (unsaved.length > 0 && !force)
    throw new PipeError(unsaved.map(({ stage, out }) => unsavedProblem(stage, out)));
  const changed: CheckedOut[] = [];
  const missing: Problem[] = [];
  const unkept: Problem[] = [];
  const saved: Replaced[] = [];
  for (const { stage, out, wanted, present } of different) {
    if (await restoreOut(stage, out, wanted, workspace, (replaced) => saved.push(replaced)))
      changed.push({ stage: stage.address, path: out.at, what: present ? 'modified' : 'added' });
    else if (out.cache) missing.push(missingProblem(stage, out));
    else unkept.push(unkeptProblem(stage, out, present));
  }
  return { changed, missing, unkept, saved };
}

interface Different {
  readonly stage: Stage;
  readonly out: Out;
  /** As recorded. */
  readonly wanted: Content;
  readonly present: boolean;
  /** The cache does not have what is in the workspace. */
  readonly unsaved: boolean;
}

async function findDifferent(records: readonly StageRecord[], workspace: Workspace): Promise<Different[]> {
  const { rules, contents, store } = workspace;
  const found: Different[] = [];
  for (const { stage, entry } of records) {
    const recorded = new Map(entry?.outs.map((out) => [out.path, out]));
    for (const out of stage.outs) {
      const locked = recorded.get(out.path);
      if (!locked) continue;
      const wanted = locked.content;
      const content = await contents.get(out.at, wanted);
      const same = !rules.outModesCount || content?.isexec === wanted.isexec;
      if (content?.digest === wanted.digest && same) continue;
      // Without the recorded bytes nothing is replaced.
      const unsaved =
        content !== undefined && store.has(wanted) && !(await isHeld(out.at, content, workspace));
      found.push({ stage, out, wanted, present: content !== undefined, unsaved });
    }
  }
  return found;
}

function unsavedProblem(stage: Stage, out: Out): Problem {
  return {
    code: 'checkout-unsaved',
    title: `'${out.path}' of '${stage.address}' was changed by hand, and the cache does not have it`,
    hint: 'keep it with `pipe commit`, or give -f to replace it (it is saved before, and `pipe cache restore` brings it back)',
    place: stage.place,
  };
}

function missingProblem(stage: Stage, out: Out): Problem {
  const again = remakingHint(stage);
  const pull = `fetch it (\`pipe pull ${shellQuote(stage.address)}\`)`;
  return {
    code: 'checkout-missing',
    title: `the cache does not have the recorded output '${out.path}' of '${stage.address}'`,
    hint: out.push
      ? [pull, again].filter(Boolean).join(', or ')
      : `it is on no remote (\`push: false\`): ${again ?? 'put it there'}`,
    place: stage.place,
  };
}

function unkeptProblem(stage: Stage, out: Out, present: boolean): Problem {
  return {
    code: 'checkout-missing',
    title: `'${out.path}' of '${stage.address}' is ${present ? 'not as recorded' : 'missing'}, and the cache does not keep it (\`cache: false\`)`,
    hint: `take it from git, or run the stage again (\`pipe repro ${shellQuote(stage.address)}\`); all other outputs were restored`,
    place: stage.place,
  };
}
