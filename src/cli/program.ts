// The whole command line as one commander program: every command with its arguments and options. Runs nothing by itself.
import type { Command } from 'commander';
import { declareCacheCommands } from './declare/cache.ts';
import { declareCompareCommands } from './declare/compare.ts';
import { declareDataCommands } from './declare/data.ts';
import { declareDiffCommand } from './declare/diff.ts';
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
import { programOf, type Declare } from './program-of.ts';

/** By the words that their commands begin with. */
const DECLARATIONS: readonly (readonly [words: readonly string[], declare: Declare])[] = [
  [['repro', 'attach', 'watch', 'checkout', 'commit'], declareRunCommands],
  [['status', 'why', 'dag', 'logs', 'history'], declareReportCommands],
  [['exp', 'experiments'], declareExperimentCommands],
  [['diff'], declareDiffCommand],
  [['metrics', 'params'], declareCompareCommands],
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
  const asked = DECLARATIONS.filter(([words]) => word !== undefined && words.includes(word));
  const declared = asked.length > 0 ? asked : DECLARATIONS;
  return programOf(
    declared.map(([, declare]) => declare),
    asked.length === 0,
  );
}
