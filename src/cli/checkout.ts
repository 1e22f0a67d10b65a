// `pipe checkout` and `pipe commit`: workspace ← lock file, and lock file ← workspace.
import { PipeError, type Problem } from '../base/problem.ts';
import { checkout } from '../run/checkout.ts';
import { commit, findCommittable, type Committable } from '../run/commit.ts';
import { restoreHint } from '../show/live/event-lines.ts';
import { problemText, warningText } from '../show/text/problem-text.ts';
import { describeReasons } from '../show/status/reason-text.ts';
import { spelledOut } from '../show/text/spell-out.ts';
import { wantsColour } from '../show/text/colour.ts';
import { decidedStages, type OverlayFlags } from '../session/load.ts';
import { withLockedWorkspace } from '../session/with-workspace.ts';

export interface CheckoutFlags extends OverlayFlags {
  readonly force?: true;
}

/** @returns the exit code. */
export function checkoutCommand(targets: readonly string[], flags: CheckoutFlags): Promise<number> {
  return withLockedWorkspace(flags, async (workspace) => {
    const stages = decidedStages(workspace, targets, { single: targets.length > 0 });
    const { changed, missing, unkept, saved } = await checkout(stages, flags.force === true, workspace);
    for (const { at, saved: kept } of saved)
      console.log(`saved\t${spelledOut(at)}\t${restoreHint({ path: at, id: kept.id })}`);
    for (const { what, path } of changed) console.log(`${what === 'added' ? 'A' : 'M'}\t${spelledOut(path)}`);
    if (changed.length === 0 && missing.length === 0 && unkept.length === 0)
      console.log('Everything is as the lock file records it.');
    for (const problem of missing)
      process.stderr.write(problemText(problem, wantsColour(process.stderr)) + '\n');
    for (const problem of unkept)
      process.stderr.write(warningText(problem, wantsColour(process.stderr)) + '\n');
    return missing.length > 0 ? 1 : 0;
  });
}

/** @returns the exit code. */
export function commitCommand(targets: readonly string[], flags: CheckoutFlags): Promise<number> {
  return withLockedWorkspace(flags, async (workspace, beside) => {
    const stages = decidedStages(workspace, targets, { single: targets.length > 0 });
    const found = await findCommittable(stages, workspace);
    if (found.length > 0 && !flags.force) throw new PipeError(found.map(unconfirmedProblem));
    const committed = await commit(
      found.map(({ stage }) => stage),
      workspace,
      beside,
      (problem) => void process.stderr.write(problemText(problem, wantsColour(process.stderr)) + '\n'),
    );
    console.log(
      committed.length > 0
        ? `Recorded: ${committed.map(spelledOut).join(', ')}`
        : 'Nothing to record: the workspace is as the lock file has it.',
    );
    return 0;
  });
}

function unconfirmedProblem({ stage, reasons }: Committable): Problem {
  return {
    code: 'commit-unconfirmed',
    title: `'${stage.address}' differs from its record`,
    facts: [['differs', describeReasons(reasons)]],
    hint: 'to take the workspace as its result without running it, give -f',
    place: stage.place,
  };
}
