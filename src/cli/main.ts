// The command line: argv → one command. Each command is a file of its own, loaded when it is called.
import { Command, Option } from 'commander';
import manifest from '../../package.json' with { type: 'json' };
import { arrangeHelp } from './help.ts';
import {
  bytes,
  collect,
  example,
  milliseconds,
  wholeNumber,
  withOverlay,
  withRemote,
  withRun,
} from './options.ts';
import { endWithReader } from '../session/closed-output.ts';
import { guardOutput } from '../session/guard-output.ts';
import { reportError, writeUsageError } from './report-error.ts';
import type { HistoryFlags } from './history.ts';
import type { OverlayFlags } from '../session/load.ts';
import type { RemoteFlags } from './remote.ts';
import type { ReproFlags } from './repro.ts';
import type { RunFlags } from '../session/run-once.ts';
import type { GcFlags } from './gc.ts';
import type { CheckoutFlags } from './checkout.ts';
import type { DagFlags } from './dag.ts';
import type { StageAddFlags } from './stage-add.ts';
import type { StageListFlags } from './stage-list.ts';
import type { StatusFlags } from './status.ts';

const program = new Command('pipe')
  .description('Declarative pipelines: run only what is stale, in parallel, and say why.')
  .version(manifest.version, '-V, --version')
  .configureOutput({ outputError: writeUsageError })
  .showSuggestionAfterError()
  .addHelpText('after', example('pipe repro', 'pipe status', 'pipe dag'));

withRun(program.command('repro'))
  .description('run what is stale, restore what the cache has, leave the rest alone')
  .option('-f, --force', 'run the stages even if they are fresh')
  .option('--dry', 'only say what would be done')
  .option('--pull', 'before a stage is run, ask the remote for its result')
  .addHelpText(
    'after',
    example('pipe repro', 'pipe repro train -j 4', 'pipe repro -S base.epochs=5', 'pipe repro --dry'),
  )
  .action(async (targets: string[], flags: ReproFlags) => {
    const { reproCommand } = await import('./repro.ts');
    process.exitCode = await reproCommand(targets, flags);
  });

withOverlay(program.command('status'))
  .description('say which stages are stale, and why')
  .argument('[targets...]', 'stages, groups, outputs or pipeline files; default: everything')
  .option('--json', 'print one JSON object')
  .option('--check', 'exit with 1 if anything is stale')
  .option('-v, --verbose', 'name every stage of a group, and the fresh ones')
  .addHelpText('after', example('pipe status', 'pipe status train@64-0.001-0.3-0', 'pipe status --json'))
  .action(async (targets: string[], flags: StatusFlags) => {
    const { statusCommand } = await import('./status.ts');
    process.exitCode = await statusCommand(targets, flags);
  });

withOverlay(program.command('dag'))
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
    const { dagCommand } = await import('./dag.ts');
    process.exitCode = await dagCommand(target, flags);
  });

const stage = program.command('stage').description('look at the stages of the pipeline');
stage
  .command('add')
  .description('add a stage to the pipeline file of this folder')
  .requiredOption('-n, --name <name>', 'its name')
  .option('-d, --deps <path>', 'a file or folder that it reads (may be repeated, like all of these)', collect)
  .option('-p, --params <[file:]keys>', 'parameters that it reads: lr,epochs or file.yaml:lr', collect)
  .option('-o, --outs <path>', 'a file or folder that it writes', collect)
  .option('-O, --outs-no-cache <path>', 'an output that the cache does not keep', collect)
  .option('--outs-persist <path>', 'an output that is not removed before a run', collect)
  .option('--outs-persist-no-cache <path>', 'both', collect)
  .option('-m, --metrics <path>', 'a metrics file', collect)
  .option('-M, --metrics-no-cache <path>', 'a metrics file that the cache does not keep', collect)
  .option('--plots <path>', 'a plots file', collect)
  .option('--plots-no-cache <path>', 'a plots file that the cache does not keep', collect)
  .option('-w, --wdir <folder>', 'where the command runs')
  .option('--always-changed', 'run it every time')
  .option('--desc <text>', 'what it is for')
  .option('-f, --force', 'replace a stage of the same name')
  .option('--run', 'run it at once')
  .argument('<command...>', 'the command, after --')
  .addHelpText(
    'after',
    example('pipe stage add -n train -d data.csv -o model.json -- node train.js data.csv model.json'),
  )
  .action(async (command: string[], flags: StageAddFlags) => {
    const { stageAddCommand } = await import('./stage-add.ts');
    process.exitCode = await stageAddCommand(command, flags);
  });

withOverlay(stage.command('list'))
  .description('list the stages with what they write')
  .argument('[targets...]', 'stages, groups or pipeline files; default: everything')
  .option('-a, --all', 'every stage of the project, as without targets')
  .option('--json', 'print the resolved stages')
  .addHelpText('after', example('pipe stage list', 'pipe stage list train --json'))
  .action(async (targets: string[], flags: StageListFlags) => {
    const { stageListCommand } = await import('./stage-list.ts');
    process.exitCode = await stageListCommand(targets, flags);
  });

program
  .command('init')
  .description('write an annotated first pipeline (in a DVC repository as dvc.yaml)')
  .option('--git', 'also let git merge lock files stage by stage, and ignore the cache')
  .addHelpText('after', example('pipe init && pipe repro', 'pipe init --git'))
  .action(async (flags: { git?: true }) => {
    const { initCommand } = await import('./init.ts');
    process.exitCode = await initCommand(flags.git === true);
  });

program
  .command('lock')
  .description('work on lock files')
  .command('merge')
  .description('the merge driver that `pipe init --git` tells git of')
  .argument('<base>', 'what both sides come from (%O)')
  .argument('<ours>', 'our side, which receives the result (%A)')
  .argument('<theirs>', 'the other side (%B)')
  .argument('[path]', 'the lock file in the repository (%P)')
  .addHelpText('after', example('pipe lock merge base.lock pipeline.lock theirs.lock'))
  .action(async (base: string, ours: string, theirs: string, path?: string) => {
    const { lockMergeCommand } = await import('./lock-merge.ts');
    process.exitCode = await lockMergeCommand(base, ours, theirs, path);
  });

for (const [name, frozen, text] of [
  ['freeze', true, 'keep stages from running, whatever changes'],
  ['unfreeze', false, 'let frozen stages run again'],
] as const) {
  program
    .command(name)
    .description(text)
    .argument('<stages...>', 'declared stages: name, or path/pipeline.yaml:name')
    .addHelpText('after', example(`pipe ${name} prepare`))
    .action(async (targets: string[]) => {
      const { freezeCommand } = await import('./edit.ts');
      process.exitCode = freezeCommand(targets, frozen);
    });
}

program
  .command('remove')
  .description('remove stages from the pipeline file')
  .argument('<stages...>', 'declared stages: name, or path/pipeline.yaml:name')
  .addHelpText('after', example('pipe remove report'))
  .action(async (targets: string[]) => {
    const { removeCommand } = await import('./edit.ts');
    process.exitCode = removeCommand(targets);
  });

withRun(program.command('watch'))
  .description('run, wait for a change, run what it made stale, and so on')
  .addHelpText('after', example('pipe watch', 'pipe watch report -j 4'))
  .action(async (targets: string[], flags: RunFlags) => {
    const { watchCommand } = await import('./watch.ts');
    process.exitCode = await watchCommand(targets, flags);
  });

withOverlay(program.command('checkout'))
  .description('make the workspace hold what the lock file records; run nothing')
  .argument('[targets...]', 'stages, groups, outputs or pipeline files; default: everything')
  .option('-f, --force', 'replace outputs that were changed by hand, even if nothing else has their bytes')
  .addHelpText('after', example('git switch other-branch && pipe checkout'))
  .action(async (targets: string[], flags: CheckoutFlags) => {
    const { checkoutCommand } = await import('./checkout.ts');
    process.exitCode = await checkoutCommand(targets, flags);
  });

withOverlay(program.command('commit'))
  .description('take the workspace as it is for the result of its stages; run nothing')
  .argument('[targets...]', 'stages, groups, outputs or pipeline files; default: everything')
  .option('-f, --force', 'go ahead although the record differs')
  .addHelpText('after', example('pipe commit -f report'))
  .action(async (targets: string[], flags: CheckoutFlags) => {
    const { commitCommand } = await import('./checkout.ts');
    process.exitCode = await commitCommand(targets, flags);
  });

program
  .command('gc')
  .description(
    'remove from the cache what has not been of use for long; what the lock files name always stays',
  )
  .option('--keep <time>', 'keep results that were of use within this time (default: 30d)', milliseconds)
  .option('--max-size <size>', 'then remove the oldest until the cache is no larger (default: 20G)', bytes)
  .option('-w, --workspace', 'keep only what the lock files of the workspace name')
  .option('-a, --all-branches', 'keep only what the lock files of the workspace and of all git branches name')
  .option(
    '--saved <time>',
    'keep for so long what was saved before it was replaced (default: 90d)',
    milliseconds,
  )
  .option('--dry', 'only say what would be removed')
  .option('-v, --verbose', 'list everything that is removed, however long the list')
  .addHelpText(
    'after',
    example('pipe gc --dry', 'pipe gc --keep 2w --max-size 50G', 'pipe gc --all-branches'),
  )
  .action(async (flags: GcFlags) => {
    const { gcCommand } = await import('./gc.ts');
    process.exitCode = await gcCommand(flags);
  });

program
  .command('verify')
  .description('hash what the cache has of the recorded results again, and set aside what is damaged')
  .option('--all', 'the whole cache')
  .addOption(
    new Option(
      '--inputs',
      'hash in place of the cache what stages read, and trust no time stamp: exit with 1 if any of it is not as recorded',
    ).conflicts('all'),
  )
  .option('--lock <file>', 'with --inputs: this lock file in place of the one beside the pipeline file')
  .addHelpText('after', example('pipe verify', 'pipe verify --all', 'pipe verify --inputs'))
  .action(async (flags: { all?: true; inputs?: true; lock?: string }) => {
    if (flags.inputs) {
      const { verifyInputsCommand } = await import('./verify-inputs.ts');
      process.exitCode = await verifyInputsCommand(flags);
      return;
    }
    const { verifyCommand } = await import('./cache.ts');
    process.exitCode = await verifyCommand(flags);
  });

withRemote(program.command('push'))
  .description('send what the lock file records from the cache to a remote')
  .option('-f, --force', 'send everything anew, and so replace what is damaged there')
  .option('--dry', 'only say how much would be sent')
  .option('--run-cache', 'send the records too, with which others restore results instead of running')
  .addHelpText('after', example('pipe push', 'pipe push train --remote shared', 'pipe push --run-cache'))
  .action(async (targets: string[], flags: RemoteFlags) => {
    const { pushCommand } = await import('./remote.ts');
    process.exitCode = await pushCommand(targets, flags);
  });

withRemote(program.command('fetch'))
  .description('bring what the lock file records from a remote into the cache')
  .option('--run-cache', 'bring also what earlier runs gave for the inputs of now')
  .addHelpText('after', example('pipe fetch', 'pipe fetch --run-cache && pipe repro'))
  .action(async (targets: string[], flags: RemoteFlags) => {
    const { fetchCommand } = await import('./remote.ts');
    process.exitCode = await fetchCommand(targets, flags);
  });

withRemote(program.command('pull'))
  .description('fetch, and make the workspace hold what the lock file records')
  .option('-f, --force', 'replace outputs that were changed by hand, even if nothing else has their bytes')
  .option('--run-cache', 'bring also what earlier runs gave for the inputs of now')
  .addHelpText('after', example('git pull && pipe pull', 'pipe pull model.json --remote shared'))
  .action(async (targets: string[], flags: RemoteFlags) => {
    const { pullCommand } = await import('./remote.ts');
    process.exitCode = await pullCommand(targets, flags);
  });

program
  .command('remote')
  .description('look after the remotes')
  .command('trust')
  .description('let the server of a remote have the credentials that are meant for it, on this machine')
  .argument('[name]', 'the remote; default: the default remote')
  .addHelpText('after', example('pipe remote trust', 'pipe remote trust web'))
  .action(async (name?: string) => {
    const { trustCommand } = await import('./remote-trust.ts');
    process.exitCode = await trustCommand(name);
  });

const cache = program.command('cache').description('look at the cache');
for (const [name, text] of [
  ['path', 'print its folder'],
  ['size', 'print how many objects and bytes it holds'],
  ['list', 'list its objects, the largest first'],
] as const) {
  cache
    .command(name)
    .description(text)
    .addHelpText('after', example(`pipe cache ${name}`))
    .action(async () => {
      const { cacheCommands } = await import('./cache.ts');
      process.exitCode = await cacheCommands[name]();
    });
}

cache
  .command('saved')
  .description('list what was saved before an output was replaced, because no stage had made it')
  .option('--json', 'print a JSON list')
  .addHelpText('after', example('pipe cache saved'))
  .action(async (flags: { json?: true }) => {
    const { savedCommand } = await import('./saved.ts');
    process.exitCode = await savedCommand(flags);
  });

cache
  .command('restore')
  .description('put back what was saved before an output was replaced')
  .argument('<id>', 'as `pipe cache saved` lists it')
  .argument('[path]', 'where to; default: where it was')
  .addHelpText('after', example('pipe cache restore 1f0c9a3e data.saved'))
  .action(async (id: string, path?: string) => {
    const { restoreCommand } = await import('./saved.ts');
    process.exitCode = await restoreCommand(id, path);
  });

program
  .command('unprotect')
  .description('turn outputs that are links into the cache into files of their own, to edit them')
  .argument('[targets...]', 'stages, groups or outputs; default: everything')
  .addHelpText('after', example('pipe unprotect data/labels.csv'))
  .action(async (targets: string[]) => {
    const { unprotectCommand } = await import('./cache.ts');
    process.exitCode = await unprotectCommand(targets);
  });

withOverlay(program.command('why'))
  .description('tell the full story of one stage: every input, what changed, and what comes before it')
  .argument('<stage>', 'a stage')
  .addHelpText('after', example('pipe why report'))
  .action(async (target: string, flags: OverlayFlags) => {
    const { whyCommand } = await import('./why.ts');
    process.exitCode = await whyCommand(target, flags);
  });

program
  .command('history')
  .description('list earlier runs: when, what ran, why, how long')
  .option('-n, --last <n>', 'only so many runs, the newest', wholeNumber)
  .option('--json', 'print one JSON object per stage')
  .option('-v, --verbose', 'name every stage of a group')
  .addHelpText('after', example('pipe history -n 3'))
  .action(async (flags: HistoryFlags) => {
    const { historyCommand } = await import('./history.ts');
    process.exitCode = await historyCommand(flags);
  });

program
  .command('logs')
  .description('print what a stage printed when it last ran')
  .argument('<stage>', 'a stage, or a group')
  .option('-f, --follow', 'go on while a run is at work')
  .addHelpText('after', example('pipe logs report', 'pipe logs train -f'))
  .action(async (target: string, flags: { follow?: true }) => {
    const { logsCommand } = await import('./logs.ts');
    process.exitCode = await logsCommand(target, flags);
  });

endWithReader();
guardOutput();
// What fails beside the work of the command: a timer, a stream, a watcher.
process.on('uncaughtException', (error) => process.exit(reportError(error)));
arrangeHelp(program);
try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = reportError(error);
}
