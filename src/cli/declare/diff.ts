// Declares `pipe diff`.
import { Option, type Command } from 'commander';
import type { DataDiffFlags } from '../compare/diff.ts';
import { digits, example, REVISIONS, withOutput } from '../options.ts';

export function declareDiffCommand(program: Command): void {
  withOutput(program.command('diff'), { json: 'the data that differs' })
    .description('print how data differs between two revisions; with --md all that differs, for a review')
    .argument('[a]', `the old side: ${REVISIONS}; default: HEAD`)
    .argument('[b]', 'the new side; default: the workspace')
    .option('--targets <paths...>', 'compare only these files or folders of data, stages or .dvc files')
    .option('--show-hash', 'print digests too')
    .option('--hide-missing', 'leave out what the cache lacks')
    .addOption(
      new Option('--md', 'print stages, data, metrics, parameters and plots in Markdown').conflicts(['json']),
    )
    .option('--precision <n>', 'with --md: round to n digits after the decimal point (default: 5)', digits)
    .option('--plots <folder>', 'with --md: draw the plots that differ as SVG files in this folder')
    .option('--plots-url <url>', 'with --plots: where that folder can be seen')
    .option('--pull', 'fetch what the cache lacks from its remote')
    .option('-r, --remote <name>', 'with --pull: this remote in place of the default')
    .addHelpText(
      'after',
      example('pipe diff', 'pipe diff main', 'pipe diff origin/main HEAD --md > report.md'),
    )
    .action(async (a: string | undefined, b: string | undefined, flags: DataDiffFlags) => {
      const { diffCommand } = await import('../compare/diff.ts');
      process.exitCode = await diffCommand(a, b, flags);
    });
}
