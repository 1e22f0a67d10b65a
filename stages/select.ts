// Stage select: the best configuration of each noise level, and of all, by mean validation loss over the folds, and how surely it is the
// best. It reads only
// the metrics of the training runs: the choice does not depend on the test set.
import { join } from 'node:path';
import { runStage } from './lib/stage/fail.ts';
import { writeJson, type Json } from './lib/stage/files.ts';
import { choice, readFlags, required } from './lib/stage/flags.ts';
import { say } from './lib/stage/progress.ts';
import { bestOverall, rankConfigurations, RULES, type Ranked } from './lib/measure/selection.ts';
import { readRuns } from './lib/measure/training-metrics.ts';

const flags = {
  runs: required('path', 'folder of the training runs, one folder each'),
  rule: choice(RULES, 'take the lowest loss, or the smallest model within one standard error of it'),
  out: required('path', 'folder for the selection of each noise level, the overall one, and the table'),
} as const;

await runStage(async () => {
  const options = readFlags('select', 'Chooses configurations by their mean validation loss.', flags);
  const ranked = rankConfigurations(readRuns(options.runs), options.rule);
  const write = (name: string, content: Json): void => writeJson(join(options.out, `${name}.json`), content);
  for (const entry of ranked.filter(({ chosen }) => chosen)) {
    write(`selection_noise${entry.noise_name}`, entry);
    say(`σ ${entry.noise_name}: ${describe(entry)}${doubts(entry, ranked)}`);
  }
  const overall = bestOverall(ranked);
  write('selection_overall', overall);
  write('configurations', ranked);
  say(`overall: ${describe(overall)}`);
});

function describe({ name, mean_val_loss: mean, std_val_loss: std, epochs }: Ranked): string {
  return `${name}, validation loss ${mean.toFixed(5)} ± ${std.toFixed(5)}, ${epochs} epochs`;
}

/** What a reader should know before believing the choice. */
function doubts(chosen: Ranked, ranked: readonly Ranked[]): string {
  const alike = ranked.filter(
    ({ noise_name, name, difference }) =>
      noise_name === chosen.noise_name && name !== chosen.name && !difference.distinguished,
  ).length;
  return [
    alike > 0 ? `; ${alike} other configurations cannot be distinguished from the best` : '',
    chosen.unfinished_folds > 0
      ? `; training was not finished in ${chosen.unfinished_folds} of ${chosen.folds.length} folds`
      : '',
  ].join('');
}
