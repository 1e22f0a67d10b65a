// `pipe exp show`: the experiments with what differs between them. Loads no pipeline.
import type { ExperimentRecord } from '../../experiment/record.ts';
import { readRecords, recordNamed } from '../../experiment/record-files.ts';
import { bestOf, ranked, readRanking } from '../../experiment/best.ts';
import { stateOf } from '../../experiment/record-state.ts';
import { columnsOf, differs, type Column } from '../../experiment/table.ts';
import { runProgram } from '../../base/run-program.ts';
import { exactText } from '../../show/experiment/cells.ts';
import { shownColumns, type ColumnChoice } from '../../show/experiment/shown-columns.ts';
import { experimentJson, type ShownExperiment } from '../../show/experiment/shown-experiment.ts';
import { tableCsv, tableMarkdown } from '../../show/experiment/table-formats.ts';
import { tableText, type CommitText } from '../../show/experiment/table-text.ts';
import { wantsColour } from '../../show/text/colour.ts';
import { experimentsPlace } from '../../session/experiments-place.ts';
import { makePrinter, type OutputFlags } from '../printer.ts';
import { printProblem } from '../problems.ts';

export interface ExpShowFlags extends OutputFlags, ColumnChoice {
  /** A column, with `:asc` or `:desc`. */
  readonly sort?: string;
  /** A metric, with `:min` or `:max`. */
  readonly best?: string;
  readonly csv?: true;
  readonly md?: true;
}

const WIDTH_OF_FILES = 120;

/** @param names all, if none is given. @returns the exit code. */
export async function expShowCommand(names: readonly string[], flags: ExpShowFlags): Promise<number> {
  const { root, folder } = await experimentsPlace();
  const { records, unreadable } = readRecords(folder);
  unreadable.forEach(printProblem);
  const chosen = names.length > 0 ? names.map((name) => recordNamed(folder, name)) : records;
  const columns = columnsOf(chosen);
  if (flags.best !== undefined) printBest(chosen, columns, flags.best, flags);
  else printAll(sorted(chosen, columns, flags.sort), columns, root, flags);
  return unreadable.length > 0 ? 1 : 0;
}

function sorted(
  records: readonly ExperimentRecord[],
  columns: readonly Column[],
  sort: string | undefined,
): readonly ExperimentRecord[] {
  if (sort === undefined) return records;
  const byName = new Map(records.map((record) => [record.name, record]));
  const given = readRanking(sort, columns, '--sort');
  // Without a direction the smallest comes first, as in any sorted table.
  const direction = /:(?:max|desc)$/.test(sort) ? 'max' : 'min';
  return ranked([...byName.keys()], { ...given, direction }).map((name) => byName.get(name)!);
}

function printBest(
  records: readonly ExperimentRecord[],
  columns: readonly Column[],
  best: string,
  flags: OutputFlags,
): void {
  const ranking = readRanking(best, columns, '--best');
  const names = records.map(({ name }) => name);
  const name = bestOf(names, ranking);
  const print = makePrinter(flags);
  print.json(records.filter((record) => record.name === name).map((record) => experimentJson(shown(record))));
  if (name === undefined) return print.line(`No experiment has a number for ${ranking.column.label} yet.`);
  const params = columns.filter((column) => column.kind === 'param' && differs(column, names));
  const values = [...params, ranking.column]
    .filter(({ values }) => values.has(name))
    .map(({ label, values }) => `${label}=${exactText(values.get(name))}`);
  print.line([name, ...values].join('  '));
}

function printAll(
  records: readonly ExperimentRecord[],
  columns: readonly Column[],
  root: string,
  flags: ExpShowFlags,
): void {
  const experiments = records.map(shown);
  const names = records.map(({ name }) => name);
  const print = makePrinter(flags);
  if (flags.json) return print.json(experiments.map(experimentJson));
  if (flags.csv)
    return print.text(tableCsv(experiments, shownColumns(columns, names, { ...flags, all: true })));
  if (experiments.length === 0) return print.line('There are no experiments yet: `pipe exp run` makes them.');
  const chosen = shownColumns(columns, names, flags);
  if (flags.md) return print.text(tableMarkdown(experiments, chosen));
  print.text(
    tableText(experiments, {
      columns: chosen,
      commits: commitsOf(records, root),
      width: process.stdout.isTTY ? process.stdout.columns : WIDTH_OF_FILES,
      colour: wantsColour(process.stdout),
    }),
  );
}

const shown = (record: ExperimentRecord): ShownExperiment => ({ record, state: stateOf(record) });

/** What git knows of their revisions; nothing of one that it does not have. */
function commitsOf(records: readonly ExperimentRecord[], root: string): ReadonlyMap<string, CommitText> {
  const revisions = new Set(records.flatMap(({ revision }) => revision ?? []));
  if (revisions.size === 0) return new Map();
  const format = '--format=%H%x00%h%x00%s%x00%D';
  const end = runProgram(
    'git',
    ['log', '--no-walk=unsorted', '--ignore-missing', format, ...revisions, '--'],
    {
      cwd: root,
    },
  );
  if (end.kind !== 'exited') return new Map();
  return new Map(
    end.stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => {
        const [revision, short, subject, refs] = line.split('\0') as [string, string, string, string];
        const names = refs
          .split(', ')
          .filter(Boolean)
          .map((name) => name.replace(/^(?:HEAD -> |tag: )/, ''));
        return [revision, { short, subject, names: names.filter((name) => name !== 'HEAD') }];
      }),
  );
}
