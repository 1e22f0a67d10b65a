// Runs the command of this process, and turns what it throws into an exit code.
import type { Command } from 'commander';
import { endWithReader } from '../session/closed-output.ts';
import { guardOutput } from '../session/guard-output.ts';
import { reportError } from './report-error.ts';

export function runProgramOf(make: () => Command): void {
  endWithReader();
  guardOutput();
  // Failures outside of the command's own promise: of a timer, a stream, a watcher.
  process.on('uncaughtException', (error) => process.exit(reportError(error)));
  make()
    .parseAsync()
    .catch((error) => {
      process.exitCode = reportError(error);
    });
}
