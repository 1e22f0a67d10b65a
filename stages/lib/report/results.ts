// Everything that the report tells, read from the outputs of the stages before it. Data and reading only.
import { join } from 'node:path';
import { readJson } from '../files.ts';
import { gather, oneOfEachClass, readCleanImages, readLabels, readNoisyImages, PIXELS } from '../images.ts';
import type { Quality } from '../metrics.ts';
import { readNpy } from '../npy.ts';
import type { Ranked } from '../selection.ts';
import type { Baseline, ClassQuality } from '../test-metrics.ts';
import { readRuns, type Run } from '../training-metrics.ts';

/** Folders and files, as the stage's flags name them. */
export interface Sources {
  readonly runs: string;
  readonly selection: string;
  readonly retrain: string;
  readonly evaluations: string;
  readonly baselines: string;
  readonly images: string;
  readonly labels: string;
  readonly noisy: string;
}

/** One image of each class, as every method leaves it; [classes × 784]. */
export interface Samples {
  readonly classes: readonly number[];
  readonly clean: Float32Array;
  readonly noisy: Float32Array;
  readonly gaussian: Float32Array;
  readonly affine: Float32Array;
  readonly denoised: Float32Array;
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
export interface Level {
  /** As it is spelled in the parameters. */
  readonly name: string;
  readonly chosen: Ranked;
  readonly ranked: readonly Ranked[];
  readonly runs: readonly Run[];
  readonly final: FinalTraining;
  readonly model: Quality;
  readonly classes: readonly ClassQuality[];
  readonly foldModels: readonly FoldModel[];
  readonly baseline: Baseline;
  readonly samples: Samples;
}

export interface Results {
  readonly testImages: number;
  readonly overall: Ranked;
  /** From little to much noise. */
  readonly levels: readonly Level[];
}

export function readResults(sources: Sources): Results {
  const runs = readRuns(sources.runs);
  const ranked = readJson(join(sources.selection, 'configurations.json')) as readonly Ranked[];
  const clean = readCleanImages(sources.images);
  const labels = readLabels(sources.labels, clean.length / PIXELS);
  const chosen = ranked.filter(({ rank }) => rank === 1);
  const levels = chosen.map((best): Level => {
    const folder = `noise${best.noise_name}`;
    const evaluation = join(sources.evaluations, folder);
    const baseline = join(sources.baselines, folder);
    const noisy = readNoisyImages(join(sources.noisy, `test_${folder}.npy`), clean);
    const shown = oneOfEachClass(labels);
    const same = ({ configuration }: Ranked | Run): boolean =>
      configuration.noise_level === best.configuration.noise_level;
    const metrics = readJson(join(evaluation, 'metrics.json')) as { model: Quality };
    return {
      name: best.noise_name,
      chosen: best,
      ranked: ranked.filter(same),
      runs: runs.filter(same),
      final: readJson(join(sources.retrain, folder, 'final_training_metrics.json')) as FinalTraining,
      model: metrics.model,
      classes: readJson(join(evaluation, 'classes.json')) as readonly ClassQuality[],
      foldModels: readJson(join(evaluation, 'fold_models.json')) as readonly FoldModel[],
      baseline: readJson(join(baseline, 'metrics.json')) as Baseline,
      samples: {
        classes: shown.map((image) => labels[image]!),
        clean: gather(clean, shown),
        noisy: gather(noisy, shown),
        gaussian: readNpy(join(baseline, 'gaussian_samples.npy')).values,
        affine: readNpy(join(baseline, 'gaussian_affine_samples.npy')).values,
        denoised: readNpy(join(evaluation, 'samples.npy')).values,
      },
    };
  });
  const overall = readJson(join(sources.selection, 'selection_overall.json')) as Ranked;
  return { testImages: labels.length, overall, levels };
}
