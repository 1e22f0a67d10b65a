// Declares the commands about data that no stage makes: `add`.
import type { Command } from 'commander';
import type { AddFlags } from '../data/add.ts';
import { example, withOutput } from '../options.ts';

export function declareDataCommands(program: Command): void {
  declareAdd(program);
}

function declareAdd(program: Command): void {
  withOutput(program.command('add'), { json: 'one JSON object' })
    .description(
      'keep files and folders that no stage makes in the cache, and declare them: under `data:` of pipeline.yaml, or as .dvc files in a DVC repository',
    )
    .argument('<paths...>', 'files and folders; a part of a folder that is data already updates the folder')
    .option('--glob', 'the paths are patterns (`*`, `?`, `[ab]`, `**`)')
    .option('--desc <text>', 'what it is')
    .option('-r, --remote <name>', 'the only remote that it is sent to')
    .option('--no-push', 'never send it to a remote')
    .option('--file <file>', 'the pipeline file (or .dvc file) that is to declare it')
    .option('--no-commit', 'record digests only, keep nothing in the cache')
    .addHelpText(
      'after',
      example(
        'pipe add data/raw',
        'pipe add labels.csv --desc "By hand, 2024"',
        "pipe add --glob 'scans/*.png'",
      ),
    )
    .action(async (paths: string[], flags: AddFlags) => {
      const { addCommand } = await import('../data/add.ts');
      process.exitCode = await addCommand(paths, flags);
    });
}
