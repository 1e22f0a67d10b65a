// `pipe exp diff`: what differs between two experiments, or an experiment and the workspace.
import { differencesBetween } from '../../experiment/diff.ts';
import { recordNamed } from '../../experiment/record-files.ts';
import { diffJson, diffText } from '../../show/experiment/diff-text.ts';
import { experimentsPlace } from '../../session/experiments-place.ts';
import { workspaceValues } from '../../session/experiments/workspace-values.ts';
import { makePrinter, type OutputFlags } from '../printer.ts';

export interface ExpDiffFlags extends OutputFlags {
  readonly all?: true;
  readonly md?: true;
}

const WORKSPACE = 'workspace';

/** @param to the workspace, if left out. @returns the exit code. */
export async function expDiffCommand(
  from: string,
  to: string | undefined,
  flags: ExpDiffFlags,
): Promise<number> {
  const { folder } = await experimentsPlace();
  const valuesOf = async (name: string): ReturnType<typeof workspaceValues> =>
    name === WORKSPACE ? workspaceValues() : recordNamed(folder, name);
  const names = [from, to ?? WORKSPACE] as const;
  const [a, b] = [await valuesOf(names[0]), await valuesOf(names[1])];
  const differences = differencesBetween(a, b, flags.all === true);
  const print = makePrinter(flags);
  print.json(diffJson(differences));
  if (differences.length === 0) print.line('Nothing differs.');
  else print.text(diffText(differences, names, flags.md ? 'markdown' : 'columns'));
  return 0;
}
