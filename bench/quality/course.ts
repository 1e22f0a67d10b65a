// One training on all images, and how good it is on the test images after some of its epochs: the course that the reference's
// figures describe. A stage of quality.yaml.
import { join } from 'node:path';
import { runStage, StageError } from '../../stages/lib/stage/fail.ts';
import { writeJson } from '../../stages/lib/stage/files.ts';
import { choice, readFlags, required } from '../../stages/lib/stage/flags.ts';
import { readCleanBytes, readCleanImages, readNoisyImages, SIZE } from '../../stages/lib/data/images.ts';
import { meanSquaredError } from '../../stages/lib/measure/metrics.ts';
import { architectureOf, MODELS } from '../../stages/lib/model/architecture.ts';
import { writeModel } from '../../stages/lib/model/model-file.ts';
import { allOf } from '../../stages/lib/model/model.ts';
import { report, say } from '../../stages/lib/stage/progress.ts';
import { meanSsim } from '../../stages/lib/measure/ssim.ts';
import { useBackend } from '../../stages/lib/stage/backend.ts';
import { startStopwatch } from '../../stages/lib/training/timings.ts';
import { fitAll } from '../../stages/lib/training/fit.ts';

const flags = {
  images: required('path', 'idx file of the clean training images'),
  noisy: required('path', '.npy file of the same images with noise'),
  test_images: required('path', 'idx file of the clean test images'),
  test_noisy: required('path', '.npy file of the same images with noise'),
  model: choice(MODELS, 'the autoencoder or the U-Net'),
  latent_dim: required('integer', 'length of the code between encoder and decoder'),
  filters: required('integers', 'channels of the three encoder blocks'),
  seed: required('integer', 'seed of the first weights and of the order of the images'),
  batch_size: required('integer', 'images per optimiser step'),
  learning_rate: required('number', 'of Adam'),
  epochs: required('integer', 'passes over the training images'),
  measured: required('integers', 'epochs after which the test images are measured'),
  backend: required('text', 'TensorFlow.js backend'),
  threads: required('integer', 'threads of the backend'),
  out: required('path', 'folder for the course and the model'),
  timings: required('path', 'JSON file for the times'),
} as const;

await runStage(async () => {
  const options = readFlags('course', 'Measures one training on the test images, as it goes on.', flags);
  const { seed, batch_size: batchSize, learning_rate: learningRate, epochs, measured, filters } = options;
  const architecture = architectureOf(options.model, filters, options.latent_dim);
  if (architecture === undefined) throw new StageError('--filters: must be three numbers of channels');
  await useBackend(options.backend, options.threads);
  const clean = readCleanBytes(options.images);
  const noisy = readNoisyImages(options.noisy, clean);
  const testClean = readCleanImages(options.test_images);
  const testNoisy = readNoisyImages(options.test_noisy, testClean);
  const course: { epoch: number; train_loss: number; mse: number; ssim: number }[] = [];
  const watch = startStopwatch(options.backend);
  const model = await fitAll(
    { noisy, clean },
    {
      architecture,
      seed,
      batchSize,
      learningRate,
      epochs,
    },
    async (epoch, loss, trainer) => {
      watch.lap();
      let note = `train ${loss.toFixed(5)}`;
      if (measured.includes(epoch)) {
        const denoised = await trainer.denoise(testNoisy, allOf(testClean));
        const mse = meanSquaredError(denoised, testClean);
        const ssim = meanSsim(denoised, testClean, SIZE);
        course.push({ epoch, train_loss: loss, mse, ssim });
        note = `test ${mse.toFixed(5)} · ssim ${ssim.toFixed(4)}`;
        say(`epoch ${epoch}: MSE ${mse.toFixed(5)}, SSIM ${ssim.toFixed(4)}`);
      }
      report({ done: epoch, total: epochs, unit: 'epoch', note });
    },
  );
  writeModel(join(options.out, 'model.safetensors'), model);
  writeJson(join(options.out, 'course.json'), course);
  watch.write(options.timings, clean.length / SIZE ** 2);
});
