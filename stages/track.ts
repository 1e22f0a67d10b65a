// Stage track: writes all results of the experiment as one record for a tracking server, tracking.jsonl, and the final models as MLflow
// loads them. It opens no sockets; `denoising-autoencoder track` sends the record.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { formatRecord, type RecordedRun } from '@pipe-engine/mlflow/record';
import { runStage } from './lib/stage/fail.ts';
import { readJson, writeFileIn } from './lib/stage/files.ts';
import { choice, readFlags, required } from './lib/stage/flags.ts';
import { say } from './lib/stage/progress.ts';
import { readSelection, type Ranked } from './lib/measure/selection.ts';
import { bestModel } from './lib/tracking/best-model.ts';
import { dataSets } from './lib/tracking/data-sets.ts';
import { gitCommit } from './lib/tracking/git-commit.ts';
import { projectOf, registeredName } from './lib/tracking/names.ts';
import { overallRun } from './lib/tracking/overall-run.ts';
import { baselineRun, classifierRun, finalRun, type LevelSources } from './lib/tracking/test-runs.ts';
import { trainingRuns, type FoldTest } from './lib/tracking/training-runs.ts';
import { byName, readRuns } from './lib/measure/training-metrics.ts';

const flags = {
  experiment: required('text', 'name of the experiment on the server'),
  model: required('text', 'name of the registered model; the data set comes after it'),
  root: required('path', 'folder of all outputs; separates these runs from others in the experiment'),
  dataset: choice(['mnist', 'digits'], 'what the images are'),
  mirrors: required('texts', 'where MNIST comes from; the first one is recorded'),
  seed: required('integer', 'seed of the synthetic digits'),
  data: required('path', 'folder of the data set, with folders train and test'),
  runs: required('path', 'folder of the training runs'),
  models: required('path', 'folder of the final models, a folder noise… for each noise level'),
  timings: required('path', 'folder of the timings of both: train and retrain'),
  evaluations: required('path', 'folder of the measurements on the test set, by noise level as well'),
  baselines: required('path', 'folder of the filters, by noise level as well'),
  readings: required('path', 'folder of what the classifier read, by noise level as well'),
  classifier: required('path', 'folder of the classifier'),
  selection: required('path', 'folder of the selection'),
  results: required('texts', 'folders whose files are artifacts of the overall run'),
  packages: required('path', 'folder for the final models in the form that MLflow loads'),
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
  const data = dataSets(options.data, options);
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
      packaged: join(options.packages, folder),
      data,
      context,
    }));
  const ranked = readJson(join(options.selection, 'configurations.json')) as readonly Ranked[];
  const trained = readRuns(options.runs);
  const training = trainingRuns({
    runs: trained,
    tests: levels.flatMap(({ evaluation }) => readJson(join(evaluation, 'fold_models.json')) as FoldTest[]),
    ranked,
    data: data.training,
    timings: ({ name, fold }) => join(options.timings, 'train', `${name}-${fold}.json`),
    context,
  });
  const finals = levels.map(finalRun);
  const baselines = levels.map((level, at): RecordedRun => baselineRun(level, finals[at]!.end));
  const overall = overallRun({
    dataset: options.dataset,
    inputs: [data.training, data.testing],
    chosen: ranked.filter(({ chosen }) => chosen),
    configurations: ranked.length,
    finals,
    folders: options.results,
    context,
  });
  const classifier = classifierRun(options.classifier, data.training, context, overall.end);
  const runs = [...training, ...finals, ...baselines, classifier, overall];
  const best = readSelection(join(options.selection, 'selection_overall.json'));
  const validated = trained.filter(({ name }) => name === best.name);
  const record = formatRecord({
    experiment: options.experiment,
    project: projectOf(options.root),
    runs,
    models: [bestModel(best, validated, registeredName(options.model, options.dataset), data.training)],
  });
  writeFileIn(options.out, record);
  say(`${options.out}: ${runs.length} runs`);
});
