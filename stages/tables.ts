// Stage tables: the results of the grid search and of the test set as LaTeX, Markdown and CSV.
import { join } from 'node:path';
import { runStage } from './lib/stage/fail.ts';
import { writeFileIn } from './lib/stage/files.ts';
import { readFlags, required } from './lib/stage/flags.ts';
import { say } from './lib/stage/progress.ts';
import { readTestLevels } from './lib/measure/results.ts';
import { differenceCsv, differenceTable } from './lib/tables/difference-table.ts';
import { gridCsv, gridTable } from './lib/tables/grid-table.ts';
import { learningTable, learningTableCsv } from './lib/tables/learning-table.ts';
import { latexTable } from './lib/tables/latex.ts';
import { markdownTable } from './lib/tables/markdown.ts';
import { testCsv, testTable } from './lib/tables/test-table.ts';

const flags = {
  selection: required('path', 'folder of the selection'),
  evaluations: required('path', 'folder of the evaluations'),
  baselines: required('path', 'folder of the baselines'),
  readings: required('path', 'folder of what the classifier read'),
  out: required('path', 'folder for the tables'),
} as const;

await runStage(async () => {
  const options = readFlags('tables', 'Writes tables as LaTeX, Markdown and CSV.', flags);
  const levels = readTestLevels(options);
  for (const [table, csv] of [
    [gridTable(levels), gridCsv(levels)],
    [testTable(levels), testCsv(levels)],
    [differenceTable(levels), differenceCsv(levels)],
    [learningTable(levels), learningTableCsv(levels)],
  ] as const) {
    if (table === undefined) continue;
    const write = (ending: string, text: string): void =>
      writeFileIn(join(options.out, `${table.name}.${ending}`), text);
    write('tex', latexTable(table));
    write('md', markdownTable(table));
    write('csv', csv);
    say(join(options.out, `${table.name}.{tex,md,csv}`));
  }
});
