// Declares the commands that compare metrics and parameters of revisions: `metrics`, `params`.
import { Option, type Command } from 'commander';
import type { DiffFlags, MetricsShowFlags } from '../compare/metrics.ts';
import type { ParamsDiffFlags } from '../compare/params.ts';
import { collect, digits, example, REVISIONS, withOutput } from '../options.ts';

export function declareCompareCommands(program: Command): void {
  const metrics = program.command('metrics').description('show and compare metrics');
  withTable(metrics.command('show'), 'the metrics by revision and file')
    .description('print metrics')
    .argument(
      '[targets...]',
      'files or folders of metrics, or one matrix; default: everything that is declared',
    )
    .option('--sort <name>', 'of a matrix: sort by a metric or axis, NAME, NAME:min or NAME:max')
    .option('--best <metric>', 'of a matrix: print the best member only, METRIC, METRIC:min or METRIC:max')
    .option(
      '--over <axis>',
      'of a matrix: mean ± standard deviation over this axis (may be repeated)',
      collect,
    )
    .option(
      '--rev <rev>',
      'of a revision or an experiment, in place of the workspace (may be repeated)',
      collect,
    )
    .option('-a, --all-branches', 'of all branches too')
    .option('-T, --all-tags', 'of all tags too')
    .option('-A, --all-commits', 'of all commits too')
    .option(
      '-R, --recursive',
      'a target that is a folder means all files in it (it does without this option too)',
    )
    .addHelpText(
      'after',
      example(
        'pipe metrics show',
        'pipe metrics show -a --md',
        'pipe metrics show train --over fold --sort val_loss',
        'pipe metrics show train --best val_loss',
        'pipe metrics show --rev v1.0 --rev brisk-otter',
      ),
    )
    .action(async (targets: string[], flags: MetricsShowFlags) => {
      const { metricsShowCommand } = await import('../compare/metrics.ts');
      process.exitCode = await metricsShowCommand(targets, flags);
    });

  withDiff(withTable(metrics.command('diff'), 'the changes by file and metric'), 'metrics')
    .description('print how metrics differ between two revisions')
    .addHelpText(
      'after',
      example('pipe metrics diff', 'pipe metrics diff main', 'pipe metrics diff v1 v2 --md'),
    )
    .action(async (a: string | undefined, b: string | undefined, flags: DiffFlags) => {
      const { metricsDiffCommand } = await import('../compare/metrics.ts');
      process.exitCode = await metricsDiffCommand(a, b, flags);
    });

  const params = program.command('params').description('compare parameters');
  withDiff(withTable(params.command('diff'), 'the changes by file and parameter'), 'params')
    .description('print how parameters differ between two revisions')
    .option('--deps', 'only those that stages depend on')
    .addHelpText('after', example('pipe params diff', 'pipe params diff main --md'))
    .action(async (a: string | undefined, b: string | undefined, flags: ParamsDiffFlags) => {
      const { paramsDiffCommand } = await import('../compare/params.ts');
      process.exitCode = await paramsDiffCommand(a, b, flags);
    });
}

function withTable(command: Command, json: string): Command {
  return withOutput(command, { json })
    .addOption(new Option('--md', 'print a table in Markdown').conflicts(['json', 'csv']))
    .addOption(new Option('--csv', 'print a table as CSV').conflicts(['json']))
    .option('--precision <n>', 'round to n digits after the decimal point (default: 5)', digits)
    .option('--pull', 'fetch what the cache lacks from its remote')
    .option('-r, --remote <name>', 'with --pull: this remote in place of the default');
}

function withDiff(command: Command, what: string): Command {
  return command
    .argument('[a]', `the old side: ${REVISIONS}; default: HEAD`)
    .argument('[b]', 'the new side; default: the workspace')
    .option('--targets <paths...>', `compare these files, whether they are declared as ${what} or not`)
    .option(
      '-R, --recursive',
      'a target that is a folder means all files in it (it does without this option too)',
    )
    .option('--all', 'print also what does not differ')
    .option('--no-path', 'leave the column of files out');
}
