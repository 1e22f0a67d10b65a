// The table of experiments for a terminal: a tree by revision, with as many columns as fit.
import type { ExperimentRecord } from '../../experiment/record.ts';
import type { Column } from '../../experiment/table.ts';
import { countText } from '../text/count-text.ts';
import { painter, type Paint, type Style } from '../text/paint.ts';
import { cutTo, padTo, textWidth } from '../text/text-width.ts';
import { NO_VALUE, shortText } from './cells.ts';
import { progressOf, stateText, type ShownExperiment } from './shown-experiment.ts';

/** What is known of a commit. */
export interface CommitText {
  readonly short: string;
  readonly subject: string;
  /** Branches and tags. */
  readonly names: readonly string[];
}

export interface TableOptions {
  readonly columns: readonly Column[];
  /** By revision. */
  readonly commits: ReadonlyMap<string, CommitText>;
  /** Characters of a line. */
  readonly width: number;
  readonly colour: boolean;
}

interface TextColumn {
  readonly head: string;
  readonly isMetric?: boolean;
  readonly isNumber: boolean;
  readonly cell: (experiment: ShownExperiment) => string;
  readonly style?: (experiment: ShownExperiment) => Style | undefined;
}

const GAP = '  ';
const LONGEST_CELL = 24;
/** Beside the names, for one column. */
const NARROWEST_REST = 10;

/** @param experiments in the order in which they are shown. */
export function tableText(experiments: readonly ShownExperiment[], options: TableOptions): string {
  const paint = painter(options.colour);
  const columns: TextColumn[] = [...stateColumns(experiments), ...options.columns.map(valueColumn)];
  const groups = [...Map.groupBy(experiments, ({ record }) => groupKey(record)).values()];
  const longestName = Math.max(10, ...experiments.map(({ record }) => textWidth(record.name) + 3));
  const nameWidth = Math.min(longestName, Math.max(10, options.width - GAP.length - NARROWEST_REST));
  const { fitting, left } = fit(columns, experiments, options.width - nameWidth);
  const head = [
    padTo('experiment', nameWidth),
    ...fitting.map(({ column, width }) => aligned(column.head, column, width)),
  ];
  const lines = [paint('bold', head.join(GAP).trimEnd())];
  for (const group of groups) {
    const title = revisionText(group[0]!.record, options.commits);
    if (title !== '') lines.push(paint('dim', cutTo(title, options.width)));
    for (const [index, experiment] of group.entries())
      lines.push(row(experiment, index === group.length - 1, nameWidth, fitting, paint));
  }
  if (left > 0) {
    const more = `${countText(left, 'more column')} (--only or --drop chooses, --csv has all)`;
    lines.push(paint('dim', cutTo(more, options.width)));
  }
  return lines.join('\n') + '\n';
}

function row(
  experiment: ShownExperiment,
  isLast: boolean,
  nameWidth: number,
  fitting: readonly Fitting[],
  paint: Paint,
): string {
  const name = padTo(cutTo(`${isLast ? '└─' : '├─'} ${experiment.record.name}`, nameWidth), nameWidth);
  const texts = fitting.map(({ column, width }) => {
    const text = aligned(column.cell(experiment), column, width);
    const style = column.style?.(experiment);
    return style ? paint(style, text) : text;
  });
  return [name, ...texts].join(GAP).trimEnd();
}

interface Fitting {
  readonly column: TextColumn;
  readonly width: number;
}

/** In their order; where not all fit, both of the parameters and of the metrics as many as possible. */
function fit(
  columns: readonly TextColumn[],
  experiments: readonly ShownExperiment[],
  space: number,
): { readonly fitting: readonly Fitting[]; readonly left: number } {
  const chosen = new Map<TextColumn, number>();
  let used = 0;
  for (const column of inTurns(columns)) {
    const longest = Math.max(
      textWidth(column.head),
      ...experiments.map((one) => textWidth(column.cell(one))),
    );
    // One column is always shown.
    const most = chosen.size > 0 ? LONGEST_CELL : Math.min(LONGEST_CELL, Math.max(1, space - GAP.length));
    const width = Math.min(most, longest);
    if (used + GAP.length + width > space && chosen.size > 0) continue;
    used += GAP.length + width;
    chosen.set(column, width);
  }
  const fitting = columns.flatMap((column) => {
    const width = chosen.get(column);
    return width === undefined ? [] : [{ column, width }];
  });
  return { fitting, left: columns.length - fitting.length };
}

function inTurns(columns: readonly TextColumn[]): readonly TextColumn[] {
  const metrics = columns.filter(({ isMetric }) => isMetric);
  const others = columns.filter(({ isMetric }) => !isMetric);
  const turns = Math.max(metrics.length, others.length);
  return Array.from({ length: turns }, (_, turn) => [others[turn], metrics[turn]])
    .flat()
    .filter((column) => column !== undefined);
}

function aligned(text: string, { isNumber }: TextColumn, width: number): string {
  const cut = cutTo(text, width);
  return isNumber ? ' '.repeat(width - textWidth(cut)) + cut : padTo(cut, width);
}

const STYLES: Readonly<Record<string, Style>> = { failed: 'red', interrupted: 'yellow', running: 'cyan' };

/** Shown where not all have ended well. */
function stateColumns(experiments: readonly ShownExperiment[]): readonly TextColumn[] {
  if (experiments.every(({ state }) => state === 'done')) return [];
  const cell = (experiment: ShownExperiment): string => stateText(experiment, progressOf(experiment.record));
  return [{ head: 'state', isNumber: false, cell, style: ({ state }) => STYLES[state] }];
}

function valueColumn({ label, values, kind }: Column): TextColumn {
  const isNumber = [...values.values()].every(
    (value) => typeof value === 'bigint' || typeof value === 'number',
  );
  const texts = new Map([...values].map(([name, value]) => [name, shortText(value)]));
  return {
    head: label,
    isNumber,
    isMetric: kind === 'metric',
    cell: ({ record }) => texts.get(record.name) ?? NO_VALUE,
    ...(kind === 'metric' && { style: () => 'green' as const }),
  };
}

const groupKey = ({ revision, dirty }: ExperimentRecord): string =>
  `${revision ?? ''} ${dirty ? 'dirty' : ''}`;

function revisionText(
  { revision, dirty }: ExperimentRecord,
  commits: ReadonlyMap<string, CommitText>,
): string {
  if (revision === undefined) return '';
  const { short, subject, names } = commits.get(revision) ?? {
    short: revision.slice(0, 7),
    subject: '',
    names: [],
  };
  const parts = [names.join(', '), short, dirty ? 'with changes' : '', subject];
  return parts.filter(Boolean).join(GAP);
}
