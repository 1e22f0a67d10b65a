// Training steps of our own on one backend, CPU time of the whole process: `node step.ts BACKEND MODEL STEPS`. Prints JSON.
import { random } from '../../stages/lib/data/random.ts';
import { addNoise } from '../../stages/lib/data/noise.ts';
import { useBackend } from '../../stages/lib/stage/backend.ts';
import { startSetTrainer } from '../../stages/lib/training/set-trainer.ts';
import type { Architecture } from '../../stages/lib/model/architecture.ts';

const BATCH = 64;
const IMAGES = 4096;
/** Until the JavaScript around the operations is compiled; a training goes on for thousands of steps. */
const WARM = 60;
const MODELS: Readonly<Record<string, Architecture>> = {
  cdae: { model: 'cdae', filters: [32, 64, 128], latentDim: 128 },
  unet: { model: 'unet', filters: [16, 32, 64] },
};

const [backend = 'wasm', model = 'cdae', count = '40'] = process.argv.slice(2);
// The line about the backend would mix with what is printed here.
const write = process.stdout.write.bind(process.stdout);
process.stdout.write = () => true;
await useBackend(backend, 1);
const source = random(1, 'bench');
const clean = Float32Array.from({ length: IMAGES * 784 }, () => source.uniform());
const noisy = addNoise(clean, 0.3, 1);
// As the stages do: on a GPU where the backend has one.
const trainer = startSetTrainer(MODELS[model]!, 1, { noisy, clean }, { batches: [BATCH] });
async function train(from: number, to: number): Promise<void> {
  for (let at = from; at < to; at++) {
    const first = (at * BATCH) % IMAGES;
    await trainer.step(
      Uint32Array.from({ length: BATCH }, (_, image) => first + image),
      0.001,
    );
  }
  // A GPU is done with the steps only now.
  await trainer.losses();
}
await train(0, WARM);
const before = process.cpuUsage();
const started = performance.now();
await train(0, Number(count));
const { user, system } = process.cpuUsage(before);
const images = BATCH * Number(count);
write(
  `${JSON.stringify({
    images_per_cpu_second: images / ((user + system) / 1e6),
    images_per_second: images / ((performance.now() - started) / 1000),
    megabytes: process.resourceUsage().maxRSS / 1024,
  })}\n`,
);
