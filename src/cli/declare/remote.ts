// Declares the commands that exchange results with remotes: `push`, `fetch`, `pull`.
import type { Command } from 'commander';
import { example, withRemote } from '../options.ts';
import type { RemoteFlags } from '../remote.ts';

const RUN_CACHE = 'also fetch the results of earlier runs for the current inputs';

export function declareRemoteCommands(program: Command): void {
  withRemote(program.command('push'))
    .description('send what the lock file records from the cache to a remote')
    .option('-f, --force', 'send everything again, and so replace what is damaged there')
    .option('--dry', 'only print how much would be sent')
    .option(
      '--run-cache',
      'send also the records with which others restore results instead of running stages',
    )
    .addHelpText('after', example('pipe push', 'pipe push train --remote shared', 'pipe push --run-cache'))
    .action(async (targets: string[], flags: RemoteFlags) => {
      const { pushCommand } = await import('../remote.ts');
      process.exitCode = await pushCommand(targets, flags);
    });

  withRemote(program.command('fetch'))
    .description('copy what the lock file records from a remote into the cache')
    .option('--run-cache', RUN_CACHE)
    .addHelpText('after', example('pipe fetch', 'pipe fetch --run-cache && pipe repro'))
    .action(async (targets: string[], flags: RemoteFlags) => {
      const { fetchCommand } = await import('../remote.ts');
      process.exitCode = await fetchCommand(targets, flags);
    });

  withRemote(program.command('pull'))
    .description('fetch, and make the workspace match the lock file')
    .option('-f, --force', 'replace outputs that were changed by hand, even if nothing else has their bytes')
    .option('--run-cache', RUN_CACHE)
    .addHelpText('after', example('git pull && pipe pull', 'pipe pull model.json --remote shared'))
    .action(async (targets: string[], flags: RemoteFlags) => {
      const { pullCommand } = await import('../remote.ts');
      process.exitCode = await pullCommand(targets, flags);
    });
}
