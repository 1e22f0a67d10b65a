// `pipe checkout` and `pipe commit`: workspace ← lock file, and lock file ← workspace.
import { shellQuote } from '../base/shell-quote.ts';
import { PipeError, type Problem } from '../base/problem.ts';
import { checkout, type CheckoutResult } from '../run/checkout.ts';
import { commit, findCommittable, type Committable } from '../run/commit.ts';
import type { SavedOf } from '../run/event.ts';
import { savedOf } from '../run/save-unmade.ts';
import { restoreHint } from '../show/live/event-lines.ts';
import { describeReasons } from '../show/status/reason-text.ts';
import { spelledOut } from '../show/text/spell-out.ts';
import { recordsOfParts } from '../run/remote/part-records.ts';
import { workspaceRecords } from '../run/remote/remote-outs.ts';
import { decidedStages, selectApart, type OverlayFlags } from '../session/load.ts';
import { withLockedWorkspace } from '../session/with-workspace.ts';
import { makePrinter, type OutputFlags } from './printer.ts';
import { printProblem, printWarning, problemJson } from './problems.ts';

export interface CommitFlags extends OverlayFlags, OutputFlags {
  readonly force?: true;
}

export interface CheckoutFlags extends CommitFlags {
  readonly allowMissing?: true;
}

/** @returns the exit code. */
export function checkoutCommand(targets: readonly string[], flags: CheckoutFlags): Promise<number> {
  return withLockedWorkspace(flags, async (workspace) => {
    const { stages, parts } = selectApart(workspace, targets, (others) =>
      decidedStages(workspace, others, { single: others.length > 0, outs: true }),
    );
    const records = [...workspaceRecords(stages, workspace), ...recordsOfParts(parts, workspace)];
    const result = await checkout(records, flags.force === true, workspace);
    const { changed, missing, unkept } = result;
    const print = makePrinter(flags);
    print.json({ ...checkoutJson(result), missing: missing.map(problemJson) });
    for (const line of checkoutLines(result)) print.line(line);
    if (changed.length === 0 && missing.length === 0 && unkept.length === 0)
      print.line('Everything is as the lock file records it.');
    missing.forEach(flags.allowMissing ? printWarning : printProblem);
    unkept.forEach(printWarning);
    return missing.length > 0 && !flags.allowMissing ? 1 : 0;
  });
}

/** What was saved and changed, one line each. */
export function checkoutLines({ changed, saved }: Pick<CheckoutResult, 'changed' | 'saved'>): string[] {
  return [
    ...saved.map(savedOf).map((one) => `saved\t${spelledOut(one.path)}\t${restoreHint(one)}`),
    ...changed.map(({ what, path }) => `${what === 'added' ? 'A' : 'M'}\t${spelledOut(path)}`),
  ];
}

export function checkoutJson({ changed, saved }: Pick<CheckoutResult, 'changed' | 'saved'>): {
  readonly checkout: CheckoutResult['changed'];
  readonly saved: readonly SavedOf[];
} {
  return { checkout: changed, saved: saved.map(savedOf) };
}

/** @returns the exit code. */
export function commitCommand(targets: readonly string[], flags: CommitFlags): Promise<number> {
  return withLockedWorkspace(flags, async (workspace, beside) => {
    const stages = decidedStages(workspace, targets, { single: targets.length > 0 });
    const found = await findCommittable(stages, workspace);
    // Data is what people say it is; the result of a command is what the command made.
    const unconfirmed = flags.force ? [] : found.filter(({ isChanged }) => isChanged);
    if (unconfirmed.length > 0) throw new PipeError(unconfirmed.map(unconfirmedProblem));
    const committed = await commit(
      found.map(({ stage }) => stage),
      workspace,
      beside,
      printProblem,
    );
    const print = makePrinter(flags);
    print.json({ recorded: committed });
    print.line(
      committed.length > 0
        ? `Recorded: ${committed.map(spelledOut).join(', ')}`
        : 'Nothing to record: the workspace matches the lock file.',
    );
    found.filter(isEditedImport).map(editedProblem).forEach(printWarning);
    return 0;
  });
}

/** As with DVC, what comes from a repository is never pushed: what was made of it here would be nowhere else. */
const isEditedImport = ({ stage, reasons }: Committable): boolean =>
  stage.origin?.kind === 'repository' && reasons.some(({ kind }) => kind === 'out-modified');

const editedProblem = ({ stage }: Committable): Problem => ({
  code: 'source-changed',
  title: `'${stage.address}' was edited here, and is recorded as it is now: neither its repository nor a remote has that, so it cannot be pulled elsewhere`,
  hint: `\`pipe update ${shellQuote(stage.address)}\` takes what the repository has; to share the edit, \`pipe remove\` the import and \`pipe add\` its path`,
  place: stage.place,
});

function unconfirmedProblem({ stage, reasons }: Committable): Problem {
  return {
    code: 'commit-unconfirmed',
    title: `'${stage.address}' differs from its record`,
    facts: [['differs', describeReasons(reasons)]],
    hint: 'to record the workspace as its result without running it, give -f',
    place: stage.place,
  };
}
