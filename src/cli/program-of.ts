// A commander program of some groups of commands, with what every command has.
import { Command } from 'commander';
import manifest from '../../package.json' with { type: 'json' };
import { answerDvcCommands } from './dvc-commands.ts';
import { arrangeHelp } from './help.ts';
import { example } from './options.ts';
import { writeUsageError } from './report-error.ts';
import { explainVerbosely } from './verbose.ts';

/** Declares the commands of a group. */
export type Declare = (program: Command) => void;

/** @param isWhole these are all groups. */
export function programOf(groups: readonly Declare[], isWhole: boolean): Command {
  const program = new Command('pipe')
    .description('Declarative pipelines: run only what is stale, in parallel, and say why.')
    .version(manifest.version, '-V, --version')
    .configureOutput({ outputError: writeUsageError })
    .showSuggestionAfterError()
    .addHelpText('after', example('pipe init', 'pipe repro', 'pipe status', 'pipe dag'));
  for (const declare of groups) declare(program);
  answerDvcCommands(program, isWhole);
  explainVerbosely(program, manifest.version);
  arrangeHelp(program);
  return program;
}
