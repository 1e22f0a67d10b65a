// Stores and records what is at the outputs of a stage that did not run now: taken over by `pipe commit`, or edited by hand.
import { PipeError, type Problem } from '../base/problem.ts';
import { withoutSecrets } from '../base/url-secrets.ts';
import type { LockedOrigin } from '../lock/lock-entry.ts';
import type { Stage } from '../pipeline/stage.ts';
import type { Inputs } from '../plan/fingerprint.ts';
import type { Workspace } from '../plan/workspace.ts';
import { sourceMissing } from '../source/source-problem.ts';
import type { BesideRun } from './beside-run.ts';
import { openWorkspaceSource } from './import/workspace-source.ts';
import { lookAtOuts, record, storeOuts } from './publish.ts';

/** @throws PipeError for an output that is missing, or cannot be stored or recorded. */
export async function publishAsIs(
  stage: Stage,
  inputs: Inputs,
  workspace: Workspace,
  beside: BesideRun | undefined,
  warn: (problem: Problem) => void,
): Promise<void> {
  beside?.refuseTracked(stage);
  const outs = await storeOuts(await lookAtOuts(stage, workspace), workspace);
  const origin = workspace.rules.recordsSources ? await lookAtSource(stage, workspace, warn) : undefined;
  record(stage, inputs, outs, true, workspace, warn, origin);
  beside?.ignore(stage);
}

/** What the source of imported data has now; undefined where its record stays. */
async function lookAtSource(
  { address, origin, place }: Stage,
  workspace: Workspace,
  warn: (problem: Problem) => void,
): Promise<LockedOrigin | undefined> {
  // A commit of a repository stays, as with DVC.
  if (origin?.kind !== 'url') return undefined;
  try {
    const source = await openWorkspaceSource(origin, workspace, true);
    const content = await source.look();
    if (!content) throw sourceMissing(withoutSecrets(origin.url));
    return { content };
  } catch (error) {
    if (!(error instanceof PipeError)) throw error;
    for (const problem of error.problems)
      warn({
        ...problem,
        title: `${address}: ${problem.title}, so the record keeps what was there before`,
        place,
      });
    return undefined;
  }
}
