// Stage select: the best configuration of each noise level, and of all, by mean validation loss over the folds. It reads only
// the metrics of the training runs: the choice does not depend on the test set.
import { join } from 'node:path';
import { runStage } from './lib/stage/fail.ts';
import { writeJson, type Json } from './lib/stage/files.ts';
import { readFlags, required } from './lib/stage/flags.ts';
import { say } from './lib/stage/progress.ts';
import { bestOverall, rankConfigurations, type Ranked } from './lib/measure/selection.ts';
import { readRuns } from './lib/measure/training-metrics.ts';

const flags = {
  runs: required('path', 'folder of the training runs, one folder each'),
  out: required('path', 'folder for the selection of each noise level, the overall one, and the table'),
} as const;

await runStage(async () => {
  const options = readFlags('select', 'Chooses configurations by their mean validation loss.', flags);
  const ranked = rankConfigurations(readRuns(options.runs));
  const write = (name: string, content: Json): void => writeJson(join(options.out, `${name}.json`), content);
  for (const entry of ranked.filter(({ rank }) => rank === 1)) {
    write(`selection_noise${entry.noise_name}`, entry);
    say(`σ ${entry.noise_name}: ${describe(entry)}`);
  }
  const overall = bestOverall(ranked);
  write('selection_overall', overall);
  write('configurations', ranked);
  say(`overall: ${describe(overall)}`);
});

function describe({ name, mean_val_loss: mean, std_val_loss: std, epochs }: Ranked): string {
  return `${name}, validation loss ${mean.toFixed(5)} ± ${std.toFixed(5)}, ${epochs} epochs`;
}
