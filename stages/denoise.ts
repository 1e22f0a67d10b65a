// Denoises images with a trained model. Not a stage of the pipeline: it uses the pipeline's models.
import { existsSync, globSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { runStage, StageError } from './lib/stage/fail.ts';
import { formatOf, readImages, writeImages } from './lib/data/image-files.ts';
import { PIXELS } from './lib/data/images.ts';
import { readModel } from './lib/model/model-file.ts';
import { allOf, denoise } from './lib/model/model.ts';
import { say } from './lib/stage/progress.ts';
import { availableBackends } from '@pipe-engine/tensorflow/available';
import { useBackend } from './lib/stage/backend.ts';

const usage = `Denoises images with a trained model.

Usage: node stages/denoise.ts --model MODEL [--backend NAME] [--invert] IN OUT

  IN, OUT         images 28 × 28, any number of them: .png (one image, or a sheet of them side by side), .npy
                  ([n, 28, 28], floats 0 … 1 or bytes) or idx files as MNIST has them
  --model MODEL   a model file, or the name of one: best_model_final is looked for in Data/*/
  --backend NAME  tfjs-node-gpu, tfjs-node, wasm or cpu (default: the fastest that can be loaded)
  --invert        dark digits on a light ground: turned round for the model, and back

  $ node stages/denoise.ts --model best_model_final in.png out.png
  $ node stages/denoise.ts --model Data/autoencoder/retrain/noise0.5/model_final in.npy out.npy
`;

await runStage(async () => {
  const { values, positionals } = readArguments();
  if (values.help) {
    process.stdout.write(usage);
    return;
  }
  const [input, output, ...more] = positionals;
  if (values.model === undefined || input === undefined || output === undefined || more.length > 0)
    throw new StageError(`--model, one file to read and one to write are needed\n\n${usage}`);
  // Before anything is computed.
  formatOf(output);
  const path = findModel(values.model);
  const model = readModel(path);
  const set = readImages(input);
  const noisy = values.invert ? inverted(set.values) : set.values;
  if (!values.invert && mean(noisy) > 0.5)
    say(`note: ${input} is light; the model knows light digits on a dark ground: --invert`);
  await useBackend(values.backend ?? (await availableBackends()).best, 1);
  const clean = await denoise(model, noisy, allOf(noisy));
  writeImages(output, { ...set, values: values.invert ? inverted(clean) : clean });
  say(`${output}: ${clean.length / PIXELS} image${clean.length === PIXELS ? '' : 's'}, denoised by ${path}`);
});

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        model: { type: 'string' },
        backend: { type: 'string' },
        invert: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    throw new StageError(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  }
}

/**
 * A path, with or without its ending, comes before a name. Of several models with one name: that of the full experiment, else the
 * newest.
 * @throws StageError that lists the models found
 */
function findModel(model: string): string {
  const paths = [model, `${model.replace(/\/$/, '')}.safetensors`];
  // A folder in the layers format is beside its model file.
  if (model.endsWith('/model.json')) paths.push(`${dirname(model)}.safetensors`);
  const own = paths.find((path) => statSync(path, { throwIfNoEntry: false })?.isFile() && isModel(path));
  if (own !== undefined) return own;
  const named = globSync(`Data/*/${model}.safetensors`).toSorted(
    (a, b) => Number(isFull(b)) - Number(isFull(a)) || statSync(b).mtimeMs - statSync(a).mtimeMs,
  );
  if (named.length > 0) return named[0]!;
  const here = globSync(['Data/*/best_model_final.safetensors', 'Data/*/retrain/*/model_final.safetensors']);
  throw new StageError(
    [
      existsSync(model) ? `${model} is no model file (.safetensors)` : `there is no model ${model}`,
      here.length === 0 ? 'No model is here yet; `npm start` trains one in about a minute' : 'Models here:',
      ...here.toSorted().map((path) => `  ${path}`),
    ].join('\n'),
  );
}

function isModel(path: string): boolean {
  return path.endsWith('.safetensors');
}

function isFull(path: string): boolean {
  return path.startsWith('Data/autoencoder/');
}

function inverted(images: Float32Array): Float32Array {
  return images.map((value) => 1 - value);
}

function mean(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
