// Declares `ui`: the page of the project.
import { Option, type Command } from 'commander';
import { example, naturalNumber, withOutput, withOverlay } from '../options.ts';
import type { ExportFlags } from '../ui/export.ts';
import type { ServeFlags } from '../ui/serve.ts';

export function declareUiCommands(program: Command): void {
  const ui = withOutput(withOverlay(program.command('ui')))
    .description('show the project as a page: graph, stages, timeline; live, on this machine')
    .option('--port <n>', 'the port (default: any that is free)', naturalNumber)
    .option('--open', 'open it in the browser')
    .addHelpText('after', example('pipe ui --open', 'pipe ui --port 8800'))
    .action(async (flags: ServeFlags) => {
      const { serveCommand } = await import('../ui/serve.ts');
      process.exitCode = await serveCommand(flags);
    });
  withOutput(withOverlay(ui.command('export')), { json: 'what the page shows, in place of writing it' })
    .description('write the page into one HTML file that needs no network and no server')
    .option('-o, --out <file>', 'the file (default: pipeline.html)')
    .addOption(
      new Option('--logs <part>', 'of what stages printed: the last lines, everything, nothing')
        .choices(['tail', 'full', 'none'])
        .default('tail'),
    )
    .option('--no-plots', 'without the declared plots, and without what draws them (0.4 MB)')
    .addHelpText('after', example('pipe ui export', 'pipe ui export -o run.html --logs full'))
    // Options that `ui` has too are taken by it, wherever they are.
    .action(async (_: unknown, command: Command) => {
      const { exportCommand } = await import('../ui/export.ts');
      process.exitCode = await exportCommand(command.optsWithGlobals<ExportFlags>());
    });
}
