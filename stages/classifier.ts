// Stage classifier: trains a small network that reads digits, on clean training images. Stage reading uses it to count the readable
// digits after each method.
import { join } from 'node:path';
import { fitClassifier, type ClassifierEpoch } from './lib/training/fit-classifier.ts';
import { writeNetwork } from './lib/model/classifier-file.ts';
import { networkParameters, parameterSize, type Channels } from './lib/model/classifier.ts';
import { runStage, StageError } from './lib/stage/fail.ts';
import { writeJson } from './lib/stage/files.ts';
import { readFlags, required } from './lib/stage/flags.ts';
import { PIXELS, readCleanImages, readLabels } from './lib/data/images.ts';
import { report } from './lib/stage/progress.ts';
import { backendFlags, useBackend } from './lib/stage/backend.ts';

const flags = {
  images: required('path', 'idx file of the clean training images'),
  labels: required('path', 'idx file of their classes'),
  channels: required('integers', 'channels of the two convolutions'),
  batch_size: required('integer', 'images per optimiser step'),
  learning_rate: required('number', 'of Adam'),
  epochs: required('integer', 'passes over the training images'),
  seed: required('integer', 'seed of the first weights and of the order of the images'),
  ...backendFlags,
  out: required('path', 'folder for the classifier and its metrics'),
} as const;

await runStage(async () => {
  const options = readFlags('classifier', 'Trains a classifier on clean training images.', flags);
  const { channels, batch_size, learning_rate, epochs, seed, backend, threads } = options;
  if (channels.length !== 2 || channels.some((count) => count < 1))
    throw new StageError(`--channels ${channels.join(' ')}: must be two numbers of channels`);
  for (const name of ['batch_size', 'epochs'] as const)
    if (options[name] < 1) throw new StageError(`--${name} ${options[name]}: must be at least 1`);
  if (!(learning_rate > 0)) throw new StageError(`--learning_rate ${learning_rate}: must be above 0`);
  await useBackend(backend, threads);
  const images = readCleanImages(options.images);
  const labels = readLabels(options.labels, images.length / PIXELS);
  const history: ClassifierEpoch[] = [];
  const network = await fitClassifier(
    images,
    labels,
    {
      channels: channels as unknown as Channels,
      batchSize: batch_size,
      learningRate: learning_rate,
      epochs,
      seed,
    },
    (epoch, result) => {
      history.push(result);
      const note = `loss ${result.loss.toFixed(4)} · ${(100 * result.accuracy).toFixed(1)} % read`;
      report({ done: epoch, total: epochs, unit: 'epoch', note });
    },
  );
  writeNetwork(join(options.out, 'classifier.safetensors'), network);
  writeJson(join(options.out, 'classifier_metrics.json'), {
    configuration: { channels, batch_size, learning_rate, epochs, seed, backend, threads },
    parameters: networkParameters(network.channels).reduce((sum, one) => sum + parameterSize(one), 0),
    training_images: labels.length,
    train_losses: history.map(({ loss }) => loss),
    train_accuracies: history.map(({ accuracy }) => accuracy),
  });
});
