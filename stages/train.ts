// Stage train: one configuration on one fold of the cross-validation. Trains the denoising autoencoder, stops early, keeps the best
// weights; writes the model, the history of its training and a picture of denoised validation images.
import { join } from 'node:path';
import { readFold } from './lib/data/cv-splits.ts';
import { someImages } from './lib/data/some-images.ts';
import { runStage, StageError } from './lib/stage/fail.ts';
import { writeFileIn, writeJson } from './lib/stage/files.ts';
import { choice, optional, readFlags, required } from './lib/stage/flags.ts';
import { gather, PIXELS, readCleanBytes, readNoisyImages } from './lib/data/images.ts';
import { startLiveHistory } from './lib/training/live-history.ts';
import { architectureOf, MODELS, parameterCount, type Architecture } from './lib/model/architecture.ts';
import { writeLayersModel } from './lib/model/layers-model.ts';
import { writeModel } from './lib/model/model-file.ts';
import { denoise } from './lib/model/model.ts';
import { picture } from './lib/figures/picture.ts';
import { report, reportInBetween, say } from './lib/stage/progress.ts';
import { backendFlags, useBackend } from './lib/stage/backend.ts';
import { computedOn } from './lib/stage/fallback.ts';
import { startStopwatch } from './lib/training/timings.ts';
import {
  layersFolder,
  LOSSES,
  metricsFile,
  modelFile,
  SCHEDULES,
  type Configuration,
} from './lib/measure/training-metrics.ts';
import { scheduleOf } from './lib/training/learning-rate.ts';
import { fitValidated, type ValidatedFit } from './lib/training/fit.ts';

const flags = {
  images: required('path', 'idx file of the clean training images'),
  noisy: required('path', '.npy file of the same images with noise'),
  splits: required('path', 'CSV file of the folds: index,label,split'),
  fold: required('integer', 'the fold to validate on'),
  noise_level: required('spelled', 'standard deviation of the noise; recorded'),
  noise_seed: required('integer', 'seed of the noise; recorded'),
  seed: required('integer', 'seed of the first weights and of the order of the images'),
  model: choice(MODELS, 'the autoencoder, the U-Net, or the U-Net that predicts the noise'),
  latent_dim: required('integer', "length of the code between the autoencoder's encoder and decoder"),
  filters: required('integers', 'channels of the three encoder blocks'),
  train_on: required('amount', "how many of the fold's training images; all, or a number"),
  batch_size: required('integer', 'images per optimiser step'),
  learning_rate: required('number', 'of Adam'),
  learning_rate_schedule: choice(SCHEDULES, 'the rate stays, or falls to zero over all epochs'),
  loss: choice(LOSSES, 'what is minimised: squared error, 1 - SSIM, or both'),
  epochs: required('integer', 'passes over the training images, at most'),
  early_stopping_patience: required('integer', 'stop after so many epochs without a lower validation loss'),
  ...backendFlags,
  out: required('path', 'folder for the model, its metrics and its picture'),
  timings: required('path', 'JSON file for the times'),
  live: optional('path', 'file for the history while the training runs; gone with its end'),
} as const;

type Options = ReturnType<typeof readFlags<typeof flags>>;

/** Validation images in the picture. */
const SAMPLES = 10;

await runStage(async () => {
  const options = readFlags('train', 'Trains one configuration on one fold.', flags);
  const architecture = checked(options);
  await useBackend(options.backend, options.threads);
  const clean = readCleanBytes(options.images);
  const noisy = readNoisyImages(options.noisy, clean);
  const images = clean.length / PIXELS;
  const whole = readFold(options.splits, options.fold, images);
  const fold = { ...whole, training: someImages(whole.training, options.train_on, options.seed, images) };
  say(`training on ${fold.training.length} images, validating on ${fold.validation.length}`);
  const watch = startStopwatch(options.backend);
  const configuration = configurationOf(options);
  const live =
    options.live === undefined
      ? undefined
      : startLiveHistory(options.live, { fold: options.fold, configuration, started: watch.started });
  const inBetween = reportInBetween();
  let note = 'first epoch';
  const fit = await fitValidated(
    { noisy, clean },
    fold,
    {
      architecture,
      seed: options.seed,
      batchSize: options.batch_size,
      learningRate: options.learning_rate,
      schedule: scheduleOf(configuration.learning_rate_schedule, options.epochs),
      loss: configuration.loss,
      epochs: options.epochs,
      patience: options.early_stopping_patience,
      onStep: (done) => inBetween({ done, total: options.epochs, unit: 'epoch', note }),
    },
    (epoch, { trainLoss, valMse, valSsim }) => {
      const values = { train_loss: trainLoss, val_loss: valMse, val_mse: valMse, val_ssim: valSsim };
      const time = watch.lap();
      live?.add({ epoch, time, values });
      note = `val ${valMse.toFixed(4)} · ssim ${valSsim.toFixed(3)}`;
      report({ done: epoch, total: options.epochs, unit: 'epoch', note });
    },
  );
  live?.end();
  const best = fit.epochs[fit.bestEpoch - 1]!;
  say(
    `best epoch ${fit.bestEpoch}: validation loss ${best.valMse.toFixed(5)}, SSIM ${best.valSsim.toFixed(4)}`,
  );
  writeModel(modelFile(options.out, options.fold), fit.model);
  writeLayersModel(layersFolder(options.out, options.fold), fit.model);
  writeJson(metricsFile(options.out, options.fold), metrics(options, configuration, architecture, fold, fit));
  const samples = fold.validation.subarray(0, SAMPLES);
  const rows = [gather(clean, samples), gather(noisy, samples), await denoise(fit.model, noisy, samples)];
  writeFileIn(join(options.out, `fold_${options.fold}_results.png`), picture(rows, 2));
  watch.write(options.timings, fold.training.length);
});

/** @throws StageError where a number makes no sense */
function checked(options: Options): Architecture {
  const { filters, latent_dim: latentDim } = options;
  for (const name of ['latent_dim', 'batch_size', 'epochs', 'early_stopping_patience'] as const)
    if (options[name] < 1) throw new StageError(`--${name} ${options[name]}: must be at least 1`);
  if (!(options.learning_rate > 0))
    throw new StageError(`--learning_rate ${options.learning_rate}: must be above 0`);
  const architecture = architectureOf(options.model, filters, latentDim);
  if (architecture === undefined)
    throw new StageError(`--filters ${filters.join(' ')}: must be three numbers of channels`);
  return architecture;
}

function configurationOf(options: Options): Configuration {
  return {
    model: options.model,
    noise_level: options.noise_level.value,
    latent_dim: options.latent_dim,
    filters: options.filters,
    learning_rate: options.learning_rate,
    learning_rate_schedule: options.learning_rate_schedule,
    loss: options.loss,
    train_on: options.train_on,
    batch_size: options.batch_size,
    epochs: options.epochs,
    early_stopping_patience: options.early_stopping_patience,
    seed: options.seed,
    noise_seed: options.noise_seed,
    backend: options.backend,
    threads: options.threads,
  };
}

function metrics(
  options: Options,
  configuration: Configuration,
  architecture: Architecture,
  fold: { readonly training: Uint32Array; readonly validation: Uint32Array },
  { epochs, bestEpoch }: ValidatedFit,
) {
  return {
    fold: options.fold,
    configuration,
    ...computedOn(),
    noise_name: options.noise_level.text,
    parameters: parameterCount(architecture),
    training_images: fold.training.length,
    validation_images: fold.validation.length,
    train_losses: epochs.map(({ trainLoss }) => trainLoss),
    val_losses: epochs.map(({ valMse }) => valMse),
    val_mses: epochs.map(({ valMse }) => valMse),
    val_ssims: epochs.map(({ valSsim }) => valSsim),
    best_epoch: bestEpoch,
    best_val_loss: epochs[bestEpoch - 1]!.valMse,
  };
}
