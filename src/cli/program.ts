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

/** By the words that their commands begin with. */
const DECLARATIONS: readonly (readonly [words: readonly string[], declare: (program: Command) => void])[] = [
  [['repro', 'attach', 'watch', 'checkout', 'commit'], declareRunCommands],
  [['status', 'why', 'dag', 'logs', 'history'], declareReportCommands],
  [['exp', 'experiments'], declareExperimentCommands],
  [['metrics', 'params', 'diff'], declareCompareCommands],
  [['plots', 'results', 'locate'], declarePlotsCommands],
  [['ui'], declareUiCommands],
  [['stage', 'init', 'freeze', 'unfreeze'], declareEditCommands],
  [['add', 'move', 'remove', 'du'], declareDataCommands],
  [['cache', 'gc', 'verify', 'unprotect'], declareCacheCommands],
  [['import', 'import-url', 'update', 'get', 'list', 'ls'], declareImportCommands],
  [['push', 'pull', 'fetch'], declareRemoteCommands],
  [['remote'], declareRemotesCommands],
  [['doctor', 'lock'], declareSetupCommands],
];

/** @param word the first of the command line: where a command begins with it, only its group is declared, as all take 5 ms. */
export function makeProgram(word?: string): Command {
  const program = new Command('pipe')
    .description('Declarative pipelines: run only what is stale, in parallel, and say why.')
    .version(manifest.version, '-V, --version')
    .configureOutput({ outputError: writeUsageError })
    .showSuggestionAfterError()
    .addHelpText('after', example('pipe init', 'pipe repro', 'pipe status', 'pipe dag'));
  const asked = DECLARATIONS.filter(([words]) => word !== undefined && words.includes(word));
  for (const [, declare] of asked.length > 0 ? asked : DECLARATIONS) declare(program);
  answerDvcCommands(program, asked.length === 0);
  explainVerbosely(program, manifest.version);
  arrangeHelp(program);
  return program;
}
