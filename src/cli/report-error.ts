// The top of the program: expected failures in the reader's words, anything else as the bug that it is.
import { PipeError } from '../pipeline/problem.ts';
import { systemError } from '../pipeline/system-problem.ts';
import { problemText } from '../show/problem-text.ts';
import { wantsColour } from './colour.ts';

/** @returns the exit code. */
export function reportError(thrown: unknown): number {
  const error = systemError(thrown);
  if (error instanceof PipeError) {
    process.stderr.write(
      error.problems.map((problem) => problemText(problem, wantsColour(process.stderr))).join('\n\n') + '\n',
    );
    return error.exitCode;
  }
  const stack = error instanceof Error ? error.stack : String(error);
  process.stderr.write(
    `This is a bug in pipe, not a mistake of yours. Please report it with the following lines:\n${stack}\n`,
  );
  return 70; // EX_SOFTWARE of sysexits.h
}
