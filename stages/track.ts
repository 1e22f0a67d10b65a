// Stage track: writes all results of the experiment as one record for a tracking server, tracking.jsonl. It opens no sockets;
// `denoising-autoencoder track` sends the record.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { formatRecord, type RecordedRun } from '@pipe-engine/mlflow/record';
import { runStage } from './lib/stage/fail.ts';
import { readJson, writeFileIn } from './lib/stage/files.ts';
import { readFlags, required } from './lib/stage/flags.ts';
import { say } from './lib/stage/progress.ts';
import { readSelection } from './lib/measure/selection.ts';
import { gitCommit } from './lib/tracking/git-commit.ts';
import { EXPERIMENT, projectOf } from './lib/tracking/names.ts';
import {
  baselineRun,
  classifierRun,
  finalKey,
  finalRun,
  MODEL_FOLDER,
  type LevelSources,
} from './lib/tracking/test-runs.ts';
import { trainingRuns, type FoldTest } from './lib/tracking/training-runs.ts';
import { byName, readRuns } from './lib/measure/training-metrics.ts';

const flags = {
  root: required('path', 'folder of all outputs; separates these runs from others in the experiment'),
  runs: required('path', 'folder of the training runs'),
  models: required('path', 'folder of the final models, a folder noise… for each noise level'),
  timings: required('path', 'folder of the timings of both: train and retrain'),
  evaluations: required('path', 'folder of the measurements on the test set, by noise level as well'),
  baselines: required('path', 'folder of the filters, by noise level as well'),
  readings: required('path', 'folder of what the classifier read, by noise level as well'),
  classifier: required('path', 'folder of the classifier'),
  selection: required('path', 'the overall selection, JSON'),
  out: required('path', 'record to write'),
} as const;

await runStage(async () => {
  const options = readFlags('track', 'Records all runs for a tracking server.', flags);
  const commit = gitCommit();
  const context = {
    'mlflow.source.name': 'pipeline.yaml',
    'mlflow.source.type': 'LOCAL',
    ...(commit === undefined ? {} : { 'mlflow.source.git.commit': commit }),
  };
  const levels = readdirSync(options.models)
    .filter((name) => name.startsWith('noise'))
    .toSorted(byName)
    .map((folder): LevelSources => ({
      level: folder.slice('noise'.length),
      model: join(options.models, folder),
      evaluation: join(options.evaluations, folder),
      baseline: join(options.baselines, folder),
      reading: join(options.readings, folder),
      timings: join(options.timings, 'retrain', `${folder}.json`),
      context,
    }));
  const training = trainingRuns({
    runs: readRuns(options.runs),
    tests: levels.flatMap(({ evaluation }) => readJson(join(evaluation, 'fold_models.json')) as FoldTest[]),
    timings: ({ name, fold }) => join(options.timings, 'train', `${name}-${fold}.json`),
    context,
  });
  const finals = levels.map(finalRun);
  const baselines = levels.map((level, at): RecordedRun => baselineRun(level, finals[at]!.end));
  const classifier = classifierRun(options.classifier, context, Math.max(...finals.map(({ end }) => end)));
  const runs = [...training, ...finals, ...baselines, classifier];
  const best = readSelection(options.selection);
  const record = formatRecord({
    experiment: EXPERIMENT,
    project: projectOf(options.root),
    runs,
    models: [
      {
        name: 'denoising-autoencoder',
        run: finalKey(best.noise_name),
        path: MODEL_FOLDER,
        alias: 'best',
        description: `${best.name}, trained on all images for ${best.epochs} epochs`,
      },
    ],
  });
  writeFileIn(options.out, record);
  say(`${options.out}: ${runs.length} runs`);
});
