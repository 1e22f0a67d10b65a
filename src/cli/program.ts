// The whole command line as one commander program: every command with its arguments and options. Runs nothing by itself.
import { Command } from 'commander';
import manifest from '../../package.json' with { type: 'json' };
import { declareCacheCommands } from './declare/cache.ts';
import { declareCompareCommands } from './declare/compare.ts';
import { declareDataCommands } from './declare/data.ts';
import { declareEditCommands } from './declare/edit.ts';
import { declareExperimentCommands } from './declare/exp.ts';
import { declareImportCommands } from './declare/import.ts';
import { declarePlotsCommands } from './declare/plots.ts';
import { declareRemoteCommands } from './declare/remote.ts';
import { declareRemotesCommands } from './declare/remotes.ts';
import { declareReportCommands } from './declare/report.ts';
import { declareRunCommands } from './declare/run.ts';
import { declareSetupCommands } from './declare/setup.ts';
import { declareUiCommands } from './declare/ui.ts';
import { answerDvcCommands } from './dvc-commands.ts';
import { arrangeHelp } from './help.ts';
import { example } from './options.ts';
import { writeUsageError } from './report-error.ts';
import { explainVerbosely } from './verbose.ts';

export function makeProgram(): Command {
  const program = new Command('pipe')
    .description('Declarative pipelines: run only what is stale, in parallel, and say why.')
    .version(manifest.version, '-V, --version')
    .configureOutput({ outputError: writeUsageError })
    .showSuggestionAfterError()
    .addHelpText('after', example('pipe init', 'pipe repro', 'pipe status', 'pipe dag'));
  declareRunCommands(program);
  declareReportCommands(program);
  declareExperimentCommands(program);
  declareCompareCommands(program);
  declarePlotsCommands(program);
  declareUiCommands(program);
  declareEditCommands(program);
  declareDataCommands(program);
  declareCacheCommands(program);
  declareImportCommands(program);
  declareRemoteCommands(program);
  declareRemotesCommands(program);
  declareSetupCommands(program);
  answerDvcCommands(program);
  explainVerbosely(program, manifest.version);
  arrangeHelp(program);
  return program;
}
