// The `denoising-autoencoder` command: argv → one command, each in a file of its own.
import { dirname } from 'node:path';

interface Command {
  readonly usage: string;
  readonly run: (argv: readonly string[], root: string) => Promise<number>;
}

/** By name: what it does, and where. */
const commands: Record<string, { readonly about: string; readonly load: () => Promise<Command> }> = {
  denoise: { about: 'run the experiment and send what it recorded', load: () => import('./denoise.ts') },
  track: { about: 'send the recorded runs to MLflow', load: () => import('./track.ts') },
};

const overview = `Usage: denoising-autoencoder <command> [options]

${Object.entries(commands)
  .map(([name, { about }]) => `  ${name.padEnd(34)}${about}`)
  .join('\n')}

denoising-autoencoder <command> --help tells more.
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
    if (!isMisuse(error)) throw error;
    console.error(`denoising-autoencoder ${name}: ${error.message}\n\n${command.usage}`);
    return 2;
  }
}

/** What parseArgs throws at flags that it does not know. */
const isMisuse = (error: unknown): error is Error =>
  error instanceof Error &&
  'code' in error &&
  typeof error.code === 'string' &&
  error.code.startsWith('ERR_PARSE_ARGS');

const [name = '--help', ...argv] = process.argv.slice(2);
process.exitCode = await main(name, argv);
