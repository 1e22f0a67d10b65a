// `pipe du`: how large tracked files and folders are, by what is recorded: nothing needs to be in the workspace.
import { folderHere } from '../../base/workspace-path.ts';
import { load } from '../../session/load.ts';
import { recordedSizes } from '../../session/recorded-sizes.ts';
import { withWorkspace } from '../../session/with-workspace.ts';
import { bytesText } from '../../show/text/bytes-text.ts';
import { countText } from '../../show/text/count-text.ts';
import { spelledOut } from '../../show/text/spell-out.ts';
import { makePrinter, type OutputFlags } from '../printer.ts';

export interface DuFlags extends OutputFlags {
  readonly summarize?: true;
}

/** @param targets paths, relative to the current folder. @returns the exit code. */
export async function duCommand(targets: readonly string[], flags: DuFlags): Promise<number> {
  const loaded = await load({});
  const entries = await withWorkspace(loaded, {}, (workspace) =>
    Promise.resolve(recordedSizes(targets, folderHere(workspace.project.root), workspace)),
  );
  const total = entries.reduce((sum, { bytes = 0 }) => sum + bytes, 0);
  const print = makePrinter(flags);
  print.json({ entries: flags.summarize ? [] : entries, bytes: total });
  const shown = (bytes: number | undefined): string =>
    (bytes === undefined ? 'unknown' : bytesText(bytes)).padStart(10);
  if (!flags.summarize)
    for (const { path, bytes, files } of entries)
      print.line(
        `${shown(bytes)}  ${spelledOut(path)}${files === undefined ? '' : `/ (${countText(files, 'file')})`}`,
      );
  print.line(
    `${shown(total)}  ${flags.summarize && targets.length === 1 ? spelledOut(targets[0]!) : 'total'}`,
  );
  return 0;
}
