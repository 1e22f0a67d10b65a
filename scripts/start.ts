// `npm start`: the whole experiment on generated digits, small enough to watch. `denoising-autoencoder denoise` runs it at full size on
// MNIST.
import { dirname, join } from 'node:path';
import { run } from '../stages/cli/denoise.ts';

const root = dirname(import.meta.dirname);
const params = join(root, 'Data/autoencoder/params/quickstart_params.yaml');

process.exitCode = await run(['--params', params, '--', ...process.argv.slice(2)], root);
