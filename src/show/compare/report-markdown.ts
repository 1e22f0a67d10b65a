// The report of `pipe diff A B --md`: what changed between two revisions, as one Markdown text for a pull request.
import type { Changes } from '../../compare/diff-values.ts';
import type { StageChange, StageFacts, StagesDiff } from '../../compare/stage-diff.ts';
import { countText } from '../text/count-text.ts';
import { bytesText } from '../text/bytes-text.ts';
import { markdownText, tableMarkdown, type Table } from '../text/table.ts';
import { cutTo } from '../text/text-width.ts';
import { describeWordChanges } from '../status/word-diff.ts';
import { dataLines, type DataReport } from './data-text.ts';
import { diffTable } from './diff-table.ts';
import { valueText } from './value-text.ts';

export interface Report {
  readonly names: readonly [old: string, now: string];
  readonly metrics: ReadonlyMap<string, Changes>;
  readonly params: ReadonlyMap<string, Changes>;
  readonly stages: StagesDiff;
  readonly data: DataReport;
  /** Names of plots that differ, with the address of a drawing where there is one. */
  readonly plots: readonly { readonly name: string; readonly image: string | undefined }[];
  /** What could not be read. */
  readonly failures: readonly string[];
  readonly precision: number;
}

/** GitHub takes 65,536 characters in a comment. */
const MOST_CHARACTERS = 65_000;
const LONGEST_CELL = 160;
/** Rows, or stages, of a part at first; fewer where the whole is too long. */
const MOST_ROWS = 4000;

/** At most 65,000 characters: where there is more, each part says how much it leaves out. */
export function reportMarkdown(report: Report): string {
  for (let rows = MOST_ROWS; rows > 1; rows = Math.floor(rows * 0.85)) {
    const text = withRows(report, rows);
    if (text.length <= MOST_CHARACTERS) return text;
  }
  return withRows(report, 1).slice(0, MOST_CHARACTERS);
}

function withRows(report: Report, most: number): string {
  const { names, metrics, params, stages, data, plots, failures, precision } = report;
  const [old, now] = names.map(cell) as [string, string];
  const values = (title: string, diff: ReadonlyMap<string, Changes>, withChange: boolean): Table =>
    diffTable(diff, { title, names, precision, withPath: true, withChange });
  const parts = [
    part('Metrics', countOf(metrics), table(values('Metric', metrics, true), most), true),
    part('Parameters', countOf(params), table(values('Param', params, false), most), false),
    part('Stages', stagesCount(stages), stagesText(stages, most), false),
    part('Data', dataCount(data), dataTable(data, most), false),
    part('Plots', countText(plots.length, 'plot'), plotsText(plots, names, most), true),
    part('Could not be read', countText(failures.length, 'file'), list(failures, most), false),
  ].filter((text) => text !== '');
  const head = `### Changes from ${old} to ${now}\n`;
  return parts.length === 0 ? `${head}\nNothing differs.\n` : [head, ...parts].join('\n');
}

/** Nothing where the body is empty. @param isOpen shown without a click. */
function part(title: string, count: string, body: string, isOpen: boolean): string {
  if (body === '') return '';
  const open = isOpen ? ' open' : '';
  return `<details${open}>\n<summary><b>${title}</b>: ${count}</summary>\n\n${body}\n</details>\n`;
}

const countOf = (diff: ReadonlyMap<string, Changes>): string =>
  countText(
    [...diff.values()].reduce((sum, changes) => sum + changes.size, 0),
    'value',
  );

function table(whole: Table, most: number): string {
  if (whole.rows.length === 0) return '';
  const rows = whole.rows.slice(0, most).map((row) => row.map((text) => cutTo(text, LONGEST_CELL)));
  return tableMarkdown({ ...whole, rows }) + more(whole.rows.length - rows.length, 'row');
}

const more = (count: number, noun: string): string =>
  count > 0 ? `\n… and ${countText(count, `more ${noun}`)}\n` : '';

function list(items: readonly string[], most: number): string {
  const shown = items.slice(0, most).map((item) => `- ${cell(item)}\n`);
  return shown.join('') + more(items.length - shown.length, 'item');
}

const cell = (text: string): string => markdownText(cutTo(text, LONGEST_CELL));

function stagesCount({ added, removed, changed }: StagesDiff): string {
  const counts = [
    [changed.length, 'changed'],
    [added.length, 'added'],
    [removed.length, 'removed'],
  ] as const;
  return counts.flatMap(([count, what]) => (count > 0 ? [`${count} ${what}`] : [])).join(', ');
}

function stagesText({ added, removed, changed }: StagesDiff, most: number): string {
  // Members of a group that change in the same way are one item.
  const alike = (items: readonly (readonly [string, readonly string[]])[]): readonly string[] =>
    [...Map.groupBy(items, ([, lines]) => lines.join('\n'))].map(
      ([, same]) => `- ${namesText(same.map(([address]) => address))}\n${same[0]![1].join('')}`,
    );
  const items = [
    ...alike(changed.map((change) => [change.address, changeLines(change)])),
    ...alike(added.map((stage) => [stage.address, newLines(stage)])),
    ...alike(removed.map(({ address }) => [address, ['  - removed\n']])),
  ];
  const shown = items.slice(0, most);
  return shown.join('') + more(items.length - shown.length, 'stage');
}

const MOST_NAMES = 3;

function namesText(names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMES).map((name) => `**${cell(name)}**`);
  const left = names.length - shown.length;
  return left > 0 ? `${shown.join(', ')} and ${left} more` : shown.join(', ');
}

function newLines({ cmd, deps, outs }: StageFacts): readonly string[] {
  return [
    `  - added: ${cell(cmd)}\n`,
    ...(deps.size > 0 ? [`  - reads ${listText([...deps.keys()])}\n`] : []),
    ...(outs.length > 0 ? [`  - writes ${listText(outs)}\n`] : []),
  ];
}

function changeLines(change: StageChange): readonly string[] {
  const { cmd, wdir, frozen, deps, changedDeps, outs, params } = change;
  const one = (what: string, text: string): string => `  - ${what}: ${text}\n`;
  return [
    ...(cmd ? [one('command', cell(describeWordChanges(cmd.old, cmd.new)))] : []),
    ...(wdir ? [one('wdir', `${cell(wdir.old)} → ${cell(wdir.new)}`)] : []),
    ...(frozen ? [one('frozen', `${frozen.old} → ${frozen.new}`)] : []),
    ...[...params].map(([key, { old, new: now }]) =>
      one(cell(key), `${cell(valueText(old, undefined))} → ${cell(valueText(now, undefined))}`),
    ),
    ...(deps.added.length > 0 ? [one('new dependencies', listText(deps.added))] : []),
    ...(deps.removed.length > 0 ? [one('no longer reads', listText(deps.removed))] : []),
    ...(changedDeps.length > 0 ? [one('changed dependencies', listText(changedDeps))] : []),
    ...(outs.added.length > 0 ? [one('new outputs', listText(outs.added))] : []),
    ...(outs.removed.length > 0 ? [one('no longer writes', listText(outs.removed))] : []),
  ];
}

const MOST_PATHS = 20;

function listText(paths: readonly string[]): string {
  const shown = paths.slice(0, MOST_PATHS).map(cell).join(', ');
  return paths.length > MOST_PATHS ? `${shown} and ${paths.length - MOST_PATHS} more` : shown;
}

function dataCount({ diff }: DataReport): string {
  const sizes = (
    entries: readonly { readonly size: number | undefined; readonly isFolder: boolean }[],
  ): string => {
    const files = entries.filter(({ isFolder }) => !isFolder);
    if (files.length === 0) return countText(entries.length, 'folder');
    const known = files.reduce((sum, { size = 0 }) => sum + size, 0);
    return `${files.length}${known > 0 ? ` (${bytesText(known)})` : ''}`;
  };
  const counts = [
    ['added', diff.added],
    ['deleted', diff.deleted],
    ['renamed', diff.renamed.map((pair) => pair.new)],
    ['modified', diff.modified.map((pair) => pair.new)],
  ] as const;
  return counts.flatMap(([what, list]) => (list.length > 0 ? [`${sizes(list)} ${what}`] : [])).join(', ');
}

function dataTable({ diff }: DataReport, most: number): string {
  const rows = (['added', 'deleted', 'renamed', 'modified'] as const).flatMap((status) =>
    dataLines(diff, status).map(({ path, size }) => [status, path, size]),
  );
  const columns = [{ title: 'Status' }, { title: 'Path' }, { title: 'Size', align: 'right' as const }];
  return table({ columns, rows }, most);
}

function plotsText(plots: Report['plots'], [old, now]: readonly [string, string], most: number): string {
  if (plots.length === 0) return '';
  const shown = plots.slice(0, most);
  const lines = shown.map(({ name, image }) =>
    image === undefined ? `- ${cell(name)}\n` : `${cell(name)}\n\n![plot](<${image}>)\n`,
  );
  const drawn = shown.every(({ image }) => image !== undefined);
  const hint = drawn ? '' : `\nTo see them: ${markdownText(`pipe plots diff ${old} ${now}`)}\n`;
  return lines.join('\n') + hint + more(plots.length - shown.length, 'plot');
}
