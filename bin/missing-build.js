// Explains why the engine could not be loaded: a clone without a build, or an installed package without all of its files.
import { existsSync } from 'node:fs';
import { installPackages, isClone } from './clone.js';

export function explainMissingBuild(error) {
  if (!error || !['ERR_MODULE_NOT_FOUND', 'ENOENT'].includes(error.code)) throw error;
  const built = existsSync(new URL('../dist/main.js', import.meta.url));
  if (isClone && !built) console.error(`pipe is not built: ${installPackages()}.`);
  else if (isClone) throw error;
  else console.error('This installation of pipe lacks files: install pipe again.');
  process.exit(1);
}
