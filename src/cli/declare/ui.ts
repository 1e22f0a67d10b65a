// Declares `ui`: the page of the project.
import { Option, type Command } from 'commander';
import { example, withOutput, withOverlay } from '../options.ts';
import type { ExportFlags } from '../ui/export.ts';

export function declareUiCommands(program: Command): void {
  const ui = program.command('ui').description('show the project as a page: graph, stages, timeline');
  withOutput(withOverlay(ui.command('export')), { json: 'what the page shows, in place of writing it' })
    .description('write the page into one HTML file that needs no network and no server')
    .option('-o, --out <file>', 'the file (default: pipeline.html)')
    .addOption(
      new Option('--logs <part>', 'of what stages printed: the last lines, everything, nothing')
        .choices(['tail', 'full', 'none'])
        .default('tail'),
    )
    .addHelpText('after', example('pipe ui export', 'pipe ui export -o run.html --logs full'))
    .action(async (flags: ExportFlags) => {
      const { exportCommand } = await import('../ui/export.ts');
      process.exitCode = await exportCommand(flags);
    });
}
