// Declares the commands that run stages or take results over: `repro`, `attach`, `watch`, `checkout`, `commit`.
import type { Command } from 'commander';
import type { RunFlags } from '../../session/run-once.ts';
import type { CheckoutFlags, CommitFlags } from '../checkout.ts';
import { example, TARGETS, withOutput, withOverlay, withRun } from '../options.ts';
import type { OutputFlags } from '../printer.ts';
import type { ReproFlags } from '../repro.ts';

export function declareRunCommands(program: Command): void {
  withRun(program.command('repro'))
    .description('run stale stages, restore what the cache has, leave fresh stages alone')
    .option('-f, --force', 'run the stages even if they are fresh')
    .option('--dry', 'only print what would be done')
    .option('--allow-missing', 'with --dry: what is not in the workspace counts as the lock file records it')
    .option('--pull', 'before a stage runs, ask the remote for its result')
    .option('--detach', 'let the run go on without this terminal, in the background of this machine')
    .option('--detach-job', 'let the run go on without this terminal, in a small job of Slurm')
    .option('--report <file>', 'write a page of the run at its end, also of one that failed (see `pipe ui`)')
    .addHelpText(
      'after',
      example(
        'pipe repro',
        'pipe repro train -j 4',
        'pipe repro -S base.epochs=5',
        'pipe repro --dry',
        'pipe repro --detach',
      ),
    )
    .action(async (targets: string[], flags: ReproFlags) => {
      const { reproCommand } = await import('../repro.ts');
      process.exitCode = await reproCommand(targets, flags);
    });

  withOutput(program.command('attach'), {
    json: 'events, one JSON object per line',
    verbose: 'print fresh stages too, and on a terminal what stages print',
  })
    .description('follow a run that was started with `repro --detach`, to its end')
    .addHelpText('after', example('pipe repro --detach && pipe attach'))
    .action(async (flags: OutputFlags) => {
      const { attachCommand } = await import('../attach.ts');
      process.exitCode = await attachCommand(flags);
    });

  withRun(program.command('watch'))
    .description('run, wait for a change, run what it made stale, and repeat')
    .addHelpText('after', example('pipe watch', 'pipe watch report -j 4'))
    .action(async (targets: string[], flags: RunFlags) => {
      const { watchCommand } = await import('../watch.ts');
      process.exitCode = await watchCommand(targets, flags);
    });

  withOutput(withOverlay(program.command('checkout')), { json: 'one JSON object' })
    .description('make the workspace match the lock file; run nothing')
    .argument('[targets...]', TARGETS)
    .option('-f, --force', 'replace outputs that were changed by hand, even if nothing else has their bytes')
    .option('--allow-missing', 'what the cache does not have is a warning, not a failure')
    .addHelpText('after', example('git switch other-branch && pipe checkout'))
    .action(async (targets: string[], flags: CheckoutFlags) => {
      const { checkoutCommand } = await import('../checkout.ts');
      process.exitCode = await checkoutCommand(targets, flags);
    });

  withOutput(withOverlay(program.command('commit')), { json: 'one JSON object' })
    .description('record the workspace as the result of its stages; run nothing')
    .argument('[targets...]', TARGETS)
    .option('-f, --force', 'record it although it differs from the lock file')
    .addHelpText('after', example('pipe commit -f report'))
    .action(async (targets: string[], flags: CommitFlags) => {
      const { commitCommand } = await import('../checkout.ts');
      process.exitCode = await commitCommand(targets, flags);
    });
}
