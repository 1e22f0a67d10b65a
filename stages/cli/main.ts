// The `denoising-autoencoder` command: argv → one command, each in a file of its own.
import { dirname } from 'node:path';
import { StageError } from '../lib/stage/fail.ts';
import { CommandError } from './command-error.ts';

interface Command {
  readonly usage: string;
  readonly run: (argv: readonly string[], root: string) => Promise<number>;
}

/** By name: what it does, and where. */
const commands: Record<string, { readonly about: string; readonly load: () => Promise<Command> }> = {
  denoise: { about: 'run the experiment and send what it recorded', load: () => import('./denoise.ts') },
  'generate-cross-validation-splits': {
    about: 'write the folds of the cross-validation as a CSV file',
    load: () => import('./generate-splits.ts'),
  },
  info: { about: 'what the experiment is, what is here, the last results', load: () => import('./info.ts') },
  track: { about: 'send the recorded runs to MLflow', load: () => import('./track.ts') },
};

const overview = `Usage: denoising-autoencoder <command> [options]

${Object.entries(commands)
  .map(([name, { about }]) => `  ${name.padEnd(34)}${about}`)
  .join('\n')}

denoising-autoencoder <command> --help has the details.
`;

async function main(name: string, argv: readonly string[]): Promise<number> {
  if (name === '--help' || name === '-h' || name === 'help') {
    console.log(overview);
    return 0;
  }
  const command = await commands[name]?.load();
  if (command === undefined) {
    console.error(`denoising-autoencoder: there is no command ${name}\n\n${overview}`);
    return 2;
  }
  if (argv.includes('--help') || argv.includes('-h')) {
    console.log(command.usage);
    return 0;
  }
  try {
    return await command.run(argv, dirname(dirname(import.meta.dirname)));
  } catch (error) {
    if (isMisuse(error)) {
      console.error(`denoising-autoencoder ${name}: ${error.message}\n\n${command.usage}`);
      return 2;
    }
    if (!isExpected(error)) throw error;
    console.error(`denoising-autoencoder ${name}: ${error.message}`);
    return 1;
  }
}

/** What parseArgs throws at flags that it does not know. */
const isMisuse = (error: unknown): error is Error =>
  error instanceof Error &&
  'code' in error &&
  typeof error.code === 'string' &&
  error.code.startsWith('ERR_PARSE_ARGS');

/** A failure that the user can do something about; its message is enough. */
const isExpected = (error: unknown): error is Error =>
  error instanceof StageError ||
  error instanceof CommandError ||
  (error instanceof Error && 'syscall' in error && 'path' in error);

const [name = '--help', ...argv] = process.argv.slice(2);
process.exitCode = await main(name, argv);
