// The entry of the command line: runs the command that the arguments name, and turns what it throws into an exit code.
import { endWithReader } from '../session/closed-output.ts';
import { guardOutput } from '../session/guard-output.ts';
import { makeProgram } from './program.ts';
import { reportError } from './report-error.ts';

endWithReader();
guardOutput();
// Failures outside of the command's own promise: of a timer, a stream, a watcher.
process.on('uncaughtException', (error) => process.exit(reportError(error)));
makeProgram(process.argv[2])
  .parseAsync()
  .catch((error) => {
    process.exitCode = reportError(error);
  });
