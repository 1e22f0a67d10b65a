// Declares the commands that report and change nothing: `status`, `why`, `dag`, `stage list`, `logs`, `history`.
import { Option, type Command } from 'commander';
import type { DagFlags } from '../dag.ts';
import type { DataStatusFlags } from '../data/data-status.ts';
import type { HistoryFlags } from '../history.ts';
import type { LogsFlags } from '../logs.ts';
import { example, TARGETS, wholeNumber, withOutput, withOverlay, withRevisions } from '../options.ts';
import type { StageListFlags } from '../stage-list.ts';
import type { StatusFlags } from '../status.ts';
import type { WhyFlags } from '../why.ts';

export function declareReportCommands(program: Command): void {
  declareStatusAndWhy(program);
  declareDag(program);
  declarePastRuns(program);
}

function declareStatusAndWhy(program: Command): void {
  withOutput(withRevisions(withOverlay(program.command('status')), 'with --cloud: also what'), {
    json: 'one JSON object',
    verbose: 'name every stage of a group, and the fresh ones',
  })
    .description('print which stages are stale, and why')
    .argument('[targets...]', TARGETS)
    .option('--check', 'exit with 1 if anything is stale, or with --cloud if anything differs')
    .option('--allow-missing', 'what is not in the workspace counts as the lock file records it')
    .option('-c, --cloud', 'compare the cache with the remote: what it lacks, and what only it has')
    .option(
      '-r, --remote <name>',
      'this remote in place of the default; implies --cloud, unless --data is given',
    )
    .option('-j, --jobs <n>', 'with --cloud: ask for at most n objects at a time', wholeNumber)
    .option('-d, --with-deps', 'with --cloud: also everything that the targets depend on')
    .option('-R, --recursive', 'a target that is a folder means all stages declared in it')
    .option('--data', 'compare the last commit, what is recorded and the workspace, for all tracked files')
    .option('--granular', 'with --data: also the files in folders')
    .option('--unchanged', 'with --data: also what is unchanged')
    .option('--untracked-files [which]', 'with --data: also what neither git nor pipe tracks, unless `no`')
    .option('--not-in-remote', 'with --data: also what the remote lacks')
    .option('--no-updates', 'do not ask the sources of imported data whether they have changed')
    .addHelpText(
      'after',
      example(
        'pipe status',
        'pipe status --data --granular',
        'pipe status train@64-0.001-0.3-0',
        'pipe status --json',
        'pipe status --cloud --all-branches',
      ),
    )
    .action(async (targets: string[], flags: StatusFlags & DataStatusFlags & { readonly data?: true }) => {
      if (flags.data) {
        const { dataStatusCommand } = await import('../data/data-status.ts');
        process.exitCode = await dataStatusCommand(targets, flags);
        return;
      }
      if (flags.cloud || flags.remote !== undefined) {
        const { cloudStatusCommand } = await import('../remotes/cloud-status.ts');
        process.exitCode = await cloudStatusCommand(targets, flags);
        return;
      }
      const { statusCommand } = await import('../status.ts');
      process.exitCode = await statusCommand(targets, flags);
    });

  withOutput(withOverlay(program.command('why')), { json: 'one JSON object' })
    .description('explain one stage: every input, what changed, and what comes before it')
    .argument('<stage>', 'a stage')
    .addHelpText('after', example('pipe why report'))
    .action(async (target: string, flags: WhyFlags) => {
      const { whyCommand } = await import('../why.ts');
      process.exitCode = await whyCommand(target, flags);
    });
}

function declareDag(program: Command): void {
  withOutput(withOverlay(program.command('dag')), { verbose: 'draw every stage of a group, as --expand' })
    .description('draw the graph of stages')
    .argument('[target]', 'only this stage or group, and what it depends on')
    .option('-o, --outs', 'draw outputs in place of stages')
    .option('--expand', 'draw every stage of a group')
    .option('--full', 'with a target: everything that is connected with it')
    .option('--all-edges', 'draw also edges that follow from others')
    .addOption(new Option('--mermaid', 'print a Mermaid flowchart').conflicts(['dot', 'json']))
    .addOption(new Option('--dot', 'print a Graphviz graph').conflicts(['mermaid', 'json']))
    .addOption(
      new Option('--json', 'print nodes and edges; an edge is [stage, depends-on]').conflicts([
        'mermaid',
        'dot',
      ]),
    )
    .addHelpText(
      'after',
      example('pipe dag', 'pipe dag report --mermaid', 'pipe dag --dot | dot -Tsvg > dag.svg'),
    )
    .action(async (target: string | undefined, flags: DagFlags) => {
      const { dagCommand } = await import('../dag.ts');
      process.exitCode = await dagCommand(target, flags);
    });
}

function declarePastRuns(program: Command): void {
  withOutput(program.command('history'), {
    json: 'one JSON object per stage and line',
    verbose: 'name every stage of a group',
  })
    .description('list earlier runs: when, what ran, why, how long')
    .option('-n, --last <n>', 'only the last n runs', wholeNumber)
    .addHelpText('after', example('pipe history -n 3'))
    .action(async (flags: HistoryFlags) => {
      const { historyCommand } = await import('../history.ts');
      process.exitCode = await historyCommand(flags);
    });

  withOutput(program.command('logs'), { json: 'one JSON object per line of the logs' })
    .description('print what a stage printed when it last ran')
    .argument('<stage>', 'a stage, or a group')
    .option('-f, --follow', 'print new lines while a run is going on')
    .addHelpText('after', example('pipe logs report', 'pipe logs train -f'))
    .action(async (target: string, flags: LogsFlags) => {
      const { logsCommand } = await import('../logs.ts');
      process.exitCode = await logsCommand(target, flags);
    });
}

/** @param stage the command `pipe stage`. */
export function declareStageList(stage: Command): void {
  withOutput(withOverlay(stage.command('list')), { json: 'the resolved stages' })
    .description('list the stages with what they write')
    .argument('[targets...]', 'stages, groups or pipeline files; default: everything')
    .option('-a, --all', 'every stage of the project, as without targets')
    .addHelpText('after', example('pipe stage list', 'pipe stage list train --json'))
    .action(async (targets: string[], flags: StageListFlags) => {
      const { stageListCommand } = await import('../stage-list.ts');
      process.exitCode = await stageListCommand(targets, flags);
    });
}
