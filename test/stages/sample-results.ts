// Results of a small experiment, made up: two noise levels, two configurations, two folds.
import type { Level, Results } from '../../stages/lib/measure/results.ts';
import type { Samples, Shown } from '../../stages/lib/measure/samples.ts';
import { rankConfigurations } from '../../stages/lib/measure/selection.ts';
import type { Configuration, Run } from '../../stages/lib/measure/training-metrics.ts';

function run(latent: number, level: number, fold: number): Run {
  const losses = [0.08, 0.05, 0.03, 0.031].map((loss) => loss * level * (1 + 0.1 * fold + 1 / latent));
  const name = `${latent}-0.001-${level}`;
  return {
    name,
    folder: `train/noise${level}/${name}`,
    fold,
    configuration: {
      noise_level: level,
      latent_dim: latent,
      filters: [2, 3, 4],
      learning_rate: 0.001,
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
    training_images: 8,
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

function level(sigma: number): Level {
  const runs = [64, 8].flatMap((latent) => [0, 1].map((fold) => run(latent, sigma, fold)));
  const ranked = rankConfigurations(runs);
  const filters = {
    noisy: quality(0.12),
    gaussian: { sigma: 0.8, ...quality(0.06) },
    gaussian_ssim: { sigma: 0.6, ...quality(0.063) },
    gaussian_affine: { sigma: 1.1, a: 1.4, b: -0.1, ...quality(0.03) },
  };
  const reading = {
    clean: 0.99,
    noisy: 0.8,
    gaussian: 0.85,
    gaussian_ssim: 0.84,
    gaussian_affine: 0.9,
    model: 0.95,
  };
  const classes = [0, 1];
  return {
    name: String(sigma),
    chosen: ranked[0]!,
    ranked,
    testImages: 1234,
    model: quality(0.01),
    baseline: { images: 1234, ...filters },
    reading,
    runs,
    final: { training_images: 16, optimiser_steps: 4, train_losses: [0.1] },
    foldModels: runs.map(({ name, fold }) => ({ run: name, fold, test_mse: 0.011, test_ssim: 0.9 })),
    classes: classes.map((digit) => ({ class: digit, images: 617, ...quality(0.01) })),
    baselineClasses: classes.map((digit) => ({ class: digit, images: 617, ...filters })),
    classReadings: classes.map((digit) => ({ class: digit, images: 617, ...reading })),
  };
}

export function sampleResults(): Results {
  const levels = [level(0.3), level(0.5)];
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
  const all: { readonly [method in Shown]: number } = {
    noisy: 0.2,
    gaussian: 0.15,
    gaussian_affine: 0.1,
    model: 0.05,
  };
  const each = (make: (error: number) => Float32Array): Samples['images'] => ({
    noisy: make(all.noisy),
    gaussian: make(all.gaussian),
    gaussian_affine: make(all.gaussian_affine),
    model: make(all.model),
  });
  return {
    classes: [0, 1],
    clean,
    images: each(images),
    errors: each((error) => new Float32Array(784).fill(error ** 2)),
  };
}
