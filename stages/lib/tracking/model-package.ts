// A final model as MLflow's registry loads it: an MLmodel with a pyfunc flavour, whose loader computes the network from the
// .safetensors, and the TensorFlow.js folder beside it.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Artifact } from '@pipe-engine/mlflow/record';
import { readNpy } from '../data/npy.ts';
import { writeFileIn } from '../stage/files.ts';
import { SIZE } from '../data/images.ts';
import { artifact } from './artifacts.ts';

/** In a run: the folder that the model registry takes. */
export const MODEL_FOLDER = 'model';

const LOADER = 'denoising_autoencoder';
const MODEL_FILE = 'model_final.safetensors';
const PYTHON = '3.11.0';
/** PyTorch is used where it is installed. */
const REQUIREMENTS = ['mlflow>=2.9', 'numpy>=1.22'];
/** Images in the input example. */
const EXAMPLES = 2;

export interface PackagedModel {
  /** Folder of the final model. */
  readonly model: string;
  /** .npy file of noisy images, for the input example. */
  readonly noisy: string;
  /** Said of it in the MLmodel. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Milliseconds since 1970. */
  readonly made: number;
}

/** @param folder to write into: all that is not an output of another stage */
export function packageModel(folder: string, source: PackagedModel): Artifact[] {
  const weights = join(source.model, MODEL_FILE);
  const example = inputExample(source.noisy);
  const files = {
    MLmodel: description(source, readFileSync(weights)),
    'requirements.txt': `${REQUIREMENTS.join('\n')}\n`,
    'conda.yaml': environment(),
    'python_env.yaml': `python: ${PYTHON}\nbuild_dependencies:\n- pip\ndependencies:\n- -r requirements.txt\n`,
    'input_example.json': JSON.stringify(example),
    'serving_input_example.json': JSON.stringify({ inputs: example }),
  };
  for (const [name, text] of Object.entries(files)) writeFileIn(join(folder, name), text);
  const code = join(folder, 'code', `${LOADER}.py`);
  writeFileIn(code, readFileSync(join(import.meta.dirname, 'pyfunc', `${LOADER}.py`)));
  return [
    ...Object.keys(files).map((name) => artifact(join(folder, name), MODEL_FOLDER)),
    artifact(code, `${MODEL_FOLDER}/code`),
    artifact(weights, MODEL_FOLDER),
    ...['model.json', 'weights.bin'].map((name) =>
      artifact(join(source.model, 'model_final', name), `${MODEL_FOLDER}/tfjs`),
    ),
  ];
}

/** YAML. JSON's texts are YAML's, too. */
function description({ metadata, made }: PackagedModel, weights: Uint8Array): string {
  const images = JSON.stringify([
    { type: 'tensor', 'tensor-spec': { dtype: 'float32', shape: [-1, SIZE, SIZE] } },
  ]);
  return `artifact_path: ${MODEL_FOLDER}
flavors:
  python_function:
    code: code
    data: ${MODEL_FILE}
    env:
      conda: conda.yaml
      virtualenv: python_env.yaml
    loader_module: ${LOADER}
    python_version: ${PYTHON}
    streamable: false
metadata:
${Object.entries(metadata)
  .map(([name, value]) => `  ${name}: ${JSON.stringify(value)}`)
  .join('\n')}
model_uuid: ${createHash('sha256').update(weights).digest('hex').slice(0, 32)}
saved_input_example_info:
  artifact_path: input_example.json
  serving_input_path: serving_input_example.json
  type: ndarray
signature:
  inputs: '${images}'
  outputs: '${images}'
  params: null
utc_time_created: '${new Date(made).toISOString().replace('T', ' ').replace('Z', '000')}'
`;
}

const environment = (): string => `channels:
- conda-forge
dependencies:
- python=${PYTHON.split('.').slice(0, 2).join('.')}
- pip
- pip:
${REQUIREMENTS.map((requirement) => `  - ${requirement}`).join('\n')}
name: mlflow-env
`;

/** Nested lists, [n, 28, 28]. */
function inputExample(path: string): number[][][] {
  const { values } = readNpy(path);
  const pixel = (image: number, row: number, column: number): number =>
    Math.round(values[(image * SIZE + row) * SIZE + column]! * 1e4) / 1e4;
  const range = (length: number): number[] => Array.from({ length }, (_, at) => at);
  const images = Math.min(EXAMPLES, values.length / SIZE ** 2);
  return range(images).map((image) =>
    range(SIZE).map((row) => range(SIZE).map((column) => pixel(image, row, column))),
  );
}
