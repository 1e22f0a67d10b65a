// Stage retrain: the chosen configuration of one noise level, trained on all training images. Without validation it cannot stop
// early: it trains for as many epochs as the folds needed on average.
import { join } from 'node:path';
import { runStage, StageError } from './lib/stage/fail.ts';
import { writeFileIn, writeJson } from './lib/stage/files.ts';
import { readFlags, required } from './lib/stage/flags.ts';
import { PIXELS, readCleanBytes, readNoisyImages } from './lib/data/images.ts';
import { architectureOf } from './lib/model/architecture.ts';
import { architectureDiagram } from './lib/model/diagram.ts';
import { writeLayersModel } from './lib/model/layers-model.ts';
import { writeModel } from './lib/model/model-file.ts';
import { report, reportInBetween, say } from './lib/stage/progress.ts';
import { checkLevel, readSelection } from './lib/measure/selection.ts';
import { backendFlags, useBackend } from './lib/stage/backend.ts';
import { startStopwatch } from './lib/training/timings.ts';
import { fitAll } from './lib/training/fit.ts';

const flags = {
  selection: required('path', 'selection of this noise level, JSON'),
  images: required('path', 'idx file of the clean training images'),
  noisy: required('path', '.npy file of the same images with noise'),
  noise_level: required('spelled', 'standard deviation of the noise'),
  ...backendFlags,
  out: required('path', 'folder for the final model and its history'),
  timings: required('path', 'JSON file for the times'),
} as const;

await runStage(async () => {
  const options = readFlags('retrain', 'Trains the chosen configuration on all training images.', flags);
  const selection = readSelection(options.selection);
  checkLevel(selection, options.noise_level, options.selection);
  const { configuration, epochs } = selection;
  const architecture = architectureOf(configuration.model, configuration.filters, configuration.latent_dim);
  if (architecture === undefined)
    throw new StageError(`${options.selection} names no model of this experiment`);
  await useBackend(options.backend, options.threads);
  const clean = readCleanBytes(options.images);
  const noisy = readNoisyImages(options.noisy, clean);
  const images = clean.length / PIXELS;
  const steps = epochs * Math.ceil(images / configuration.batch_size);
  say(`${selection.name}: ${images} images, ${epochs} epochs, ${steps} optimiser steps`);

  const losses: number[] = [];
  const watch = startStopwatch();
  const inBetween = reportInBetween();
  let note = 'first epoch';
  const model = await fitAll(
    { noisy, clean },
    {
      architecture,
      seed: configuration.seed,
      batchSize: configuration.batch_size,
      learningRate: configuration.learning_rate,
      epochs,
      onStep: (done) => inBetween({ done, total: epochs, unit: 'epoch', note }),
    },
    (epoch, loss) => {
      losses.push(loss);
      watch.lap();
      note = `train ${loss.toFixed(4)}`;
      report({ done: epoch, total: epochs, unit: 'epoch', note });
    },
  );
  writeModel(join(options.out, 'model_final.safetensors'), model);
  writeLayersModel(join(options.out, 'model_final'), model);
  writeFileIn(join(options.out, 'architecture.svg'), architectureDiagram(model.architecture));
  writeJson(join(options.out, 'final_training_metrics.json'), {
    configuration: { ...configuration, epochs, backend: options.backend, threads: options.threads },
    name: selection.name,
    training_images: images,
    optimiser_steps: steps,
    train_losses: losses,
  });
  watch.write(options.timings, images);
});
