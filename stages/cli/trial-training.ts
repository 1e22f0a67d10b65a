// Prints how many images of the published model a backend trains on in a second: `node trial-training.ts BACKEND`.
import { PIXELS } from '../lib/data/images.ts';
import { random } from '../lib/data/random.ts';
import { useBackend } from '../lib/stage/backend.ts';
import { runStage } from '../lib/stage/fail.ts';
import { fitAll } from '../lib/training/fit.ts';

const IMAGES = 512;
/** Milliseconds that are measured, at least. */
const LONG_ENOUGH = 500;

await runStage(async () => {
  await useBackend(process.argv[2]!, 1);
  const source = random(1, 'trial');
  const clean = Float32Array.from({ length: IMAGES * PIXELS }, () => source.uniform());
  const noisy = clean.map((value) => value * source.uniform());
  let started = 0;
  const enough = new Error('measured');
  await fitAll(
    { noisy, clean },
    {
      architecture: { model: 'cdae', filters: [32, 64, 128], latentDim: 128 },
      seed: 1,
      batchSize: 64,
      learningRate: 0.001,
      epochs: Infinity,
    },
    (epoch) => {
      // The first one compiles.
      if (epoch === 1) started = performance.now();
      const elapsed = performance.now() - started;
      if (epoch === 1 || elapsed < LONG_ENOUGH) return;
      process.stdout.write(`${((epoch - 1) * IMAGES) / (elapsed / 1000)}\n`);
      throw enough;
    },
  ).catch((error: unknown) => {
    if (error !== enough) throw error;
  });
});
// A driver may keep the process alive.
process.exit();
