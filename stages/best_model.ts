// Stage best_model: the final model of the configuration that is best overall, under a name of its own.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runStage } from './lib/fail.ts';
import { writeFileIn } from './lib/files.ts';
import { readFlags, required } from './lib/flags.ts';
import { say } from './lib/progress.ts';
import { readSelection } from './lib/selection.ts';

const flags = {
  selection: required('path', 'the overall selection, JSON'),
  models: required('path', 'folder of the final models, a folder noise… for each noise level'),
  out: required('path', 'model file to write'),
} as const;

await runStage(async () => {
  const options = readFlags('best_model', 'Publishes the final model that is best overall.', flags);
  const { name, noise_name: level } = readSelection(options.selection);
  writeFileIn(options.out, readFileSync(join(options.models, `noise${level}`, 'model_final.safetensors')));
  say(`${options.out}: ${name}, trained for σ ${level}`);
});
