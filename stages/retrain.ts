// Stage retrain: the chosen configuration of one noise level, trained on all training images (or as many as it is for), once for each of some seeds: how far their
// results lie apart is what chance contributes. Without validation a training cannot stop early: it takes as many epochs as the folds
// needed on average. The model of the first seed is the final model.
import { join } from 'node:path';
import { runStage, StageError } from './lib/stage/fail.ts';
import { writeFileIn, writeJson } from './lib/stage/files.ts';
import { readFlags, required } from './lib/stage/flags.ts';
import { allIndices, PIXELS, readCleanBytes, readNoisyImages } from './lib/data/images.ts';
import { someImages } from './lib/data/some-images.ts';
import { architectureOf } from './lib/model/architecture.ts';
import { architectureDiagram } from './lib/model/diagram.ts';
import { writeLayersModel } from './lib/model/layers-model.ts';
import { seedFile } from './lib/model/final-models.ts';
import { writeModel } from './lib/model/model-file.ts';
import type { Model } from './lib/model/model.ts';
import { report, reportInBetween, say } from './lib/stage/progress.ts';
import { checkLevel, readSelection } from './lib/measure/selection.ts';
import { backendFlags, useBackend } from './lib/stage/backend.ts';
import { computedOn } from './lib/stage/fallback.ts';
import { startStopwatch } from './lib/training/timings.ts';
import { scheduleOf } from './lib/training/learning-rate.ts';
import { fitAll } from './lib/training/fit.ts';

const flags = {
  selection: required('path', 'selection of this noise level, JSON'),
  images: required('path', 'idx file of the clean training images'),
  noisy: required('path', '.npy file of the same images with noise'),
  noise_level: required('spelled', 'standard deviation of the noise'),
  final_seeds: required('integer', 'number of models to train, each with a seed of its own'),
  ...backendFlags,
  out: required('path', 'folder for the final model, its history and the models of the other seeds'),
  timings: required('path', 'JSON file for the times'),
} as const;

interface Trained {
  readonly seed: number;
  readonly model: Model;
  /** One value per epoch. */
  readonly losses: readonly number[];
}

await runStage(async () => {
  const options = readFlags('retrain', 'Trains the chosen configuration without validation.', flags);
  if (options.final_seeds < 1)
    throw new StageError(`--final_seeds ${options.final_seeds}: must be at least 1`);
  const selection = readSelection(options.selection);
  checkLevel(selection, options.noise_level, options.selection);
  const { configuration, epochs } = selection;
  const architecture = architectureOf(configuration.model, configuration.filters, configuration.latent_dim);
  if (architecture === undefined)
    throw new StageError(`${options.selection} names no model of this experiment`);
  await useBackend(options.backend, options.threads);
  const clean = readCleanBytes(options.images);
  const noisy = readNoisyImages(options.noisy, clean);
  const all = allIndices(clean.length / PIXELS);
  const trainingOf = (seed: number): Uint32Array => someImages(all, configuration.train_on, seed, all.length);
  const images = trainingOf(configuration.seed).length;
  const steps = epochs * Math.ceil(images / configuration.batch_size);
  say(`${selection.name}: ${images} images, ${epochs} epochs, ${steps} optimiser steps`);

  const watch = startStopwatch(options.backend);
  const inBetween = reportInBetween();
  const total = options.final_seeds * epochs;
  let note = 'first epoch';
  const fit = async (seed: number, before: number): Promise<Trained> => {
    const losses: number[] = [];
    const model = await fitAll(
      { noisy, clean },
      {
        architecture,
        training: trainingOf(seed),
        seed,
        batchSize: configuration.batch_size,
        learningRate: configuration.learning_rate,
        // That of the folds, though this training may end before it.
        schedule: scheduleOf(configuration.learning_rate_schedule, configuration.epochs),
        loss: configuration.loss,
        epochs,
        onStep: (done) => inBetween({ done: before + done, total, unit: 'epoch', note }),
      },
      (epoch, loss) => {
        losses.push(loss);
        // The times are those of the final model; the others take as long.
        if (before === 0) watch.lap();
        note = `train ${loss.toFixed(4)}`;
        report({ done: before + epoch, total, unit: 'epoch', note });
      },
    );
    return { seed, model, losses };
  };
  const trained: Trained[] = [];
  for (let at = 0; at < options.final_seeds; at++)
    trained.push(await fit(configuration.seed + at, at * epochs));
  const { model, losses } = trained[0]!;
  for (const other of trained) writeModel(seedFile(join(options.out, 'seeds'), other.seed), other.model);
  writeModel(join(options.out, 'model_final.safetensors'), model);
  writeLayersModel(join(options.out, 'model_final'), model);
  writeFileIn(join(options.out, 'architecture.svg'), architectureDiagram(model.architecture));
  writeJson(join(options.out, 'final_training_metrics.json'), {
    configuration: { ...configuration, epochs, backend: options.backend, threads: options.threads },
    ...computedOn(),
    name: selection.name,
    training_images: images,
    optimiser_steps: steps,
    train_losses: losses,
    seeds: trained.map(({ seed, losses: train_losses }) => ({ seed, train_losses })),
  });
  watch.write(options.timings, images);
});
