// Stage best_model: the final model of the configuration that is best overall, under a name of its own.
import { copyFileSync, cpSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runStage } from './lib/stage/fail.ts';
import { readFlags, required } from './lib/stage/flags.ts';
import { say } from './lib/stage/progress.ts';
import { readSelection } from './lib/measure/selection.ts';

const flags = {
  selection: required('path', 'the overall selection, JSON'),
  models: required('path', 'folder of the final models, a folder noise… for each noise level'),
  out: required('path', 'model file to write; beside it goes the folder of the same name without its ending'),
} as const;

await runStage(async () => {
  const options = readFlags('best_model', 'Publishes the final model that is best overall.', flags);
  const { name, noise_name: level } = readSelection(options.selection);
  const final = join(options.models, `noise${level}`, 'model_final');
  mkdirSync(dirname(options.out), { recursive: true });
  copyFileSync(`${final}.safetensors`, options.out);
  cpSync(final, options.out.replace(/\.safetensors$/, ''), { recursive: true });
  say(`${options.out}: ${name}, trained for σ ${level}`);
});
