// `pipe history`: what earlier runs did, and why.
import { join } from 'node:path';
import { readHistory } from '../run/history.ts';
import { historyText } from '../show/history-text.ts';
import { wantsColour } from '../show/text/colour.ts';
import { countText } from '../show/text/count-text.ts';
import { accountHistory } from '../session/account-history.ts';
import { load } from '../session/load.ts';
import { makePrinter, type OutputFlags } from './printer.ts';

export interface HistoryFlags extends OutputFlags {
  /** The number of newest runs; all if left out. */
  readonly last?: number;
}

/** @returns the exit code. */
export async function historyCommand(flags: HistoryFlags): Promise<number> {
  const { folders, project } = await load({});
  const entries = readHistory(join(folders.state, 'history.jsonl'));
  const runs = [...new Set(entries.map(({ run }) => run))].slice(-(flags.last ?? Infinity));
  const { entries: shown, absent } = await accountHistory(
    entries.filter(({ run }) => runs.includes(run)),
    project,
  );
  if (flags.json) for (const entry of shown) process.stdout.write(JSON.stringify(entry) + '\n');
  else
    makePrinter(flags).text(
      historyText(shown, { colour: wantsColour(process.stdout), verbose: flags.verbose === true }),
    );
  if (absent && !flags.json)
    process.stderr.write(
      `The memory of ${countText(absent.jobs, 'job')} is unknown: Slurm's accounting does not answer (${absent.reason}).\n`,
    );
  return 0;
}
