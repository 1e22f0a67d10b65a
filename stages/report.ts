// Stage report: one self-contained HTML page about the whole experiment, and beside it the times, which differ from run to run.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative, sep } from 'node:path';
import { runStage } from './lib/stage/fail.ts';
import { readJson, writeFileIn } from './lib/stage/files.ts';
import { choice, readFlags, required } from './lib/stage/flags.ts';
import { say } from './lib/stage/progress.ts';
import type { MethodTimes } from './lib/report/making.ts';
import { page } from './lib/report/page.ts';
import { levelFolder } from './lib/measure/level-folder.ts';
import { readResults } from './lib/measure/results.ts';
import { readSamples } from './lib/measure/samples.ts';
import type { Timings } from './lib/training/timings.ts';
import { gitCommit } from './lib/tracking/git-commit.ts';
import { byName } from './lib/measure/training-metrics.ts';

const flags = {
  dataset: choice(['mnist', 'digits'], 'what the images are'),
  runs: required('path', 'folder of the training runs'),
  selection: required('path', 'folder of the selection'),
  retrain: required('path', 'folder of the final models'),
  evaluations: required('path', 'folder of the evaluations'),
  baselines: required('path', 'folder of the baselines'),
  classifier: required('path', 'folder of the classifier'),
  readings: required('path', 'folder of what the classifier read'),
  tables: required('path', 'folder of the tables, to link to'),
  figures: required('path', 'folder of the figures, to link to'),
  draw: required('path', 'page on which one draws a digit, to link to'),
  timings: required('path', 'folder of the times'),
  images: required('path', 'idx file of the clean test images'),
  labels: required('path', 'idx file of their classes'),
  noisy: required('path', 'folder of the noisy test images'),
  fingerprints: required('texts', 'files whose SHA-256 the page shows'),
  out: required('path', 'folder for report.html and timings.csv'),
} as const;

await runStage(async () => {
  const options = readFlags('report', 'Writes one HTML page about the whole experiment.', flags);
  const results = readResults(options);
  const fromPage = (path: string): string => relative(options.out, path).split(sep).join('/');
  const shown = results.levels.map((level) => {
    const folder = levelFolder(level.name);
    return {
      level,
      samples: readSamples(options, level.name),
      folders: {
        evaluation: fromPage(join(options.evaluations, folder)),
        baseline: fromPage(join(options.baselines, folder)),
      },
    };
  });
  const circumstances = {
    dataset: options.dataset,
    commit: gitCommit(),
    program: `Node.js ${process.version} on ${process.platform} ${process.arch}`,
    times: results.levels.map(({ name }) => methodTimes(options.timings, name)),
    fingerprints: options.fingerprints.map((file) => [file, sha256(file)] as const),
    diagrams: results.levels.map(({ name }) =>
      readFileSync(join(options.retrain, levelFolder(name), 'architecture.svg'), 'utf8'),
    ),
  };
  const places = {
    figures: fromPage(options.figures),
    tables: fromPage(options.tables),
    draw: fromPage(options.draw),
  };
  const target = join(options.out, 'report.html');
  writeFileIn(target, page(results, shown, circumstances, places));
  writeFileIn(join(options.out, 'timings.csv'), timingsCsv(options.timings));
  say(target);
});

function sha256(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

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

/** Milliseconds per image of each method, by noise level. */
function methodTimes(folder: string, level: string): MethodTimes {
  const read = (stage: string): MethodTimes =>
    (readJson(join(folder, stage, `${levelFolder(level)}.json`)) as { milliseconds_per_image: MethodTimes })
      .milliseconds_per_image;
  return { ...read('baseline'), ...read('evaluate') };
}
