// Stage report: one self-contained HTML page about the whole experiment, and beside it the times, which differ from run to run.
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { runStage } from './lib/fail.ts';
import { readJson, writeFileIn } from './lib/files.ts';
import { choice, readFlags, required } from './lib/flags.ts';
import { say } from './lib/progress.ts';
import { page } from './lib/report/page.ts';
import { readResults } from './lib/report/results.ts';
import type { Timings } from './lib/timings.ts';
import { byName } from './lib/training-metrics.ts';

const flags = {
  dataset: choice(['mnist', 'digits'], 'what the images are'),
  runs: required('path', 'folder of the training runs'),
  selection: required('path', 'folder of the selection'),
  retrain: required('path', 'folder of the final models'),
  evaluations: required('path', 'folder of the evaluations'),
  baselines: required('path', 'folder of the baselines'),
  timings: required('path', 'folder of the times'),
  images: required('path', 'idx file of the clean test images'),
  labels: required('path', 'idx file of their classes'),
  noisy: required('path', 'folder of the noisy test images'),
  out: required('path', 'folder for report.html and timings.csv'),
} as const;

await runStage(async () => {
  const options = readFlags('report', 'Writes one HTML page about the whole experiment.', flags);
  const target = join(options.out, 'report.html');
  writeFileIn(target, page(readResults(options), options.dataset));
  writeFileIn(join(options.out, 'timings.csv'), timingsCsv(options.timings));
  say(target);
});

function timingsCsv(folder: string): string {
  const rows = ['train', 'retrain'].flatMap((stage) =>
    readdirSync(join(folder, stage))
      .toSorted(byName)
      .map((file) => {
        const {
          seconds,
          seconds_per_epoch: epochs,
          images_per_second: rate,
        } = readJson(join(folder, stage, file)) as Timings;
        return [stage, basename(file, '.json'), epochs.length, seconds, rate].join(',');
      }),
  );
  return `${['stage,name,epochs,seconds,images_per_second', ...rows].join('\n')}\n`;
}
