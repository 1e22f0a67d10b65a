// The training runs of the grid as runs of a tracking record: a configuration, below it its folds.
import { join } from 'node:path';
import type { DatasetInput, RecordedRun } from '@pipe-engine/mlflow/record';
import type { Ranked } from '../measure/selection.ts';
import { byName, metricsFile, modelFile, type Run } from '../measure/training-metrics.ts';
import { artifact } from './artifacts.ts';
import { readTimes } from './times.ts';
import { configurationKey, foldKey } from './names.ts';
import { configurationText } from './descriptions.ts';
import { fingerprint, history, means, params, single, spread, systemHistory } from './values.ts';

/** Of a fold's model on the test set; made after the selection. */
export interface FoldTest {
  readonly run: string;
  readonly fold: number;
  readonly test_mse: number;
  readonly test_ssim: number;
}

export interface TrainingSources {
  readonly runs: readonly Run[];
  readonly tests: readonly FoldTest[];
  /** Of all configurations. */
  readonly ranked: readonly Ranked[];
  readonly data: DatasetInput;
  /** Of a run's own timings file. */
  readonly timings: (run: Run) => string;
  readonly context: Readonly<Record<string, string>>;
}

/** Parents before their children; numbers in the order of the configurations' names. */
export function trainingRuns(sources: TrainingSources): RecordedRun[] {
  const groups = Map.groupBy(sources.runs, ({ name }) => name);
  return [...groups]
    .toSorted(([a], [b]) => byName(a, b))
    .flatMap(([name, runs], index) => {
      const key = configurationKey(name);
      const folds = runs.toSorted((a, b) => a.fold - b.fold).map((run) => foldRun(run, key, sources));
      return [configurationRun(key, index + 1, runs, folds, sources), ...folds];
    });
}

function configurationRun(
  key: string,
  number: number,
  runs: readonly Run[],
  folds: readonly RecordedRun[],
  sources: TrainingSources,
): RecordedRun {
  const start = Math.min(...folds.map((fold) => fold.start));
  const end = Math.max(...folds.map((fold) => fold.end));
  const tests = runs.map((run) => testOf(run, sources)).filter((test) => test !== undefined);
  const values = {
    val_loss: runs.map((run) => run.best_val_loss),
    val_ssim: runs.map(bestSsim),
    test_mse: tests.map((test) => test.test_mse),
    test_ssim: tests.map((test) => test.test_ssim),
  };
  const parameters = params(runs[0]!.configuration);
  return {
    key,
    name: `grid_search_config_${number}`,
    status: 'FINISHED',
    start,
    end,
    params: parameters,
    tags: {
      stage: 'train',
      fingerprint: fingerprint(
        parameters,
        folds.flatMap((fold) => fold.artifacts),
      ),
      folds: String(runs.length),
    },
    context: sources.context,
    metrics: single(spread(values), end),
    artifacts: [],
    inputs: [sources.data],
    ...described(runs[0]!, sources.ranked),
  };
}

function foldRun(run: Run, parent: string, sources: TrainingSources): RecordedRun {
  const times = readTimes(sources.timings(run));
  const artifacts = [
    artifact(modelFile(run.folder, run.fold)),
    artifact(metricsFile(run.folder, run.fold)),
    artifact(join(run.folder, `fold_${run.fold}_results.png`)),
  ];
  const test = testOf(run, sources);
  const parameters = { ...params(run.configuration), fold: String(run.fold) };
  return {
    key: foldKey(parent, run.fold),
    parent,
    name: `fold_${run.fold}`,
    status: 'FINISHED',
    start: times.started,
    end: times.ended,
    params: parameters,
    tags: { stage: 'train', fingerprint: fingerprint(parameters, artifacts), ...means(run.configuration) },
    context: sources.context,
    metrics: {
      train_loss: history(run.train_losses, times.epoch_ends),
      val_loss: history(run.val_losses, times.epoch_ends),
      val_mse: history(run.val_mses, times.epoch_ends),
      val_ssim: history(run.val_ssims, times.epoch_ends),
      ...systemHistory(times.system, times.epoch_ends),
      ...single(
        {
          best_epoch: run.best_epoch,
          best_val_loss: run.best_val_loss,
          best_val_ssim: bestSsim(run),
          test_mse: test?.test_mse,
          test_ssim: test?.test_ssim,
          seconds: times.seconds,
        },
        times.ended,
      ),
    },
    artifacts,
    inputs: [sources.data],
  };
}

function described({ name, noise_name: level }: Run, ranked: readonly Ranked[]): { description?: string } {
  const competitors = ranked.filter(({ noise_name }) => noise_name === level);
  const own = competitors.find((entry) => entry.name === name);
  return own === undefined ? {} : { description: configurationText(own, competitors.length) };
}

const bestSsim = (run: Run): number => run.val_ssims[run.best_epoch - 1]!;

const testOf = (run: Run, { tests }: TrainingSources): FoldTest | undefined =>
  tests.find((test) => test.run === run.name && test.fold === run.fold);
