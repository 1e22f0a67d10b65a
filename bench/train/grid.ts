// What the engine and the start of processes cost: a grid of eight short trainings through `pipe repro -j2`, beside the bare loop in two
// processes.
import { cpSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { availableBackends } from '@pipe-engine/tensorflow/available';
import { run, sideBySide } from '../measure.ts';
import { node, pipe } from '../peers.ts';

const root = dirname(dirname(import.meta.dirname));
const LATENT = [64, 128];
const RATES = [0.001, 0.002];
const FOLDS = [0, 1];
/** Four fifths of them are trained on. */
const IMAGES = 15_000;

const PARAMETERS = `
base: {epochs: 1, early_stopping_patience: 1}
grid: {latent_dim: [${LATENT.join(', ')}], learning_rate: [${RATES.join(', ')}], noise_level: [0.5]}
cv: {n_splits: 5, folds: [${FOLDS.join(', ')}]}
data: {train_images: ${IMAGES}, test_images: 100, source: {dataset: digits}}
baseline: {tuning_images: 100}
`;

export async function gridAgainstLoop(home: string, rounds: number): Promise<string> {
  const { best: backend } = await availableBackends();
  const folder = join(home, 'grid');
  layOut(folder);
  const repro = `${pipe} repro -q --params grid.yaml -S base.backend=${backend}`;
  run({ name: 'data', command: `${repro} noise split`, cwd: folder });
  const data = 'Data/autoencoder';
  const files = `${data}/dataset/train/train-images-idx3-ubyte ${data}/noisy/train_noise0.5.npy ${data}/splits/noisy_mnist_cv_splits_noise0.5.csv`;
  const loop = (latent: number): string => {
    const own = RATES.flatMap((rate) => FOLDS.map((fold) => `${latent},${rate},${fold}`));
    return `${node} bench/train/loop.ts ${backend} ${files} ${own.join(' ')}`;
  };
  const costs = sideBySide(
    [
      { name: 'bare loop', command: `${loop(64)} & ${loop(128)}; wait`, cwd: folder },
      {
        name: 'pipe repro -j2',
        command: `${repro} -j2 train`,
        cwd: folder,
        prepare: () => {
          for (const name of ['cache', 'pipeline.lock', `${data}/train`, `${data}/timings`])
            rmSync(join(folder, name), { recursive: true, force: true });
          run({ name: 'data', command: `${repro} noise split`, cwd: folder });
        },
      },
    ],
    rounds,
  );
  const bare = costs.get('bare loop');
  const images = 0.8 * IMAGES * LATENT.length * RATES.length * FOLDS.length;
  const rows = [...costs].map(
    ([name, { cpu, wall }]) =>
      `| ${name} | ${(images / cpu).toFixed(0)} | ${(images / wall).toFixed(0)} | ${bare === undefined ? '–' : (bare.cpu / cpu).toFixed(2)} |`,
  );
  const head = `| 8 trainings of ${0.8 * IMAGES} images on ${backend}, two at a time | images / CPU s | images / s | ÷ bare loop (CPU) |`;
  return [head, '|---|---:|---:|---:|', ...rows, ''].join('\n');
}

/** The experiment, in a folder of its own. */
function layOut(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const name of ['pipeline.yaml', 'stages', 'bench/train', 'package.json', 'Data/autoencoder/params'])
    cpSync(join(root, name), join(folder, name), { recursive: true });
  for (const name of ['node_modules', 'packages', '.tensorflow'])
    if (existsSync(join(root, name))) symlinkSync(join(root, name), join(folder, name));
  writeFileSync(join(folder, 'grid.yaml'), PARAMETERS);
}
