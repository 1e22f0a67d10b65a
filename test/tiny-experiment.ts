// A copy of the experiment, with its own stages and pipeline, at a size where a training takes no time.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const repository = dirname(import.meta.dirname);
export const paramsFile = 'Data/autoencoder/params/denoising_params.yaml';
const quickstartFile = 'Data/autoencoder/params/quickstart_params.yaml';

/** The parameters of the full experiment, made tiny. */
const TINY: readonly (readonly [from: RegExp, to: string])[] = [
  [/batch_size: 64/, 'batch_size: 16'],
  [/latent_dim: 128/, 'latent_dim: 4'],
  [/filters: \[32, 64, 128\]/, 'filters: [4, 4, 4]'],
  [/epochs: 50/, 'epochs: 1'],
  [/latent_dim: \[64, 128, 256\]/, 'latent_dim: [2]'],
  [/noise_level: \[0.3, 0.5, 0.8\]/, 'noise_level: [0.5]'],
  [/n_splits: 5/, 'n_splits: 2'],
  [/folds: \[0, 1, 2, 3, 4\]/, 'folds: [0, 1]'],
  [/train_images: 60000/, 'train_images: 60'],
  [/test_images: 10000/, 'test_images: 20'],
  [/dataset: mnist/, 'dataset: digits'],
  [/tuning_images: 2000/, 'tuning_images: 20'],
  [/channels: \[16, 32\]/, 'channels: [2, 2]'],
  [/filter_sigmas: \[.*\]/, 'filter_sigmas: [0.5, 1.0]'],
  [/final_seeds: 3/, 'final_seeds: 2'],
  [/tv_weights: \[.*\]/, 'tv_weights: [0.2]'],
  [/nlm_patches: \[.*\]/, 'nlm_patches: [3]'],
  [/nlm_strengths: \[.*\]/, 'nlm_strengths: [0.5]'],
  [/linear_window: 9/, 'linear_window: 3'],
];

/** Those of the quick start, too; its configurations and folds stay. */
const TINY_QUICKSTART: typeof TINY = [
  [/filters: \[16, 32, 64\]/, 'filters: [2, 2, 2]'],
  [/train_images: 2000/, 'train_images: 60'],
  [/test_images: 500/, 'test_images: 20'],
  [/tuning_images: 500/, 'tuning_images: 20'],
];

/** For its programs, which then compile their modules once and not for each stage: those of packages once for all files of tests. */
export const compiledOnce = (root: string): NodeJS.ProcessEnv => ({
  NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? join(root, 'node_modules/.compiled'),
});

/** Calls the experiment's command as on a machine with neither TensorFlow's libraries nor MLflow. */
export function runCommand(
  root: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): { readonly status: number | null; readonly output: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['stages/cli/main.ts', ...args], {
    cwd: root,
    encoding: 'utf8',
    env: {
      ...process.env,
      NODE_TEST_CONTEXT: undefined,
      ...compiledOnce(root),
      PATH: `${dirname(process.execPath)}:/usr/bin:/bin`,
      TFJS_NODE_HOME: join(root, 'no-backends'),
      // Nobody listens on the discard port.
      MLFLOW_TRACKING_URI: 'http://127.0.0.1:9',
      ...env,
    },
  });
  return { status, output: stdout + stderr };
}

/** @returns the absolute path of its folder, to be removed by the caller. */
export function makeTinyExperiment(): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'pipe-experiment-')));
  linkPackages(root);
  fill(root);
  return root;
}

/** As it was made. The modules that its programs compiled are kept. */
export function resetTinyExperiment(root: string): void {
  for (const name of readdirSync(root))
    if (name !== 'node_modules') rmSync(join(root, name), { recursive: true });
  fill(root);
}

function fill(root: string): void {
  for (const name of ['pipeline.yaml', 'stages', 'packages', 'Data/autoencoder/params', 'package.json']) {
    cpSync(join(repository, name), join(root, name), { recursive: true });
  }
  symlinkSync(join(repository, 'bin'), join(root, 'bin'));
  for (const [from, to] of TINY) editFile(join(root, paramsFile), from, to);
  for (const [from, to] of TINY_QUICKSTART) editFile(join(root, quickstartFile), from, to);
}

/** The installed packages; those of the experiment itself are the copies, as npm links them in a clone. */
function linkPackages(root: string): void {
  const [installed, linked] = [repository, root].map((folder) => join(folder, 'node_modules'));
  mkdirSync(join(linked!, '@pipe-engine'), { recursive: true });
  for (const name of readdirSync(installed!))
    if (name !== '@pipe-engine') symlinkSync(join(installed!, name), join(linked!, name));
  for (const name of ['mlflow', 'tensorflow'])
    symlinkSync(join(root, 'packages', name), join(linked!, '@pipe-engine', name));
}

/** Replaces in a file; a pattern that is not there is a mistake of the test. */
export function editFile(path: string, from: RegExp, to: string): void {
  const text = readFileSync(path, 'utf8');
  assert.match(text, from);
  writeFileSync(path, text.replace(from, to));
}
