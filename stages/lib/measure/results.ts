// The results of the experiment by noise level, read from the outputs of earlier stages, for tables, figures and the report. samples.ts
// reads the images.
import { join } from 'node:path';
import { readJson } from '../stage/files.ts';
import { readComparisons, type Comparison } from './comparisons.ts';
import { levelFolder } from './level-folder.ts';
import type { Quality } from './metrics.ts';
import type { Ranked } from './selection.ts';
import type {
  Baseline,
  BaselineClass,
  ClassifierMetrics,
  ClassQuality,
  ClassReading,
  Evaluation,
  Filters,
  Reading,
  ReadingAccuracy,
} from './test-metrics.ts';
import { readRuns, type Run } from './training-metrics.ts';

/** Folders, as the flags of the stages name them. */
export interface TestSources {
  readonly selection: string;
  readonly evaluations: string;
  readonly baselines: string;
  readonly readings: string;
}

export interface Sources extends TestSources {
  readonly runs: string;
  readonly retrain: string;
  readonly classifier: string;
}

/** Selection and test results of one noise level. */
export interface TestLevel {
  /** As it is spelled in the parameters. */
  readonly name: string;
  readonly chosen: Ranked;
  readonly ranked: readonly Ranked[];
  readonly testImages: number;
  /** Means over the final models, and deviations. */
  readonly model: Quality;
  readonly modelStd: Quality & { readonly reading_accuracy: number };
  readonly seeds: number;
  readonly baseline: Baseline;
  readonly filters: Filters;
  /** Computed at the first call: only tables and the report need them. */
  readonly comparisons: () => readonly Comparison[];
  readonly reading: ReadingAccuracy;
}

export interface FoldModel {
  readonly run: string;
  readonly fold: number;
  readonly test_mse: number;
  readonly test_ssim: number;
}

export interface FinalTraining {
  readonly training_images: number;
  readonly optimiser_steps: number;
  readonly train_losses: readonly number[];
}

/** All about one noise level. */
export interface Level extends TestLevel {
  readonly runs: readonly Run[];
  readonly final: FinalTraining;
  readonly foldModels: readonly FoldModel[];
  /** These have the same classes in the same order. */
  readonly classes: readonly ClassQuality[];
  readonly baselineClasses: readonly BaselineClass[];
  readonly classReadings: readonly ClassReading[];
}

export interface Results {
  readonly testImages: number;
  readonly overall: Ranked;
  /** From little to much noise. */
  readonly levels: readonly Level[];
  readonly classifier: ClassifierMetrics;
}

/** @returns from little to much noise */
export function readTestLevels(sources: TestSources): readonly TestLevel[] {
  const ranked = readJson(join(sources.selection, 'configurations.json')) as readonly Ranked[];
  return ranked
    .filter((entry) => entry.chosen)
    .map((chosen): TestLevel => {
      const file = (folder: string, name = 'metrics.json'): unknown =>
        readJson(join(folder, levelFolder(chosen.noise_name), name));
      const { model, model_std, images, seeds } = file(sources.evaluations) as Evaluation;
      const { reading_accuracy, model_std: reading_std } = file(sources.readings) as Reading;
      return {
        name: chosen.noise_name,
        chosen,
        ranked: ranked.filter((entry) => sameLevel(entry, chosen)),
        testImages: images,
        model,
        modelStd: { ...model_std, reading_accuracy: reading_std },
        seeds: seeds.length,
        baseline: file(sources.baselines) as Baseline,
        filters: file(sources.baselines, 'filters.json') as Filters,
        comparisons: once(() => readComparisons(sources, chosen.noise_name)),
        reading: reading_accuracy,
      };
    });
}

function once<T>(compute: () => T): () => T {
  let found: { readonly value: T } | undefined;
  return () => (found ??= { value: compute() }).value;
}

export function readResults(sources: Sources): Results {
  const runs = readRuns(sources.runs);
  const levels = readTestLevels(sources).map((level): Level => {
    const file = (folder: string, name: string): unknown =>
      readJson(join(folder, levelFolder(level.name), name));
    return {
      ...level,
      runs: runs.filter((run) => sameLevel(run, level.chosen)),
      final: file(sources.retrain, 'final_training_metrics.json') as FinalTraining,
      foldModels: file(sources.evaluations, 'fold_models.json') as readonly FoldModel[],
      classes: file(sources.evaluations, 'classes.json') as readonly ClassQuality[],
      baselineClasses: file(sources.baselines, 'classes.json') as readonly BaselineClass[],
      classReadings: file(sources.readings, 'classes.json') as readonly ClassReading[],
    };
  });
  return {
    testImages: levels[0]!.testImages,
    overall: readJson(join(sources.selection, 'selection_overall.json')) as Ranked,
    levels,
    classifier: readJson(join(sources.classifier, 'classifier_metrics.json')) as ClassifierMetrics,
  };
}

function sameLevel(one: Ranked | Run, other: Ranked): boolean {
  return one.configuration.noise_level === other.configuration.noise_level;
}
