// The bare training loop: some configurations one after the other in one process, the data read once, nothing written.
// `node loop.ts BACKEND IMAGES NOISY SPLITS LATENT,RATE,FOLD …`
import { readFold } from '../../stages/lib/data/cv-splits.ts';
import { PIXELS, readCleanBytes, readNoisyImages } from '../../stages/lib/data/images.ts';
import { useBackend } from '../../stages/lib/stage/backend.ts';
import { fitValidated } from '../../stages/lib/training/fit.ts';

const [backend, images, noisyPath, splits, ...configurations] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
  ...string[],
];
await useBackend(backend, 1);
const clean = readCleanBytes(images);
const noisy = readNoisyImages(noisyPath, clean);
for (const configuration of configurations) {
  const [latentDim, learningRate, fold] = configuration.split(',').map(Number) as [number, number, number];
  await fitValidated(
    { noisy, clean },
    readFold(splits, fold, clean.length / PIXELS),
    {
      architecture: { model: 'cdae', filters: [32, 64, 128], latentDim },
      seed: 42,
      batchSize: 64,
      learningRate,
      epochs: 1,
      patience: 1,
    },
    () => undefined,
  );
}
