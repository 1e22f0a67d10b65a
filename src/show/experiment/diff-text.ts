// What differs between two experiments, for people and for programs.
import { toJson, type Json } from '../../base/spelling.ts';
import type { Difference } from '../../experiment/diff.ts';
import { padTo, textWidth } from '../text/text-width.ts';
import { shortText } from './cells.ts';

const HEADS = { param: 'Param', metric: 'Metric' } as const;

/** @param names of the two sides. @param style a Markdown table, or columns. */
export function diffText(
  differences: readonly Difference[],
  names: readonly [string, string],
  style: 'columns' | 'markdown',
): string {
  const tables = (['param', 'metric'] as const).flatMap((kind) => {
    const of = differences.filter((difference) => difference.kind === kind);
    if (of.length === 0) return [];
    const head = ['Path', HEADS[kind], ...names, ...(kind === 'metric' ? ['Change'] : [])];
    const rows = of.map(({ file, path, old, new: now, diff }) => [
      file,
      path.join('.'),
      shortText(old),
      shortText(now),
      ...(kind === 'metric' ? [shortText(diff)] : []),
    ]);
    return [style === 'markdown' ? markdown(head, rows) : columns([head, ...rows])];
  });
  return tables.join('\n');
}

function columns(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, index) => Math.max(...rows.map((row) => textWidth(row[index]!))));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, index) => padTo(cell, widths[index]!))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replace(/[\\|<>`*_[\]]/g, '\\$&').replace(/\r?\n/g, ' ')).join(' | ')} |\n`;
  return line(head) + `|${' --- |'.repeat(head.length)}\n` + rows.map(line).join('');
}

/** As `dvc exp diff --json` prints it. */
export function diffJson(differences: readonly Difference[]): Json {
  const part = (kind: Difference['kind']): Json => {
    const files = Map.groupBy(
      differences.filter((difference) => difference.kind === kind),
      ({ file }) => file,
    );
    return Object.fromEntries(
      [...files].map(([file, of]) => [
        file,
        Object.fromEntries(
          of.map(({ path, old, new: now, diff }) => [
            path.join('.'),
            {
              old: toJson(old ?? null),
              new: toJson(now ?? null),
              ...(diff !== undefined && { diff: toJson(diff) }),
            },
          ]),
        ),
      ]),
    );
  };
  return { params: part('param'), metrics: part('metric') };
}
