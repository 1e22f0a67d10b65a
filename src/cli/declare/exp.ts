// Declares the commands of experiments: `exp …`.
import { Option, type Command } from 'commander';
import type { ExpRemoveFlags } from '../exp/rename.ts';
import type { ExpShowFlags } from '../exp/show.ts';
import { collect, example, withOutput } from '../options.ts';
import type { OutputFlags } from '../printer.ts';

export function declareExperimentCommands(program: Command): void {
  const exp = program.command('exp').alias('experiments').description('run and compare experiments');
  declareShow(exp);
  declareRecords(exp);
}

function declareShow(exp: Command): void {
  withOutput(exp.command('show'), {
    json: 'a JSON list of the experiments with all their values',
    verbose: 'show every column, also those that are equal in all experiments',
  })
    .alias('list')
    .alias('ls')
    .description('show the experiments in a table, with the parameters and metrics that differ')
    .argument('[names...]', 'experiments; default: all')
    .option('--sort <column>', 'sort by a parameter or metric: acc, or acc:desc')
    .option(
      '--only <pattern>',
      'only the columns that a regular expression matches (may be repeated)',
      collect,
    )
    .option(
      '--drop <pattern>',
      'without the columns that a regular expression matches (may be repeated)',
      collect,
    )
    .option('-a, --all', 'also columns that are equal in all experiments')
    .option('--best <metric>', 'print the best one only, in one line: acc, loss:min or acc:max')
    .addOption(new Option('--csv', 'print CSV, with all columns').conflicts(['json', 'md']))
    .addOption(new Option('--md', 'print a Markdown table').conflicts(['json', 'csv']))
    .addHelpText(
      'after',
      example(
        'pipe exp show',
        'pipe exp show --sort acc:desc --only "lr|acc"',
        'pipe exp show --best acc:max',
      ),
    )
    .action(async (names: string[], flags: ExpShowFlags) => {
      const { expShowCommand } = await import('../exp/show.ts');
      process.exitCode = await expShowCommand(names, flags);
    });
}

function declareRecords(exp: Command): void {
  withOutput(exp.command('rename'))
    .description('give an experiment another name')
    .argument('<name>', 'an experiment')
    .argument('<new-name>', 'its new name')
    .addHelpText('after', example('pipe exp rename brisk-otter wide-network'))
    .action(async (from: string, to: string, flags: OutputFlags) => {
      const { expRenameCommand } = await import('../exp/rename.ts');
      process.exitCode = await expRenameCommand(from, to, flags);
    });

  withOutput(exp.command('remove'))
    .alias('rm')
    .description('remove experiments; `pipe gc` removes results that nothing else names')
    .argument('[names...]', 'experiments')
    .option('--failed', 'those that failed or were interrupted')
    .option('-A, --all', 'all of them')
    .addHelpText('after', example('pipe exp remove grid-3 grid-4', 'pipe exp remove --failed'))
    .action(async (names: string[], flags: ExpRemoveFlags) => {
      const { expRemoveCommand } = await import('../exp/rename.ts');
      process.exitCode = await expRemoveCommand(names, flags);
    });
}
