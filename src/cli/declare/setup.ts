// Declares the commands that help with the installation: `doctor`, `completion`, and `lock merge`, which git calls.
import { Argument, type Command } from 'commander';
import { NAME_KINDS, SHELLS, type NameKind, type Shell } from '../completion/shells.ts';
import { example, withOutput } from '../options.ts';
import type { OutputFlags } from '../printer.ts';

export function declareSetupCommands(program: Command): void {
  withOutput(program.command('doctor'), { json: 'one JSON object' })
    .description('check the installation and the project; exit with 1 if something is broken')
    .addHelpText('after', example('pipe doctor', 'pipe doctor --json'))
    .action(async (flags: OutputFlags) => {
      const { doctorCommand } = await import('../doctor/doctor.ts');
      process.exitCode = await doctorCommand(flags);
    });

  declareCompletion(program);

  withOutput(program.command('lock').description('work on lock files').command('merge'))
    .description('the merge driver that `pipe init` enters in git')
    .argument('<base>', 'the common ancestor (%O)')
    .argument('<ours>', 'our side, which receives the result (%A)')
    .argument('<theirs>', 'the other side (%B)')
    .argument('[path]', 'the lock file in the repository (%P)')
    .addHelpText('after', example('pipe lock merge base.lock pipeline.lock theirs.lock'))
    .action(async (base: string, ours: string, theirs: string, path?: string) => {
      const { lockMergeCommand } = await import('../lock-merge.ts');
      process.exitCode = await lockMergeCommand(base, ours, theirs, path);
    });
}

function declareCompletion(program: Command): void {
  const completion = withOutput(program.command('completion'))
    .description(
      'print a script that completes commands, flags, stages, remotes, experiments and revisions in a shell',
    )
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .addHelpText(
      'after',
      example(
        'eval "$(pipe completion bash)"   # in ~/.bashrc; zsh: in ~/.zshrc, after compinit',
        'pipe completion fish > ~/.config/fish/completions/pipe.fish',
      ),
    )
    .action(async (shell: Shell) => {
      const { completionCommand } = await import('../completion/completion.ts');
      process.exitCode = completionCommand(program, shell);
    });
  completion
    .command('names', { hidden: true })
    .description('the names that completion scripts ask for')
    .addArgument(new Argument('<kind>').choices(NAME_KINDS))
    .action(async (kind: NameKind) => {
      const { namesCommand } = await import('../completion/names.ts');
      process.exitCode = await namesCommand(kind);
    });
}
