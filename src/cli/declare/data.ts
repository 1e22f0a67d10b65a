// Declares the commands about data that no stage makes, and `remove`.
import { Option, type Command } from 'commander';
import type { AddFlags } from '../data/add.ts';
import type { DuFlags } from '../data/du.ts';
import type { RemoveFlags } from '../data/remove.ts';
import { example, wholeNumber, withOutput } from '../options.ts';
import type { OutputFlags } from '../printer.ts';

export function declareDataCommands(program: Command): void {
  declareAdd(program);
  declareMove(program);
  declareRemove(program);
  declareDu(program);
}

function declareAdd(program: Command): void {
  withOutput(program.command('add'), { json: 'one JSON object' })
    .description(
      'keep files and folders that no stage makes in the cache, and declare them: under `data:` of pipeline.yaml, or as .dvc files in a DVC repository',
    )
    .argument('<paths...>', 'files and folders; a part of a folder that is data already updates the folder')
    .option('--glob', 'the paths are patterns (`*`, `?`, `[ab]`, `**`)')
    .option('--desc <text>', 'what it is')
    .addOption(
      new Option(
        '-o, --out <path>',
        'copy or download it to this path in the project (from a path anywhere, or a URL), and add that',
      ).conflicts(['glob', 'commit']),
    )
    .addOption(
      new Option(
        '--to-remote',
        'send it to a remote, and keep it neither here nor in the cache; a path anywhere, or a URL',
      ).conflicts(['glob', 'commit', 'push', 'copy']),
    )
    .option('-r, --remote <name>', 'the only remote that it is sent to')
    .option('-j, --jobs <n>', 'with --to-remote or --out: at most n files at a time', wholeNumber)
    .addOption(
      new Option('--remote-jobs <n>', 'as --jobs, by the name that DVC has for it').argParser(wholeNumber),
    )
    .option('-f, --force', 'with --out: replace what is at the path, which is saved before')
    .option('--no-push', 'never send it to a remote')
    .option('--file <file>', 'the pipeline file (or .dvc file) that is to declare it')
    .option('--no-commit', 'record digests only, keep nothing in the cache')
    .option(
      '--no-copy',
      'make the file itself the object of the cache (a hard link, read-only), not a copy of it',
    )
    .option(
      '--no-relink',
      'leave the file as it is where `config: {cache: {links: …}}` would replace it by a link',
    )
    .addHelpText(
      'after',
      example(
        'pipe add data/raw',
        'pipe add labels.csv --desc "By hand, 2024"',
        "pipe add --glob 'scans/*.png'",
        'pipe add --to-remote s3://bucket/scans -o data/scans',
      ),
    )
    .action(async (paths: string[], flags: AddFlags) => {
      const { addCommand } = await import('../data/add.ts');
      process.exitCode = await addCommand(paths, flags);
    });
}

function declareMove(program: Command): void {
  withOutput(program.command('move'), { json: 'one JSON object' })
    .description('move data to another path, with its entry and its record')
    .argument('<from>', 'data that no stage makes')
    .argument('<to>', 'its new path, or a folder to put it into')
    .addHelpText('after', example('pipe move raw.csv data/raw-2024.csv'))
    .action(async (from: string, to: string, flags: OutputFlags) => {
      const { moveCommand } = await import('../data/move.ts');
      process.exitCode = await moveCommand(from, to, flags);
    });
}

function declareRemove(program: Command): void {
  withOutput(program.command('remove'), { json: 'one JSON object' })
    .description('remove stages from the pipeline file, or stop tracking data')
    .argument('<targets...>', 'declared stages (name, or path/pipeline.yaml:name), data, or .dvc files')
    .option(
      '--outs',
      'remove the outputs, or the data, from the workspace too; what the cache lacks is saved first',
    )
    .addHelpText('after', example('pipe remove report', 'pipe remove data/raw', 'pipe remove --outs train'))
    .action(async (targets: string[], flags: RemoveFlags) => {
      const { removeCommand } = await import('../data/remove.ts');
      process.exitCode = await removeCommand(targets, flags);
    });
}

function declareDu(program: Command): void {
  withOutput(program.command('du'), { json: 'one JSON object' })
    .description('print how large tracked files and folders are, as recorded')
    .argument('[paths...]', 'outputs, data, files in them, or folders around them; default: everything')
    .option('-s, --summarize', 'only the sum')
    .addHelpText('after', example('pipe du', 'pipe du data/raw', 'pipe du -s'))
    .action(async (paths: string[], flags: DuFlags) => {
      const { duCommand } = await import('../data/du.ts');
      process.exitCode = await duCommand(paths, flags);
    });
}
