// Declares the commands of experiments: `exp …`.
import { Option, type Command } from 'commander';
import type { ExpSaveFlags } from '../exp/apply.ts';
import type { ExpDiffFlags } from '../exp/diff.ts';
import type { ExpRemoveFlags } from '../exp/rename.ts';
import type { ExpRunFlags } from '../exp/run.ts';
import type { ExpRemoteFlags } from '../exp/remote.ts';
import type { ExpShowFlags } from '../exp/show.ts';
import { collect, digits, example, naturalNumber, wholeNumber, withOutput } from '../options.ts';
import type { OutputFlags } from '../printer.ts';

export function declareExperimentCommands(program: Command): void {
  const exp = program.command('exp').alias('experiments').description('run and compare experiments');
  declareRun(exp);
  declareShow(exp);
  declareDiff(exp);
  declareApply(exp);
  declareRecords(exp);
  declareRemote(exp);
}

function declareRun(exp: Command): void {
  exp
    .command('run')
    .description(
      'run the pipeline with other parameters, without a change of the workspace; several values make several experiments',
    )
    .argument(
      '[name]',
      'the name of the experiment; members of a product are NAME-1, NAME-2 …; default: one is made up',
    )
    .option('-n, --name <name>', 'the same, as in DVC')
    .option(
      '-S, --set <key=values>',
      'set a parameter: lr=0.1; several values: lr=0.1,0.2, lr=choice(0.1, 0.2), n=range(1, 10); FILE:key=value, +key=value for a new key, ~key (may be repeated)',
      collect,
    )
    .option('--set-param <key=values>', 'the same, as in DVC', collect)
    .option('--grid <file>', 'a file with values: lists by key, a list of mappings, or CSV')
    .option('--random <n>', 'only n experiments of the product, chosen at random', wholeNumber)
    .option('--seed <n>', 'the seed of --random (default: 0)', naturalNumber)
    .option(
      '-t, --target <stage>',
      'only this stage or output and what it depends on (may be repeated)',
      collect,
    )
    .option('--failed', 'run again what failed or was interrupted: all, or those of the name')
    .option('-f, --force', 'replace the experiment of this name even if it had other parameters')
    .option('--dry', 'only print which experiments would run')
    .option(
      '-j, --jobs <n>',
      'run at most n stages at a time, of all experiments (default: the number of CPUs)',
      wholeNumber,
    )
    .option('--pull', 'before a stage runs, ask the remote for its result')
    .option('--no-wait', 'fail if another run holds the project, instead of waiting for it')
    .option('--break-lock', 'take over the lock of a run on another host that is known to be dead')
    .option('--json', 'print events, one JSON object per line')
    .option('-q, --quiet', 'print failures only')
    .option('-v, --verbose', 'print known results too, and on a terminal what stages print')
    .addHelpText(
      'after',
      example(
        'pipe exp run wide -S model.width=512',
        'pipe exp run grid -S lr=0.1,0.01 -S "depth=range(2, 6)" -j 4',
        'pipe exp run search --random 30 -S "lr=tag(log, interval(1e-4, 1e-1))"',
        'pipe exp run --failed',
      ),
    )
    .action(
      async (name: string | undefined, { setParam, ...flags }: ExpRunFlags & { setParam?: string[] }) => {
        const { expRunCommand } = await import('../exp/run.ts');
        process.exitCode = await expRunCommand(name, {
          ...flags,
          ...((flags.set ?? setParam) && { set: [...(flags.set ?? []), ...(setParam ?? [])] }),
        });
      },
    );
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

function declareDiff(exp: Command): void {
  withOutput(exp.command('diff'), { json: 'one JSON object' })
    .description('show which parameters and metrics differ between two experiments')
    .argument('<from>', 'an experiment, a branch, tag or commit of git, or `workspace`')
    .argument('[to]', 'the same; default: the workspace')
    .option('-a, --all', 'also what is equal')
    .option('--precision <n>', 'round to n digits after the decimal point (default: 5)', digits)
    .option('--pull', 'fetch what the cache lacks from its remote')
    .option('-r, --remote <name>', 'with --pull: this remote in place of the default')
    .addOption(new Option('--md', 'print Markdown tables').conflicts(['json']))
    .addHelpText('after', example('pipe exp diff grid-1 grid-3', 'pipe exp diff grid-3'))
    .action(async (from: string, to: string | undefined, flags: ExpDiffFlags) => {
      const { expDiffCommand } = await import('../exp/diff.ts');
      process.exitCode = await expDiffCommand(from, to, flags);
    });
}

function declareApply(exp: Command): void {
  withOutput(exp.command('apply'), { json: 'one JSON object' })
    .description(
      'make the workspace an experiment: its parameters in the files, its outputs from the cache; what only the workspace has is saved first',
    )
    .argument('<name>', 'an experiment')
    .addHelpText('after', example('pipe exp apply grid-3 && pipe status'))
    .action(async (name: string, flags: OutputFlags) => {
      const { expApplyCommand } = await import('../exp/apply.ts');
      process.exitCode = await expApplyCommand(name, flags);
    });

  withOutput(exp.command('branch'), { json: 'one JSON object' })
    .description('make a git branch of an experiment, without a change of the workspace; DVC reads it too')
    .argument('<name>', 'an experiment')
    .argument('[branch]', 'the name of the branch; default: that of the experiment')
    .addHelpText('after', example('pipe exp branch grid-3 wider-network'))
    .action(async (name: string, branch: string | undefined, flags: OutputFlags) => {
      const { expBranchCommand } = await import('../exp/apply.ts');
      process.exitCode = await expBranchCommand(name, branch, flags);
    });

  withOutput(exp.command('save'))
    .description('record the workspace, as it is, as an experiment')
    .argument('<name>', 'its name')
    .option('-f, --force', 'replace an experiment of this name')
    .addHelpText('after', example('pipe repro && pipe exp save baseline'))
    .action(async (name: string, flags: ExpSaveFlags) => {
      const { expSaveCommand } = await import('../exp/apply.ts');
      process.exitCode = await expSaveCommand(name, flags);
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

function declareRemote(exp: Command): void {
  for (const [name, description] of [
    ['push', 'send experiments to a remote: their records, and the objects that these name'],
    ['pull', 'fetch experiments from a remote'],
  ] as const) {
    withOutput(exp.command(name), { json: 'one JSON object' })
      .description(description)
      .argument(
        '[names...]',
        name === 'push'
          ? 'experiments; default: all that have ended'
          : 'experiments; default: all of the remote',
      )
      .option('-r, --remote <name>', 'this remote in place of the default')
      .option('-j, --jobs <n>', 'transfer at most n objects at a time (default: 8)', wholeNumber)
      .option('-f, --force', 'replace an experiment of the same name that differs')
      .addHelpText('after', example(`pipe exp ${name} grid-3`))
      .action(async (names: string[], flags: ExpRemoteFlags) => {
        const { expPullCommand, expPushCommand } = await import('../exp/remote.ts');
        process.exitCode = await (name === 'push' ? expPushCommand : expPullCommand)(names, flags);
      });
  }
}
