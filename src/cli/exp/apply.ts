// `pipe exp apply` and `pipe exp save`: an experiment becomes the workspace, and the workspace an experiment.
import { spelledOut } from '../../show/text/spell-out.ts';
import { shellQuote } from '../../base/shell-quote.ts';
import { applyExperiment } from '../../session/experiments/apply.ts';
import { branchOf } from '../../session/experiments/branch.ts';
import { load } from '../../session/load.ts';
import { recordNamed } from '../../experiment/record-files.ts';
import { saveExperiment } from '../../session/experiments/save.ts';
import { withLockedWorkspace, withWorkspace } from '../../session/with-workspace.ts';
import { makePrinter, type OutputFlags } from '../printer.ts';
import { printWarning } from '../problems.ts';

export interface ExpSaveFlags extends OutputFlags {
  readonly force?: true;
}

/** @returns the exit code. */
export function expApplyCommand(name: string, flags: OutputFlags): Promise<number> {
  return withLockedWorkspace({}, async (workspace, beside) => {
    const { files, outs, saved, warnings } = await applyExperiment(name, workspace, beside);
    const print = makePrinter(flags);
    print.json({ experiment: name, files, outs, saved: saved.map(({ at, id }) => ({ path: at, id })) });
    for (const { at, id } of saved)
      print.line(
        `saved\t${spelledOut(at)}\t\`pipe cache restore ${id} ${shellQuote(`${at}.saved`)}\` brings back what was there`,
      );
    for (const path of [...files, ...outs]) print.line(`M\t${spelledOut(path)}`);
    print.line(
      files.length + outs.length === 0
        ? `The workspace is '${name}' already.`
        : `The workspace is '${name}' now.`,
    );
    warnings.forEach(printWarning);
    return 0;
  });
}

/** @param branch its name; default: that of the experiment. @returns the exit code. */
export async function expBranchCommand(
  name: string,
  branch: string | undefined,
  flags: OutputFlags,
): Promise<number> {
  const loaded = await load({});
  const record = recordNamed(loaded.folders.experiments, name);
  const made = await withWorkspace(loaded, {}, (workspace) =>
    Promise.resolve(branchOf(record, branch ?? name, workspace)),
  );
  const print = makePrinter(flags);
  print.json({ experiment: name, ...made });
  print.line(`Made the branch '${made.branch}' at ${made.commit.slice(0, 7)}: ${made.files.join(', ')}.`);
  if (record.dirty)
    printWarning({
      code: 'exp-other-code',
      title: `'${name}' was made with changes of code that were not committed; the branch does not have them`,
    });
  return 0;
}

/** @returns the exit code. */
export function expSaveCommand(name: string, flags: ExpSaveFlags): Promise<number> {
  return withLockedWorkspace({}, async (workspace) => {
    await saveExperiment(name, flags.force === true, workspace);
    makePrinter(flags).line(`The workspace is the experiment '${name}'.`);
    return 0;
  });
}
