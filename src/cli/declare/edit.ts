// Declares the commands that edit pipeline files: `init`, `stage add`, `freeze`, `unfreeze`, `remove`; and `stage list`.
import type { Command } from 'commander';
import type { InitFlags } from '../init.ts';
import { collect, example, withOutput } from '../options.ts';
import type { StageAddFlags } from '../stage-add.ts';
import { declareStageList } from './report.ts';

const DECLARED = 'declared stages: name, or path/pipeline.yaml:name';

export function declareEditCommands(program: Command): void {
  declareInit(program);
  const stage = program.command('stage').description('add and list stages');
  declareStageAdd(stage);
  declareStageList(stage);

  for (const [name, frozen, text] of [
    ['freeze', true, 'keep stages from running, whatever changes'],
    ['unfreeze', false, 'let frozen stages run again'],
  ] as const) {
    withOutput(program.command(name))
      .description(text)
      .argument('<stages...>', DECLARED)
      .addHelpText('after', example(`pipe ${name} prepare`))
      .action(async (targets: string[]) => {
        const { freezeCommand } = await import('../edit.ts');
        process.exitCode = await freezeCommand(targets, frozen);
      });
  }
}

function declareInit(program: Command): void {
  withOutput(program.command('init'))
    .description(
      'write a commented first pipeline (in a DVC repository as dvc.yaml); in a git repository also keep the cache out of git and merge lock files stage by stage',
    )
    .option('--git', 'set up git even if there is a pipeline already; an error outside of git')
    .option('--no-git', 'leave git alone')
    .addHelpText('after', example('pipe init && pipe repro', 'pipe init --git   # in each new clone'))
    .action(async (flags: InitFlags) => {
      const { initCommand } = await import('../init.ts');
      process.exitCode = await initCommand(flags);
    });
}

function declareStageAdd(stage: Command): void {
  withOutput(stage.command('add'))
    .description('add a stage to the pipeline file of this folder')
    .requiredOption('-n, --name <name>', 'its name')
    .option(
      '-d, --deps <path>',
      'a file or folder that it reads (may be repeated, like all of these)',
      collect,
    )
    .option('-p, --params <[file:]keys>', 'parameters that it reads: lr,epochs or file.yaml:lr', collect)
    .option('-o, --outs <path>', 'a file or folder that it writes', collect)
    .option('-O, --outs-no-cache <path>', 'an output that the cache does not keep', collect)
    .option('--outs-persist <path>', 'an output that is not removed before a run', collect)
    .option('--outs-persist-no-cache <path>', 'both', collect)
    .option('-m, --metrics <path>', 'a metrics file', collect)
    .option('-M, --metrics-no-cache <path>', 'a metrics file that the cache does not keep', collect)
    .option('--plots <path>', 'a plots file', collect)
    .option('--plots-no-cache <path>', 'a plots file that the cache does not keep', collect)
    .option('-w, --wdir <folder>', 'the folder in which the command runs')
    .option('--always-changed', 'run it every time')
    .option('--desc <text>', 'what it is for')
    .option('-f, --force', 'replace a stage of the same name')
    .option('--run', 'run it at once')
    .argument('<command...>', 'the command, after --')
    .addHelpText(
      'after',
      example('pipe stage add -n train -d data.csv -o model.json -- node train.js data.csv model.json'),
    )
    .action(async (command: string[], flags: StageAddFlags) => {
      const { stageAddCommand } = await import('../stage-add.ts');
      process.exitCode = await stageAddCommand(command, flags);
    });
}
