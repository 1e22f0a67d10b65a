// The headings of the help: which commands and options are listed under which.
import type { Command } from 'commander';

const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  'Run:': ['repro', 'attach', 'watch', 'checkout', 'commit'],
  'Report:': ['status', 'why', 'dag', 'stage', 'logs', 'history', 'ui'],
  'Compare:': ['metrics', 'params', 'plots', 'diff', 'results', 'locate'],
  'Data:': ['add', 'move', 'du', 'import', 'import-url', 'update', 'get', 'list'],
  'Experiments:': ['exp'],
  'Edit:': ['init', 'freeze', 'unfreeze', 'remove', 'unprotect'],
  'Cache:': ['cache', 'gc', 'verify', 'push', 'pull', 'fetch', 'remote'],
  'Setup:': ['doctor', 'completion', 'lock'],
};

const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  'Parameters and lock file:': ['params', 'set', 'lock'],
  'What is printed:': ['json', 'dot', 'mermaid', 'md', 'csv', 'precision', 'quiet', 'verbose', 'profile'],
};

/** Called once every command is defined. Commands and options of no heading here stay under the usual one. */
export function arrangeHelp(program: Command): void {
  for (const command of program.commands) {
    const heading = headingOf(command.name(), COMMANDS);
    if (heading !== undefined) command.helpGroup(heading);
    arrangeAllOptions(command);
  }
}

function arrangeAllOptions(command: Command): void {
  arrangeOptions(command);
  command.commands.forEach(arrangeAllOptions);
}

function arrangeOptions(command: Command): void {
  for (const option of command.options) {
    const heading = headingOf(option.name(), OPTIONS);
    if (heading !== undefined) option.helpGroup(heading);
  }
}

function headingOf(name: string, groups: Readonly<Record<string, readonly string[]>>): string | undefined {
  return Object.keys(groups).find((heading) => groups[heading]!.includes(name));
}
