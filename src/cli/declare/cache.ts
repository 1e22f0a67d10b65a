// Declares the commands that work on the cache: `cache …`, `gc`, `verify`, `unprotect`.
import { Option, type Command } from 'commander';
import type { VerifyFlags } from '../cache.ts';
import type { GcFlags } from '../gc.ts';
import { bytes, collect, example, milliseconds, wholeNumber, withOutput } from '../options.ts';
import type { OutputFlags } from '../printer.ts';

export function declareCacheCommands(program: Command): void {
  declareCache(program);
  declareGc(program);
  declareVerify(program);
  withOutput(program.command('unprotect'), { json: 'one JSON object' })
    .description('turn outputs that are links into the cache into files of their own, to edit them')
    .argument('[targets...]', 'stages, groups or outputs; default: everything')
    .addHelpText('after', example('pipe unprotect data/labels.csv'))
    .action(async (targets: string[], flags: OutputFlags) => {
      const { unprotectCommand } = await import('../cache.ts');
      process.exitCode = await unprotectCommand(targets, flags);
    });
}

function declareCache(program: Command): void {
  const cache = program.command('cache').description('show the cache, and restore what was saved');
  for (const [name, text] of [
    ['path', 'print its folder'],
    ['size', 'print how many objects and bytes it holds'],
    ['list', 'list its objects, the largest first'],
  ] as const) {
    withOutput(cache.command(name), { json: name === 'list' ? 'a JSON list' : 'one JSON object' })
      .description(text)
      .addHelpText('after', example(`pipe cache ${name}`))
      .action(async (flags: OutputFlags) => {
        const { cacheCommands } = await import('../cache.ts');
        process.exitCode = await cacheCommands[name](flags);
      });
  }

  withOutput(cache.command('saved'), { json: 'a JSON list' })
    .description('list files that were saved before an output replaced them, because no stage had made them')
    .addHelpText('after', example('pipe cache saved'))
    .action(async (flags: OutputFlags) => {
      const { savedCommand } = await import('../saved.ts');
      process.exitCode = await savedCommand(flags);
    });

  withOutput(cache.command('restore'))
    .description('put back what was saved before an output was replaced')
    .argument('<id>', 'as `pipe cache saved` lists it')
    .argument('[path]', 'where to put it; default: its former path')
    .addHelpText('after', example('pipe cache restore 1f0c9a3e data.saved'))
    .action(async (id: string, path: string | undefined, flags: OutputFlags) => {
      const { restoreCommand } = await import('../saved.ts');
      process.exitCode = await restoreCommand(id, path, flags);
    });
}

function declareGc(program: Command): void {
  withOutput(program.command('gc'), {
    json: 'one JSON object',
    verbose: 'list everything that is removed, however long the list',
  })
    .description('remove results that were not used for a long time; what lock files name always stays')
    .option('--keep <time>', 'keep results that were used within this time (default: 30d)', milliseconds)
    .option('--max-size <size>', 'then remove the oldest until the cache is no larger (default: 20G)', bytes)
    .option('-w, --workspace', 'keep only what the records of the workspace name')
    .option('-a, --all-branches', 'keep only that, and what the records of all git branches and tags name')
    .option('-T, --all-tags', 'keep only that, and what the records of all git tags name')
    .option('-A, --all-commits', 'keep only that, and what the records of all git commits name')
    .option(
      '--rev <revision>',
      'keep only that, and what this git revision or experiment names (may be repeated)',
      collect,
    )
    .option('-p, --projects <folders...>', 'keep also what these projects name in the same way')
    .option(
      '--saved <time>',
      'keep files that were saved before they were replaced for this time (default: 90d)',
      milliseconds,
    )
    .option('-c, --cloud', 'remove what is not kept from the remote too, with -w, -a, -T, -A or --rev')
    .option('-r, --remote <name>', 'with --cloud: this remote in place of the default')
    .option('-j, --jobs <n>', 'with --cloud: ask for at most n files at a time', wholeNumber)
    .option(
      '--grace <time>',
      'with --cloud: keep objects that are younger (default: 1d), and remove nothing so soon after a push of others (default: 1h)',
      milliseconds,
    )
    .option('-f, --force', 'with --cloud: do not ask')
    .option('-y, --yes', 'the same')
    .option('--dry', 'only print what would be removed')
    .addHelpText(
      'after',
      example(
        'pipe gc --dry',
        'pipe gc --keep 2w --max-size 50G',
        'pipe gc --all-branches',
        'pipe gc --cloud --all-commits --dry',
      ),
    )
    .action(async (flags: GcFlags) => {
      const { gcCommand } = await import('../gc.ts');
      process.exitCode = await gcCommand(flags);
    });
}

function declareVerify(program: Command): void {
  withOutput(program.command('verify'), { json: 'one JSON object' })
    .description('hash the recorded results in the cache again, and set damaged objects aside')
    .option('--all', 'the whole cache')
    .addOption(
      new Option(
        '--inputs',
        'hash what stages read instead of the cache, without trusting time stamps: exit with 1 if any of it differs from the record',
      ).conflicts('all'),
    )
    .option('--lock <file>', 'with --inputs: this lock file in place of the one beside the pipeline file')
    .addHelpText('after', example('pipe verify', 'pipe verify --all', 'pipe verify --inputs'))
    .action(async (flags: VerifyFlags & { readonly inputs?: true; readonly lock?: string }) => {
      if (flags.inputs) {
        const { verifyInputsCommand } = await import('../verify-inputs.ts');
        process.exitCode = await verifyInputsCommand(flags);
        return;
      }
      const { verifyCommand } = await import('../cache.ts');
      process.exitCode = await verifyCommand(flags);
    });
}
