// Declares `remote …`: the commands that declare remotes, and try them.
import { Option, type Command } from 'commander';
import { example, withOutput } from '../options.ts';
import type { OutputFlags } from '../printer.ts';
import type { AddFlags, LevelFlags, UnsetFlags } from '../remotes/edit-remotes.ts';

export function declareRemotesCommands(program: Command): void {
  const remote = program.command('remote').description('declare remotes, and try them');
  declareAdd(remote);
  declareModify(remote);
  declareDefault(remote);

  withLevel(
    withOutput(remote.command('list'), {
      verbose: 'print also the options of each remote, and where they are set',
      json: 'one JSON object',
    }),
  )
    .description('list the declared remotes, with the default')
    .addHelpText('after', example('pipe remote list', 'pipe remote list -v', 'pipe remote list --local'))
    .action(async (flags: LevelFlags) => {
      const { listRemotesCommand } = await import('../remotes/list-remotes.ts');
      process.exitCode = await listRemotesCommand(flags);
    });

  withLevel(withOutput(remote.command('remove')))
    .description('remove a remote from the configuration; what is stored there stays')
    .argument('<name>', 'the remote')
    .addHelpText('after', example('pipe remote remove old'))
    .action(async (name: string, flags: LevelFlags) => {
      const { removeRemoteCommand } = await import('../remotes/edit-remotes.ts');
      process.exitCode = await removeRemoteCommand(name, flags);
    });

  withLevel(withOutput(remote.command('rename')))
    .description('give a remote another name')
    .argument('<name>', 'the remote')
    .argument('<new>', 'its new name')
    .addHelpText('after', example('pipe remote rename origin shared'))
    .action(async (name: string, to: string, flags: LevelFlags) => {
      const { renameRemoteCommand } = await import('../remotes/edit-remotes.ts');
      process.exitCode = await renameRemoteCommand(name, to, flags);
    });

  withOutput(remote.command('test'), { json: 'one JSON object' })
    .description('try a remote: write, read, compare and remove a file there')
    .argument('[name]', 'the remote; default: the default remote')
    .addHelpText('after', example('pipe remote test', 'pipe remote test web --json'))
    .action(async (name: string | undefined, flags: OutputFlags) => {
      const { testRemoteCommand } = await import('../remotes/test-remote.ts');
      process.exitCode = await testRemoteCommand(name, flags);
    });

  withOutput(remote.command('trust'))
    .description('allow the server of a remote to receive the credentials for it, on this machine')
    .argument('[name]', 'the remote; default: the default remote')
    .addHelpText('after', example('pipe remote trust', 'pipe remote trust web'))
    .action(async (name: string | undefined, flags: OutputFlags) => {
      const { trustCommand } = await import('../remotes/trust-remote.ts');
      process.exitCode = await trustCommand(name, flags);
    });
}

function declareAdd(remote: Command): void {
  withLevel(withOutput(remote.command('add')))
    .description('declare a remote')
    .argument('<name>', 'its name')
    .argument('<url>', 'a folder, or a URL')
    .option('-d, --default', 'make it the default remote')
    .option('-f, --force', 'replace a remote of this name')
    .addHelpText(
      'after',
      example(
        'pipe remote add -d shared /mnt/shared/cache',
        'pipe remote add web https://cache.example.org/team',
      ),
    )
    .action(async (name: string, url: string, flags: AddFlags) => {
      const { addRemoteCommand } = await import('../remotes/edit-remotes.ts');
      process.exitCode = await addRemoteCommand(name, url, flags);
    });
}

function declareModify(remote: Command): void {
  withLevel(withOutput(remote.command('modify')))
    .description(
      "set or remove an option of a remote; the options are those of `config.remotes` in the reference, in a DVC repository DVC's",
    )
    .argument('<name>', 'the remote')
    .argument('<option>', 'the option: url, user, password, …')
    .argument('[value]', 'its value; `-` reads it from the standard input')
    .option('-u, --unset', 'remove the option')
    .addHelpText(
      'after',
      example(
        'pipe remote modify shared url /mnt/new/cache',
        'pipe remote modify --local web password - < secret.txt',
      ),
    )
    .action(async (name: string, option: string, value: string | undefined, flags: UnsetFlags) => {
      const { modifyRemoteCommand } = await import('../remotes/edit-remotes.ts');
      process.exitCode = await modifyRemoteCommand(name, option, value, flags);
    });
}

function declareDefault(remote: Command): void {
  withLevel(withOutput(remote.command('default'), { json: 'one JSON object' }))
    .description('print the default remote, or choose it')
    .argument('[name]', 'the remote that is the default from now on')
    .option('-u, --unset', 'have no default remote')
    .addHelpText('after', example('pipe remote default', 'pipe remote default shared'))
    .action(async (name: string | undefined, flags: UnsetFlags) => {
      const { defaultRemoteCommand } = await import('../remotes/edit-remotes.ts');
      process.exitCode = await defaultRemoteCommand(name, flags);
    });
}

/** Which file is meant. */
function withLevel(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--project',
        'in the file that git shares: pipeline.yaml, in a DVC repository .dvc/config (the default of edits)',
      ).conflicts(['local', 'global']),
    )
    .addOption(
      new Option(
        '--local',
        'for this machine alone: cache/config.yaml, in a DVC repository .dvc/config.local',
      ).conflicts('global'),
    )
    .option(
      '--global',
      "for all your projects: ~/.config/pipe/config.yaml, in a DVC repository the user's configuration of DVC",
    );
}
