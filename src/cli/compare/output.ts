// How commands that compare print: as a table for a terminal, as Markdown, CSV or JSON.
import type { Json } from '../../base/spelling.ts';
import { failuresOf, type SideValues } from '../../compare/file-values.ts';
import { painter } from '../../show/text/paint.ts';
import { wantsColour } from '../../show/text/colour.ts';
import { spelledOut } from '../../show/text/spell-out.ts';
import { tableCsv, tableMarkdown, tableText, type Table } from '../../show/text/table.ts';
import { makePrinter, type OutputFlags } from '../printer.ts';
import { WORKSPACE } from '../../revision/revision-at.ts';
import { shortName } from '../../show/compare/metrics-table.ts';
import { printWarning } from '../problems.ts';

export interface TableFlags extends OutputFlags {
  readonly md?: true;
  readonly csv?: true;
  /** Digits after the decimal point. */
  readonly precision?: number;
}

/** @param empty what people read in place of a table without rows. */
export function printTable(table: () => Table, json: () => Json, flags: TableFlags, empty: string): void {
  const print = makePrinter(flags);
  if (flags.json) return print.json(json());
  if (flags.quiet) return;
  const made = table();
  if (flags.csv) return print.text(tableCsv(made));
  if (flags.md) return print.text(tableMarkdown(made));
  if (made.rows.length === 0) return print.line(empty);
  const paint = painter(wantsColour(process.stdout));
  print.text(tableText(made, process.stdout.columns || Infinity, paint));
}

/** More than these are only counted. */
const MOST_NAMED = 2;

/** Says on stderr what could not be read. The command goes on with the rest, and ends with 0 as DVC's do. */
export function reportFailures(sides: readonly SideValues[], what: string): void {
  const failed = sides.filter((side) => failuresOf(side).length > 0);
  if (failed.length === 0) return;
  if (failed.length <= MOST_NAMED)
    for (const side of failed) for (const { problems } of failuresOf(side)) problems.forEach(printWarning);
  const names = failed.map(({ name }) => shortName(name) || WORKSPACE).join(', ');
  process.stderr.write(spelledOut(`some ${what} could not be read at: ${names}`) + '\n');
}
