// `pipe exp rename` and `pipe exp remove`: change records only.
import { PipeError } from '../../base/problem.ts';
import { stateOf } from '../../experiment/record-state.ts';
import {
  findRecord,
  readRecords,
  recordNamed,
  removeRecord,
  writeRecord,
} from '../../experiment/record-files.ts';
import type { ExperimentRecord } from '../../experiment/record.ts';
import { experimentsPlace } from '../../session/experiments-place.ts';
import { makePrinter, type OutputFlags } from '../printer.ts';

export interface ExpRemoveFlags extends OutputFlags {
  readonly all?: true;
  readonly failed?: true;
}

/** @returns the exit code. */
export async function expRenameCommand(from: string, to: string, flags: OutputFlags): Promise<number> {
  const { folder } = await experimentsPlace();
  const record = recordNamed(folder, from);
  refuseRunning([record]);
  if (findRecord(folder, to))
    throw new PipeError({
      code: 'exp-exists',
      title: `there is an experiment '${to}' already`,
      hint: `choose another name, or remove it first (\`pipe exp remove ${to}\`)`,
    });
  const { group: _, ...alone } = record;
  // The new record first: whatever happens, one of them is there.
  writeRecord(folder, { ...alone, name: to });
  removeRecord(folder, from);
  makePrinter(flags).line(`'${from}' is called '${to}' now.`);
  return 0;
}

/** @returns the exit code. */
export async function expRemoveCommand(names: readonly string[], flags: ExpRemoveFlags): Promise<number> {
  const { folder } = await experimentsPlace();
  const { records, unreadable } = readRecords(folder);
  const print = makePrinter(flags);
  if (names.length === 0 && !flags.all && !flags.failed)
    throw new PipeError({
      code: 'exp-unnamed',
      title: 'no experiment to remove is named',
      hint: 'name them, or give --failed or --all',
    });
  const named = names.map((name) => recordNamed(folder, name));
  const failed = flags.failed
    ? records.filter((record) => ['failed', 'interrupted'].includes(stateOf(record)))
    : [];
  const chosen = new Map(
    [...named, ...failed, ...(flags.all ? records : [])].map((record) => [record.name, record]),
  );
  if (flags.all && unreadable.length > 0) throw new PipeError(unreadable);
  refuseRunning([...chosen.values()]);
  for (const name of chosen.keys()) {
    removeRecord(folder, name);
    print.line(`Removed '${name}'.`);
  }
  if (chosen.size === 0) print.line('There is nothing to remove.');
  return 0;
}

function refuseRunning(records: readonly ExperimentRecord[]): void {
  const running = records.filter((record) => stateOf(record) === 'running');
  if (running.length === 0) return;
  throw new PipeError(
    running.map(({ name }) => ({
      code: 'exp-running',
      title: `the experiment '${name}' is running`,
      hint: 'wait for its end, or stop it (Ctrl-C where it runs)',
    })),
  );
}
