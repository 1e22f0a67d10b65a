// Declares `plots show`, `plots diff` and `plots templates`.
import { Option, type Command } from 'commander';
import { collect, example, withOutput } from '../options.ts';
import type { OutputFlags } from '../printer.ts';
import type { DiffFlags, ShowFlags } from '../plots/plots.ts';

export function declarePlotsCommands(program: Command): void {
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
