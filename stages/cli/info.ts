// `denoising-autoencoder info`: describes the experiment and its progress here. Runs nothing, and works in an empty clone, too.
import { globSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { availableBackends } from '@pipe-engine/tensorflow/available';
import { describeAdapters } from './adapter-choice.ts';
import { chooseBackend, wishesOf } from './backend-choice.ts';
import { CommandError } from './command-error.ts';
import { describeData, describeProgress, describeResults } from './found.ts';
import { usedGrid } from './grid.ts';
import {
  FULL,
  fromRoot,
  pipelineFlags,
  readParameters,
  withAssignments,
  type Parameters,
  type Values,
} from './parameters.ts';
import { MACHINE } from './machine.ts';
import { listStages, type ListedStage } from './pipe.ts';

export const usage = `denoising-autoencoder info [--params FILE]

What the experiment is, its parameters, the size of its grid, the backend and the GPU that it would use, the adapters of
WebGPU and why each is taken or not, which data and results are here. Without --params, of every parameter file in Data/autoencoder/params that has left results.

  $ denoising-autoencoder info
  $ denoising-autoencoder info --params Data/autoencoder/params/quickstart_params.yaml
`;

const ABOUT = `Denoising autoencoder: how well does a small convolutional autoencoder remove noise from images of digits, and which of
its sizes and learning rates does it best? Noise is added to MNIST; a grid of configurations is trained with
cross-validation; the best one by validation loss is trained again on all training images and measured on the test set,
beside the best methods that need no network. See docs/experiment.md.
`;

const NEXT = `Commands
  npm start                              the quick start: generated digits, about a minute
  denoising-autoencoder denoise          the full experiment; finished stages are not repeated
  denoising-autoencoder <command> --help
`;

/** @returns the exit status */
export async function run(argv: readonly string[], root: string): Promise<number> {
  const { values } = parseArgs({ args: [...argv], options: { params: { type: 'string' } } });
  const only = values.params === undefined ? undefined : fromRoot(root, values.params);
  const shown = only ?? FULL;
  const parameters = readParameters(root, shown);
  console.log(ABOUT);
  printSection(`Parameters (${shown})`, [
    ...parameterLines(withAssignments(parameters.all, gridOptions(parameters))),
    ...gridLines(root, shown),
  ]);
  printSection('Backend', await backendLines(shown, parameters));
  const others = globSync('Data/autoencoder/params/*.{yaml,yml}', { cwd: root })
    .sort()
    .filter((file) => file !== FULL);
  for (const file of only === undefined ? [FULL, ...others] : [only]) {
    const stages = stagesOf(root, file);
    const results = [...describeProgress(root, stages), ...describeResults(root, stages)];
    if (file === shown) printSection('Data', describeData(root, stages));
    if (results.length > 0 || file === shown)
      printSection(`Results (${file})`, results.length > 0 ? results : ['none yet']);
  }
  console.log(NEXT);
  return 0;
}

function printSection(title: string, lines: readonly string[]): void {
  console.log([title, ...lines.map((line) => `  ${line}`), ''].join('\n'));
}

function parameterLines(all: Values): readonly string[] {
  const lines = ['base', 'grid', 'cv', 'data'].flatMap((section) => {
    const own = all[section];
    if (typeof own !== 'object' || own === null) return [];
    const words = Object.entries(own)
      .filter(([, value]) => value !== undefined && (typeof value !== 'object' || Array.isArray(value)))
      .map(([name, value]) => `${name} ${Array.isArray(value) ? value.join(', ') : String(value)}`);
    return [`${section.padEnd(6)}${words.join('; ')}`];
  });
  return lines.length > 0 ? lines : ['the file is missing or holds no parameters'];
}

/** As `denoise` runs the file: its grid is the whole grid. */
const flagsOf = (root: string, file: string): readonly string[] => [
  ...pipelineFlags(file),
  ...gridOptions(readParameters(root, file)),
];

const gridOptions = (parameters: Parameters): readonly string[] => usedGrid(parameters, []).options;

/** Counted by pipe, which makes a stage of each training. */
function gridLines(root: string, file: string): readonly string[] {
  try {
    const trainings = listStages(['train'], flagsOf(root, file), root).map(({ name }) => name);
    const configurations = new Set(trainings.map((name) => name.replace(/-[^-]*$/, '')));
    const folds = trainings.length / configurations.size;
    return [`${configurations.size} configurations × ${folds} folds = ${trainings.length} trainings`];
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return error.message.split('\n');
  }
}

async function backendLines(file: string, parameters: Parameters): Promise<readonly string[]> {
  const available = await availableBackends();
  const gpus = `GPU: ${available.gpus.length > 0 ? available.gpus.join(', ') : 'none found'}`;
  const webgpu = available.offers.find(({ name }) => name === 'webgpu');
  const besides = (): readonly string[] =>
    webgpu?.loadable === true
      ? describeAdapters({ ...MACHINE.listAdapters(), refusal: 'another backend is used' })
      : [`WebGPU: ${webgpu?.why}`];
  try {
    const { lines, judged } = chooseBackend(available, wishesOf(undefined, file, parameters), MACHINE);
    return [...lines, gpus, ...(judged === undefined ? besides() : describeAdapters(judged))];
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return [...error.message.split('\n'), gpus, ...besides()];
  }
}

function stagesOf(root: string, file: string): readonly ListedStage[] {
  try {
    return listStages([], flagsOf(root, file), root);
  } catch (error) {
    // The section of the parameters has printed the mistake.
    if (error instanceof CommandError) return [];
    throw error;
  }
}
