// Declares the commands that show results: `plots …`, `results`, `locate`.
import { Option, type Command } from 'commander';
import { collect, example, TARGETS, withOutput } from '../options.ts';
import type { OutputFlags } from '../printer.ts';
import type { DiffFlags, ShowFlags } from '../plots/plots.ts';
import type { LocateFlags } from '../results/locate.ts';
import type { ResultsFlags } from '../results/results.ts';

export function declarePlotsCommands(program: Command): void {
  declareResults(program);
  const plots = program.command('plots').description('draw plots of one or several revisions');

  withPlotOptions(plots.command('show'))
    .description('draw the plots of the workspace: as a page, and lines in the terminal too')
    .argument('[targets...]', 'names of plots, or files; default: everything that is declared')
    .option('--rev <rev>', 'a git revision in place of the workspace (may be repeated)', collect)
    .addHelpText(
      'after',
      example(
        'pipe plots show',
        'pipe plots show loss.csv -x step -y loss',
        'pipe plots show --svg -o figures',
      ),
    )
    .action(async (targets: string[], flags: ShowFlags) => {
      const { plotsShowCommand } = await import('../plots/plots.ts');
      process.exitCode = await plotsShowCommand(targets, flags);
    });

  withPlotOptions(plots.command('diff'))
    .description('draw the plots of several revisions in one: as a page, and lines in the terminal too')
    .argument(
      '[revisions...]',
      'git revisions, or workspace; one is compared with the workspace; none: HEAD with the workspace',
    )
    .option('--targets <targets...>', 'names of plots, or files; default: everything that is declared')
    .addHelpText('after', example('pipe plots diff', 'pipe plots diff main HEAD --targets loss.csv'))
    .action(async (revisions: string[], flags: DiffFlags) => {
      const { plotsDiffCommand } = await import('../plots/plots.ts');
      process.exitCode = await plotsDiffCommand(revisions, flags);
    });

  withOutput(plots.command('templates'), { json: 'a JSON list' })
    .description('list the built-in templates, or print one')
    .argument('[template]', 'its name')
    .addHelpText(
      'after',
      example('pipe plots templates', 'pipe plots templates simple > .pipe/plots/mine.json'),
    )
    .action(async (template: string | undefined, flags: OutputFlags) => {
      const { plotsTemplatesCommand } = await import('../plots/plots.ts');
      process.exitCode = plotsTemplatesCommand(template, flags);
    });
}

function declareResults(program: Command): void {
  const REV = 'of a git revision or an experiment, in place of the workspace';
  withOutput(program.command('results'), { json: 'a JSON list' })
    .description('print what stages read and measured: parameters, metrics, outputs')
    .argument('[targets...]', TARGETS)
    .option('--rev <rev>', REV)
    .addHelpText('after', example('pipe results', 'pipe results evaluate --rev main --json'))
    .action(async (targets: string[], flags: ResultsFlags) => {
      const { resultsCommand } = await import('../results/results.ts');
      process.exitCode = await resultsCommand(targets, flags);
    });

  withOutput(program.command('locate'), { json: 'one JSON object' })
    .description('print where the bytes of a result are: in the workspace, the cache, or git')
    .argument('<file>', 'a file; a stage with one output; or STAGE:PATH')
    .option('--rev <rev>', REV)
    .addHelpText('after', example('pipe locate model.json', 'pipe locate train:model.json --rev v1'))
    .action(async (name: string, flags: LocateFlags) => {
      const { locateCommand } = await import('../results/locate.ts');
      process.exitCode = await locateCommand(name, flags);
    });
}

/** What the two commands that draw have in common. */
function withPlotOptions(command: Command): Command {
  return withOutput(
    command
      .option('-o, --out <path>', 'write to this folder, or to this .html file')
      .option('-t, --template <template>', 'draw with this template: its name, or a JSON file')
      .option('-x <field>', 'the field of the x axis')
      .option('-y <field>', 'the field of the y axis')
      .option('--title <text>', 'the title of the plot')
      .option('--x-label <text>', 'the name of the x axis')
      .option('--y-label <text>', 'the name of the y axis')
      .option('--no-header', 'CSV and TSV files have no line with the names of the fields')
      .option('--pull', 'fetch what the cache lacks from its remote')
      .option('-r, --remote <name>', 'with --pull: this remote in place of the default')
      .option('--svg', 'write SVG files in place of the page')
      .option('--html-template <file>', 'put the plots into this HTML file, at {plot_divs}')
      .option('--open', 'open the page in a browser')
      .addOption(
        new Option('--show-vega', 'print the Vega-Lite specification of one plot').conflicts(['json', 'svg']),
      )
      .addOption(
        new Option('--split', 'with --json: leave data and styles apart from the templates').hideHelp(),
      ),
    { json: "one JSON object, as DVC's; images are written to the folder" },
  );
}
