// Results of a small experiment, made up: two noise levels, two configurations, two folds.
import type { Amount } from '../../stages/lib/stage/flags.ts';
import type { Level, Results } from '../../stages/lib/measure/results.ts';
import type { Samples } from '../../stages/lib/measure/samples.ts';
import {
  RIVAL_METHODS,
  type Filter,
  type Rival,
  type RivalMethod,
  type TunedFilter,
} from '../../stages/lib/rivals/rivals.ts';
import { rankConfigurations } from '../../stages/lib/measure/selection.ts';
import type { Configuration, Run } from '../../stages/lib/measure/training-metrics.ts';

function run(latent: number, level: number, fold: number, images = 8, trainOn: Amount = 'all'): Run {
  const scale = level * (1 + 0.1 * fold + 1 / latent) * Math.sqrt(8 / images);
  const losses = [0.08, 0.05, 0.03, 0.031].map((loss) => loss * scale);
  const name = `${latent}-0.001-${level}${trainOn === 'all' ? '' : `-${trainOn}`}`;
  return {
    name,
    folder: `train/noise${level}/${name}`,
    fold,
    configuration: {
      model: 'cdae',
      noise_level: level,
      latent_dim: latent,
      filters: [2, 3, 4],
      learning_rate: 0.001,
      learning_rate_schedule: 'constant',
      loss: 'mse',
      train_on: trainOn,
      batch_size: 16,
      epochs: 4,
      early_stopping_patience: 2,
      seed: 42,
      noise_seed: 42,
      backend: 'wasm',
      threads: 1,
    } as unknown as Configuration,
    noise_name: String(level),
    parameters: 1000 * latent,
    training_images: images,
    validation_images: 8,
    train_losses: losses.map((loss) => 1.2 * loss),
    val_losses: losses,
    val_mses: losses,
    val_ssims: [0.3, 0.5, 0.7, 0.7],
    best_epoch: 3,
    best_val_loss: losses[2]!,
  };
}

function quality(mse: number): {
  readonly mse: number;
  readonly ssim: number;
  readonly psnr: number;
  readonly pixel_accuracy: number;
} {
  return { mse, ssim: 1 - 5 * mse, psnr: -10 * Math.log10(mse), pixel_accuracy: 1 - mse };
}

function ofRivals<T>(make: (method: RivalMethod, at: number) => T): { readonly [method in RivalMethod]: T } {
  return Object.fromEntries(RIVAL_METHODS.map((method, at) => [method, make(method, at)])) as {
    readonly [method in RivalMethod]: T;
  };
}

const SETTINGS: { readonly [rival in Rival]: Filter } = {
  noisy: { rival: 'noisy' },
  gaussian: { rival: 'gaussian', sigma: 0.8 },
  median: { rival: 'median', window: 3 },
  tv: { rival: 'tv', weight: 0.2 },
  nlm: { rival: 'nlm', patch: 5, distance: 5, h: 0.15, sigma: 0.35 },
  linear: { rival: 'linear', window: 1, weights: [0.9, 0.01] },
};

const filters = ofRivals((method): TunedFilter => {
  const filter = SETTINGS[method.replace('_affine', '') as Rival];
  return method.endsWith('_affine') ? { filter, affine: { a: 1.4, b: -0.1 } } : { filter };
});

function level(
  sigma: number,
  runs = [64, 8].flatMap((latent) => [0, 1].map((fold) => run(latent, sigma, fold))),
): Level {
  const ranked = rankConfigurations(runs);
  const baseline = ofRivals((_, at) => quality(0.12 - 0.008 * at));
  const reading = {
    clean: 0.99,
    ...ofRivals((_, at) => 0.8 + 0.01 * at),
    model: 0.95,
  };
  const classes = [0, 1];
  return {
    name: String(sigma),
    chosen: ranked[0]!,
    ranked,
    testImages: 1234,
    model: quality(0.01),
    modelStd: { mse: 0.0002, ssim: 0.001, psnr: 0.05, pixel_accuracy: 0.0004, reading_accuracy: 0.003 },
    seeds: 3,
    baseline: { images: 1234, ...baseline },
    filters,
    comparisons: () =>
      RIVAL_METHODS.map((rival) => ({
        rival,
        mse: {
          mean: 0.01 - baseline[rival].mse,
          low: 0.009 - baseline[rival].mse,
          high: 0.011 - baseline[rival].mse,
        },
        ssim: { mean: 0.1, low: 0.09, high: 0.11 },
      })),
    reading,
    runs,
    final: { training_images: 16, optimiser_steps: 4, train_losses: [0.1] },
    foldModels: runs.map(({ name, fold }) => ({ run: name, fold, test_mse: 0.011, test_ssim: 0.9 })),
    classes: classes.map((digit) => ({ class: digit, images: 617, ...quality(0.01) })),
    baselineClasses: classes.map((digit) => ({ class: digit, images: 617, ...baseline })),
    classReadings: classes.map((digit) => ({ class: digit, images: 617, ...reading })),
  };
}

export function sampleResults(): Results {
  return resultsOf([level(0.3), level(0.5)]);
}

/** The error falls with the root of the number of images: 2, 4 and all 8 of a fold. The last best epoch of the smallest is the last one allowed. */
export function sampleCurves(): Results {
  const runs = (sigma: number): Run[] =>
    ([2, 4, 'all'] as const).flatMap((trainOn) =>
      [0, 1].map((fold) => {
        const made = run(64, sigma, fold, trainOn === 'all' ? 8 : trainOn, trainOn);
        return trainOn === 2 && fold === 1 ? { ...made, best_epoch: 4 } : made;
      }),
    );
  return resultsOf([level(0.3, runs(0.3)), level(0.5, runs(0.5))]);
}

function resultsOf(levels: readonly Level[]): Results {
  return {
    testImages: 1234,
    overall: levels[0]!.chosen,
    levels,
    classifier: {
      configuration: {
        channels: [2, 2],
        batch_size: 16,
        learning_rate: 0.002,
        epochs: 1,
        seed: 42,
        backend: 'wasm',
        threads: 1,
      },
      parameters: 1234,
      training_images: 16,
      train_losses: [1],
      train_accuracies: [0.9],
    },
  };
}

/** Two images; what each method leaves of them differs by a constant. */
export function sampleImages(): Samples {
  const clean = Float32Array.from({ length: 2 * 784 }, (_, at) => (at % 28 === at % 5 ? 1 : 0.25));
  const images = (error: number): Float32Array => clean.map((value) => value - error);
  const each = (make: (error: number) => Float32Array): Samples['images'] => ({
    ...ofRivals((_, at) => make(0.3 - 0.02 * at)),
    model: make(0.05),
  });
  return {
    classes: [0, 1],
    clean,
    images: each(images),
    errors: each((error) => new Float32Array(784).fill(error ** 2)),
  };
}
