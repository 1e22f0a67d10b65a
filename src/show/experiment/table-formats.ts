// The table of experiments as CSV and as Markdown.
import type { Column } from '../../experiment/table.ts';
import { tableCsv as csvOf } from '../text/table.ts';
import { exactText, shortText } from './cells.ts';
import type { ShownExperiment } from './shown-experiment.ts';

export function tableCsv(experiments: readonly ShownExperiment[], columns: readonly Column[]): string {
  const titles = ['name', 'state', 'revision', 'started', ...columns.map(({ label }) => label)];
  const rows = experiments.map(({ record, state }) => [
    record.name,
    state,
    record.revision ?? '',
    record.started,
    ...columns.map(({ values }) => exactText(values.get(record.name))),
  ]);
  return csvOf({ columns: titles.map((title) => ({ title })), rows });
}

export function tableMarkdown(experiments: readonly ShownExperiment[], columns: readonly Column[]): string {
  const hasStates = experiments.some(({ state }) => state !== 'done');
  const head = ['experiment', ...(hasStates ? ['state'] : []), ...columns.map(({ label }) => label)];
  const rows = experiments.map(({ record, state }) => [
    record.name,
    ...(hasStates ? [state] : []),
    ...columns.map(({ values }) => shortText(values.get(record.name))),
  ]);
  const line = (cells: readonly string[]): string => `| ${cells.map(markdownCell).join(' | ')} |\n`;
  return line(head) + `|${' --- |'.repeat(head.length)}\n` + rows.map(line).join('');
}

const markdownCell = (text: string): string => text.replace(/[\\|<>`*_[\]]/g, '\\$&').replace(/\r?\n/g, ' ');
